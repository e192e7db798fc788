"""A network seen at one moment: voltages, loadings, what is outside its limits, and its shape as a tree."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec
import numpy as np

from simulators.appliances.demand import Demand, UnknownProfile
from simulators.networks.network import Network
from simulators.physics.course import Course
from simulators.physics.solvers import able, sound_solver
from simulators.physics.switching import Switching
from simulators.profiles.load import NS, Profiles

BAND: Final = (0.9, 1.1)
"""Voltages outside it are findings, per unit. Source: EN 50160, 4.2.2 and 5.2.2: +-10 %."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A network at one moment."""

    network: str
    moment: str
    """ISO 8601, UTC; or that nothing in it follows a profile."""
    failure: str
    """Why there is no solution; empty where there is one."""
    kv: dict[str, float]
    """Line-to-line voltage by bus; 0 without supply."""
    pu: dict[str, float]
    """The same per unit of the bus."""
    loading_pu: dict[str, float]
    """Current over permitted current by branch, of the worse end; what has no limit is left out."""
    kw: dict[str, float]
    """Active power that enters each branch at its `from` end."""
    import_kw: float
    import_kvar: float
    loss_kw: float
    findings: tuple[str, ...]
    """What is outside its limits, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twig:
    """One bus of the tree, and the branch by which it is reached."""

    bus: str
    branch: str
    """Empty at the source and at the first bus of an island."""
    depth: int
    """How often the way forked before it; a feeder without forks stays at one depth."""
    closes: tuple[str, ...] = ()
    """Branches that lead back to buses that stand elsewhere in the tree: rings."""
    opens: tuple[str, ...] = ()
    """Branches that hang here and are open, at either end."""


def solved_at(network: Network, profiles: Profiles, at_ns: int | None = None) -> Seen:
    """Solve a network at one moment, switched as it begins, every battery idle.

    Args:
        network: to look at.
        profiles: that it follows; where they lack one, everything stands at its peak.
        at_ns: the moment, nanoseconds since 1970 UTC; None for the highest sum of loads in the profiles.
    """
    grid, switching = sound_solver(network, able(network)), Switching(open=network.open_at_start())
    demand, moment = _demand(network, profiles)
    if demand is not None and network.followed:
        at_ns = _peak_ns(demand, profiles) if at_ns is None else at_ns
        moment = datetime.fromtimestamp(at_ns / NS, tz=UTC).isoformat()
    wanted = (demand or Demand(_still(network), profiles)).at(at_ns or 0)
    flows = grid.solve(wanted, switching)
    rated = flows.rows.rated_a
    with np.errstate(invalid="ignore"):
        loading = np.maximum(flows.branch[:, 2] / rated[:, 0], flows.branch[:, 5] / rated[:, 1])
    kv = dict(zip(flows.rows.bus, flows.bus_kv.tolist(), strict=True))
    pu = {bus.name: kv[bus.name] / bus.voltage_kv for bus in network.buses}
    phases = Course.of(flows, until_ns=0, hours=0.0)
    low, high = phases.low_kv[0].tolist(), phases.high_kv[0].tolist()
    extremes = {
        bus.name: (low[row] / bus.voltage_kv, high[row] / bus.voltage_kv)
        for row, bus in enumerate(network.buses)
    }
    limited = {
        name: float(loading[row])
        for name, row in flows.rows.branch.items()
        if np.isfinite(rated[row]).all() and np.isfinite(loading[row])
    }
    return Seen(
        network=network.name,
        moment=moment,
        failure=flows.failure,
        kv=kv,
        pu=pu,
        loading_pu=limited,
        kw={name: float(flows.branch[row, 0]) for name, row in flows.rows.branch.items()},
        import_kw=flows.import_kw,
        import_kvar=flows.import_kvar,
        loss_kw=flows.loss_kw,
        findings=(f"no solution: {flows.failure}",) if flows.failure else _findings(extremes, limited),
    )


def tree_of(network: Network) -> tuple[Twig, ...]:
    """Return the buses depth first from the source, as the switches begin; then islands without supply."""
    shut = network.open_at_start()
    hanging = {switch.branch for switch in network.switches if not switch.closed}
    near: dict[str, list[tuple[str, str]]] = {bus.name: [] for bus in network.buses}
    opens: dict[str, list[str]] = {bus.name: [] for bus in network.buses}
    for branch in network.branches:
        if branch.name in shut | hanging:
            opens[branch.from_bus].append(branch.name)
            opens[branch.to_bus].append(branch.name)
        else:
            near[branch.from_bus].append((branch.name, branch.to_bus))
            near[branch.to_bus].append((branch.name, branch.from_bus))
    used: set[str] = set()
    seen: set[str] = set()
    twigs: list[Twig] = []
    for root in (network.source.bus, *near):
        if root not in seen:
            twigs += _climb(root, near, opens, seen, used)
    return tuple(twigs)


def _climb(
    root: str,
    near: Mapping[str, list[tuple[str, str]]],
    opens: Mapping[str, list[str]],
    seen: set[str],
    used: set[str],
) -> list[Twig]:
    found: list[Twig] = []
    waiting = deque([(root, "", 0)])
    while waiting:
        bus, by, depth = waiting.pop()
        if bus in seen:
            continue
        seen.add(bus)
        used.add(by)
        ahead = [(branch, other) for branch, other in near[bus] if branch not in used]
        closes = tuple(branch for branch, other in ahead if other in seen)
        used.update(closes)
        found.append(Twig(bus=bus, branch=by, depth=depth, closes=closes, opens=tuple(opens[bus])))
        further = [(other, branch) for branch, other in reversed(ahead) if other not in seen]
        waiting.extend((other, branch, depth + (len(further) > 1)) for other, branch in further)
    return found


def _demand(network: Network, profiles: Profiles) -> tuple[Demand | None, str]:
    try:
        return Demand(network, profiles), "its own powers (nothing follows a profile)"
    except UnknownProfile:
        return None, "its peaks (its profiles are not here)"


def _still(network: Network) -> Network:
    """Return a network in which nothing follows a profile: everything stands at its peak."""
    return replace(
        network,
        loads=tuple(replace(load, profile="", profile_kvar="") for load in network.loads),
        generators=tuple(replace(plant, profile="") for plant in network.generators),
    )


def _peak_ns(demand: Demand, profiles: Profiles) -> int:
    times = profiles.start_ns + np.arange(profiles.values.shape[1], dtype=np.int64) * profiles.step_s * NS
    total = demand.over(times).load_kw.sum(axis=1)
    return int(times[int(total.argmax())])


def _findings(extremes: Mapping[str, tuple[float, float]], loading: Mapping[str, float]) -> tuple[str, ...]:
    """Say what is outside its limits; of phases that differ, the lowest and the highest."""
    dark = [f"bus {name} has no supply" for name, (_, highest) in extremes.items() if highest == 0.0]
    low, high = BAND
    volts = [
        f"bus {name} is at {value:.3f} pu, outside {low:g} to {high:g}"
        for name, both in extremes.items()
        for value in dict.fromkeys(both)
        if both[1] and not low <= value <= high
    ]
    hot = [
        f"branch {name} carries {value:.0%} of its rating" for name, value in loading.items() if value > 1.0
    ]
    return (*dark, *volts, *hot)
