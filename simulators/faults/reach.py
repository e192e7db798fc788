"""How far a fault of the grid reaches: what hangs behind a transformer, and on one cable alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from simulators.networks.network import Branch, Network, Transformer


def loads_behind(network: Network, unit: Transformer, open_now: Collection[str]) -> list[str]:
    """Return the loads that a transformer feeds, along closed branches, without other units.

    Args:
        network: as drawn: what it draws open is open.
        unit: the transformer.
        open_now: branches and switches that stand open beside that.
    """
    open_now = {*network.open_at_start(), *open_now}
    reached = _reached(unit.to_bus, (*network.lines, *network.couplers), open_now)
    return [load.name for load in network.loads if load.bus in reached]


def loads_after(network: Network, cable: str, open_now: Collection[str]) -> list[str]:
    """Return the loads that have supply through a cable alone; none where it is part of a closed ring."""
    reached = _after(network, cable, open_now)
    return [load.name for load in network.loads if load.bus in reached]


def plants_after(network: Network, cable: str, open_now: Collection[str]) -> list[str]:
    """Return the generators that are joined to the grid through a cable alone."""
    reached = _after(network, cable, open_now)
    return [plant.name for plant in network.generators if plant.bus in reached]


def _after(network: Network, cable: str, open_now: Collection[str]) -> set[str]:
    """Return the buses that only a cable joins to the grid."""
    here = next(one for one in network.lines if one.name == cable)
    reached = _reached(here.to_bus, network.branches, {*open_now, cable})
    return set() if here.from_bus in reached else reached


def _reached(start: str, branches: Sequence[Branch], open_now: Collection[str]) -> set[str]:
    """Return the buses that closed branches join to one."""
    reached = {start}
    pairs = [{one.from_bus, one.to_bus} for one in branches if one.name not in open_now]
    grown = True
    while grown:
        ends = {bus for pair in pairs if pair & reached for bus in pair}
        grown = not ends <= reached
        reached |= ends
    return reached
