"""Where the devices of a site touch the simulated world: what they do to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kernel.site import Site
from simulators.devices.abilities import Moves, mean_of
from simulators.devices.bank import WorldSide
from simulators.devices.inverter import LOST_ENERGY
from simulators.networks.network import Network
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows

_CLOSED: Final = 2.0
"""Double point: 1 open, 2 closed; 0 and 3 (travelling, faulty) do not conduct in this world."""


class BatteryInverters(Part):
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
        self._means = [(row, mean_of(bank)) for row, bank in self._placed]
        self._moving = _moving(bank for _, bank in self._placed)
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
        """Return equivalent full cycles, energy taken at the terminals over rated energy, and losses, kWh.

        What cells age by, `Storage.cycles`, is less by the losses of charging and counts from when they were
        new.
        """
        lost_kwh, until_ns = 0.0, self._until_ns
        if until_ns is not None:
            lost_kwh = sum(bank.actuation(until_ns).get(LOST_ENERGY, 0.0) for _, bank in self._placed)
        return {"battery_loss_kwh": lost_kwh, "battery_cycles": self._cycles}

    def act(self, now_ns: int, wish: Wish) -> None:
        """Want the mean active power of each inverter through the stretch that begins, discharge positive.

        The grid then gives and takes what the cells take and give, over ramps and ends of energy too.
        """
        for row, mean_kw in self._means:
            wish.plant_kw[row] += mean_kw(now_ns, wish.until_ns)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:  # noqa: ARG002
        """Return when an inverter changes by a fault of its own."""
        return _moves_ns(self._moving, now_ns)


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
        self._moving = _moving(bank for _, bank in self._placed)

    def act(self, now_ns: int, wish: Wish) -> None:
        """Want every branch open whose breaker does not stand closed."""
        wish.open |= self._at_start
        for name, bank in self._placed:
            position = bank.actuation(now_ns).get("position")
            if position == _CLOSED:
                wish.open.discard(name)
            elif position is not None:
                wish.open.add(name)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:  # noqa: ARG002
        """Return when the contacts of a breaker arrive."""
        return _moves_ns(self._moving, now_ns)


def _moving(banks: Iterable[WorldSide]) -> tuple[Moves, ...]:
    """Return the devices that move by themselves: looked at once, for a world asks in every step."""
    return tuple(bank for bank in banks if isinstance(bank, Moves))


def _moves_ns(banks: Iterable[Moves], now_ns: int) -> int | None:
    """Return the next moment at which one of some devices moves by itself."""
    moments = [bank.moves_ns(now_ns) for bank in banks]
    return min((moment_ns for moment_ns in moments if moment_ns is not None), default=None)


def _by_asset(site: Site, banks: Mapping[str, WorldSide]) -> dict[str, WorldSide]:
    return {device.asset: banks[device.name] for device in site.devices if device.name in banks}
