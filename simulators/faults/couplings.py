"""Where the faults of a scenario touch the devices of a site."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.site import Site
from simulators.couplings import NotCoupled
from simulators.couplings_actions import Bank
from simulators.faults.fault import MEASURED, Fault, FaultKind
from simulators.networks.network import Network


def measured_by_device(
    site: Site, network: Network, banks: Mapping[str, Bank], faults: tuple[Fault, ...]
) -> dict[str, tuple[Fault, ...]]:
    """Return the measurement faults of each device, in the given order.

    Raises:
        NotCoupled: a bank belongs to no device, or a fault to nothing; every mismatch is listed.
    """
    devices = {device.name: device.asset for device in site.devices}
    errors = [f"bank {name}: the site has no such device" for name in banks if name not in devices]
    targets: dict[FaultKind, set[str]] = {kind: set(devices) for kind in FaultKind}
    targets[FaultKind.BLOCKED_COOLER] = {unit.name for unit in network.transformers}
    for kind in MEASURED:
        targets[kind] = set(devices) | {point.name for point in site.points}
    errors += [f"fault {f.kind}: no target {f.target}" for f in faults if f.target not in targets[f.kind]]
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
