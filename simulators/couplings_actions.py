"""Where the devices of a site touch the simulated world: what they do to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from kernel.site import Site
from simulators.network import Network

_CLOSED: Final = 2.0
"""Double point: 1 open, 2 closed; 0 and 3 (travelling, faulty) do not conduct in this world."""


class Bank(Protocol):
    """As much of a simulated device as the world needs."""

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Take what the device feels, by quantity, in engineering units."""
        ...

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return what the device does, by quantity."""
        ...


class Actions:
    """Collects what batteries and breakers do."""

    def __init__(self, site: Site, network: Network, banks: Mapping[str, Bank]) -> None:
        """Find the banks that act.

        Args:
            site: says which device belongs to which asset.
            network: its batteries and breakers have the names of the site's assets.
            banks: by name of the device; a device without one does nothing.
        """
        by_asset = {device.asset: banks[device.name] for device in site.devices if device.name in banks}
        self._batteries = [(row, by_asset.get(unit.name)) for row, unit in enumerate(network.batteries)]
        self._breakers = [(cable.name, by_asset.get(cable.breaker)) for cable in network.cables]
        self._at_start = network.open_at_start()

    def battery_kw(self, now_ns: int) -> list[float]:
        """Return the active power of each battery in the order of the network, discharge positive, kW."""
        return [
            0.0 if bank is None else bank.actuation(now_ns).get("active_power", 0.0)
            for _, bank in self._batteries
        ]

    def open_branches(self, now_ns: int) -> frozenset[str]:
        """Return the branches that stand open; one without a breaker device keeps its first position."""
        stand = set(self._at_start)
        for cable, bank in self._breakers:
            position = None if bank is None else bank.actuation(now_ns).get("position")
            if position is None:
                continue
            if position == _CLOSED:
                stand.discard(cable)
            else:
                stand.add(cable)
        return frozenset(stand)
