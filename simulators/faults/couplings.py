"""Where the faults of a scenario touch the network and the devices of a site."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.site import Site
from simulators.couplings.felt import NotCoupled
from simulators.devices.bank import WorldSide
from simulators.faults.catalogue import row_of
from simulators.faults.fault import Fault
from simulators.faults.kinds import MEASURED
from simulators.networks.network import Network

WEATHER = "weather"
"""The one target that has no other name."""


def targets(site: Site, network: Network) -> dict[str, frozenset[str]]:
    """Return what a fault can befall, by the words that the catalogue has for targets."""
    devices = {device.name for device in site.devices}
    breakers = {device.name for device in site.devices if _kind(site, device.asset) == "breaker"}
    batteries = {battery.name for battery in network.batteries}
    return {
        "transformer": frozenset(unit.name for unit in network.transformers),
        "feeder": frozenset(cable.name for cable in network.lines),
        "load": frozenset(load.name for load in network.loads),
        "capacitor": frozenset(one.name for one in network.capacitors),
        "plant": frozenset(plant.name for plant in network.plants),
        "battery": frozenset(batteries),
        "weather": frozenset({WEATHER}),
        "asset": frozenset(asset.name for asset in site.assets),
        "device": frozenset(devices),
        "breaker": frozenset(breakers),
        "device or point": frozenset(devices | {point.name for point in site.points}),
    }


def measured_by_device(
    site: Site, network: Network, banks: Mapping[str, WorldSide], faults: tuple[Fault, ...]
) -> dict[str, tuple[Fault, ...]]:
    """Return the measurement faults of each device, in the given order.

    Raises:
        NotCoupled: a bank belongs to no device, or a fault to nothing; every mismatch is listed.
    """
    devices = {device.name: device.asset for device in site.devices}
    errors = [f"bank {name}: the site has no such device" for name in banks if name not in devices]
    there = targets(site, network)
    errors += [
        f"fault {fault.kind}: no target {fault.target}"
        for fault in faults
        if fault.target not in there[row_of(fault.kind).target]
    ]
    if errors:
        raise NotCoupled(tuple(errors))
    return {
        name: tuple(
            fault
            for fault in faults
            if fault.kind in MEASURED and (fault.target == name or fault.target.startswith(f"{asset}/"))
        )
        for name, asset in devices.items()
    }


def _kind(site: Site, asset: str) -> str:
    found = site.asset.get(asset)
    return "" if found is None else found.kind
