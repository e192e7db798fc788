"""Where the devices of a site touch the simulated world: what they do to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kernel.site import Site
from simulators.devices.bank import WorldSide
from simulators.devices.inverter import LOST_ENERGY
from simulators.networks.network import Network
from simulators.part import Part, Stretch, Wish

_CLOSED: Final = 2.0
"""Double point: 1 open, 2 closed; 0 and 3 (travelling, faulty) do not conduct in this world."""


class Batteries(Part):
    """The battery inverters of a site, as far as the grid feels them."""

    def __init__(self, site: Site, network: Network, banks: Mapping[str, WorldSide]) -> None:
        """Find the banks of the network's batteries; one without a device is idle."""
        by_asset = _by_asset(site, banks)
        first = len(network.generators)
        self._placed = [
            (first + row, by_asset[unit.name])
            for row, unit in enumerate(network.batteries)
            if unit.name in by_asset
        ]
        rated = {asset.name: asset.ratings.get("energy_kwh", 0.0) for asset in site.assets}
        self._rated = [
            (first + row, rated[unit.name])
            for row, unit in enumerate(network.batteries)
            if rated.get(unit.name, 0.0) > 0.0
        ]
        self._cycles = 0.0
        self._until_ns: int | None = None

    def live(self, stretch: Stretch) -> None:
        """Count what batteries with a rated energy took in."""
        self._until_ns = stretch.until_ns
        if not self._rated or not stretch.flows.converged:
            return
        hours = stretch.seconds / 3600.0
        for row, energy_kwh in self._rated:
            self._cycles += max(0.0, -float(stretch.flows.plant_kw[row])) * hours / energy_kwh

    def counted(self) -> Mapping[str, float]:
        """Return equivalent full cycles, energy taken at the terminals over rated energy, and losses, kWh."""
        lost_kwh, until_ns = 0.0, self._until_ns
        if until_ns is not None:
            lost_kwh = sum(bank.actuation(until_ns).get(LOST_ENERGY, 0.0) for _, bank in self._placed)
        return {"battery_loss_kwh": lost_kwh, "battery_cycles": self._cycles}

    def act(self, now_ns: int, wish: Wish) -> None:
        """Want the active power of each inverter, discharge positive."""
        for row, bank in self._placed:
            wish.plant_kw[row] += bank.actuation(now_ns).get("active_power", 0.0)


class Breakers(Part):
    """The breakers of a site; a branch without a breaker device keeps its first position."""

    def __init__(self, site: Site, network: Network, banks: Mapping[str, WorldSide]) -> None:
        """Find the banks of the breakers."""
        by_asset = _by_asset(site, banks)
        self._placed = [
            (name, by_asset[asset])
            for asset, names in network.breakers.items()
            if asset in by_asset
            for name in names
        ]
        self._at_start = network.open_at_start()

    def act(self, now_ns: int, wish: Wish) -> None:
        """Want every branch open whose breaker does not stand closed."""
        wish.open |= self._at_start
        for name, bank in self._placed:
            position = bank.actuation(now_ns).get("position")
            if position == _CLOSED:
                wish.open.discard(name)
            elif position is not None:
                wish.open.add(name)


def _by_asset(site: Site, banks: Mapping[str, WorldSide]) -> dict[str, WorldSide]:
    return {device.asset: banks[device.name] for device in site.devices if device.name in banks}
