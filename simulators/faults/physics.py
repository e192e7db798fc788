"""Faults of the grid, its plants and its customers: a part that bends what the world wants of the grid.

It acts after all that is well, appliances and batteries too, so that it sees what they want. What befalls the
inside of a transformer is looked up by the transformers themselves (`blocked`, `left`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from simulators.faults.fault import Fault, left
from simulators.faults.kinds import FaultKind
from simulators.faults.repair import mended
from simulators.networks.network import Branch, Network, Transformer
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows
from simulators.physics.switching import Short
from simulators.weather import Skies, Sky

_PHASES: Final = 3.0
_REBOUND_S: Final = 1800.0
"""Time constant of a rebound: vehicles that were held back have filled up by then. Ours."""
_MINUTE_S: Final = 60.0


class Disturbances(Part):
    """Applies the physical faults of a scenario to the wish of a moment."""

    def __init__(self, network: Network, faults: Iterable[Fault]) -> None:
        """Sort the faults by what they touch."""
        self._network = network
        self._touch: dict[FaultKind, Callable[[Fault, int, Wish], None]] = {
            FaultKind.DEMAND_BUST: self._demand,
            FaultKind.EV_REBOUND: self._rebound,
            FaultKind.OVERLOAD: self._overload,
            FaultKind.SHORT_CIRCUIT: self._short_circuit,
            FaultKind.OPEN_CONDUCTOR: self._open_conductor,
            FaultKind.CAPACITOR_FUSE: self._capacitor_fuse,
            FaultKind.DER_TRIPS: self._trip,
            FaultKind.TAP_STUCK: self._tap_stuck,
            FaultKind.TAP_RUNAWAY: self._tap_runaway,
        }
        self._faults = tuple(fault for fault in faults if fault.kind in self._touch)
        self._taps = {unit.name: unit for unit in network.transformers}
        self._held: dict[tuple[str, int], int] = {}
        """Tap position before a fault, by its target and onset."""

    def act(self, now_ns: int, wish: Wish) -> None:
        """Bend the wish by every fault that is active."""
        for fault in self._faults:
            if fault.active(now_ns):
                self._touch[fault.kind](fault, now_ns, wish)

    def live(self, stretch: Stretch) -> None:
        """Remember at which taps the units stood that a fault will hold or move."""
        for fault in self._faults:
            if stretch.until_ns <= fault.onset_ns and fault.target in self._taps:
                drawn = self._taps[fault.target].tap_position
                self._held[_key(fault)] = stretch.switching.taps.get(fault.target, drawn)

    def mend(self, asset: str, now_ns: int) -> None:
        """End what stands of the faults of an asset's equipment."""
        self._faults = mended(self._faults, asset, now_ns)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:  # noqa: ARG002
        """Return the next onset or end, so that neither depends on how time is cut."""
        borders = [border for fault in self._faults for border in (fault.onset_ns, fault.end_ns)]
        return min((border for border in borders if border is not None and border > now_ns), default=None)

    def _demand(self, fault: Fault, now_ns: int, wish: Wish) -> None:
        row = wish.rows.load[fault.target]
        wish.load_kw[row] *= 1.0 + fault.severity(now_ns)
        wish.load_kvar[row] *= 1.0 + fault.severity(now_ns)

    def _rebound(self, fault: Fault, now_ns: int, wish: Wish) -> None:
        faded = math.exp(-fault.lasted_s(now_ns) / _REBOUND_S)
        wish.load_kw[wish.rows.load[fault.target]] += fault.amount * faded

    def _overload(self, fault: Fault, now_ns: int, wish: Wish) -> None:
        """Add a share of the rating to the loads behind a transformer, in proportion to what they draw."""
        rows = loads_behind(self._network, self._taps[fault.target], wish)
        drawn = sum(math.hypot(wish.load_kw[row], wish.load_kvar[row]) for row in rows)
        if drawn > 0.0:
            grown = 1.0 + fault.severity(now_ns) * self._taps[fault.target].rated_kva / drawn
            wish.load_kw[rows] *= grown
            wish.load_kvar[rows] *= grown

    def lost(self, now_ns: int, open_now: Collection[str]) -> dict[str, float]:
        """Return the share of the customers of each load that hangs on open conductors.

        Args:
            now_ns: nanoseconds since 1970 UTC.
            open_now: branches and switches that stand open.
        """
        left_of: dict[str, float] = {}
        for fault in self._faults:
            if fault.kind is FaultKind.OPEN_CONDUCTOR and fault.active(now_ns) and fault.amount < _PHASES:
                for load in loads_after(self._network, fault.target, open_now):
                    left_of[load] = left_of.get(load, 1.0) * (1.0 - fault.amount / _PHASES)
        return {load: 1.0 - share for load, share in left_of.items()}

    def tripped(self, now_ns: int, open_now: Collection[str]) -> dict[str, float]:
        """Return the share of each plant that has tripped or hangs on open conductors.

        A battery's inverter trips itself, and shows it.
        """
        left_of: dict[str, float] = {}
        for fault in self._faults:
            if not fault.active(now_ns):
                continue
            share, plants = 0.0, list[str]()
            if fault.kind is FaultKind.DER_TRIPS:
                share, plants = fault.severity(now_ns), [fault.target]
            elif fault.kind is FaultKind.OPEN_CONDUCTOR and fault.amount < _PHASES:
                share, plants = fault.amount / _PHASES, plants_after(self._network, fault.target, open_now)
            left_of |= {plant: left_of.get(plant, 1.0) * (1.0 - share) for plant in plants}
        return {plant: 1.0 - share for plant, share in left_of.items()}

    def _open_conductor(self, fault: Fault, _: int, wish: Wish) -> None:
        """Take the share of the customers, and of their plants, that hangs on the open conductors."""
        if fault.amount >= _PHASES:
            wish.open.add(fault.target)
            return
        lost = [wish.rows.load[load] for load in loads_after(self._network, fault.target, wish.open)]
        wish.load_kw[lost] *= 1.0 - fault.amount / _PHASES
        wish.load_kvar[lost] *= 1.0 - fault.amount / _PHASES
        cut = [wish.rows.plant[plant] for plant in plants_after(self._network, fault.target, wish.open)]
        wish.plant_kw[cut] *= 1.0 - fault.amount / _PHASES
        wish.plant_kvar[cut] *= 1.0 - fault.amount / _PHASES

    def _short_circuit(self, fault: Fault, _: int, wish: Wish) -> None:
        wish.shorts[fault.target] = Short(ohm=fault.amount)

    def _capacitor_fuse(self, fault: Fault, now_ns: int, wish: Wish) -> None:
        """Take out the blown steps of those that are in."""
        bank = next(one for one in self._network.capacitors if one.name == fault.target)
        steps_in = wish.steps.get(bank.name, bank.steps_in)
        wish.steps[bank.name] = math.floor(steps_in * (1.0 - fault.severity(now_ns)))

    def _trip(self, fault: Fault, now_ns: int, wish: Wish) -> None:
        """Take a share of a plant; a battery's inverter trips itself (`FaultyBank`), and shows it."""
        if any(unit.name == fault.target for unit in self._network.batteries):
            return
        row = wish.rows.plant[fault.target]
        wish.plant_kw[row] *= 1.0 - fault.severity(now_ns)
        wish.plant_kvar[row] *= 1.0 - fault.severity(now_ns)

    def _tap_stuck(self, fault: Fault, _: int, wish: Wish) -> None:
        held = self._held.get(_key(fault))
        wish.taps[fault.target] = self._taps[fault.target].tap_position if held is None else held

    def _tap_runaway(self, fault: Fault, now_ns: int, wish: Wish) -> None:
        """Run from the position at onset to the end of the tap changer and stay there."""
        unit = self._taps[fault.target]
        steps = math.trunc(fault.amount * fault.lasted_s(now_ns) / _MINUTE_S)
        wanted = self._held.get(_key(fault), unit.tap_position) + steps
        wish.taps[fault.target] = min(max(wanted, unit.tap_min), unit.tap_max)


def _key(fault: Fault) -> tuple[str, int]:
    return fault.target, fault.onset_ns


def loads_behind(network: Network, unit: Transformer, wish: Wish) -> list[int]:
    """Return the rows of the loads that a transformer feeds, along closed branches, without other units."""
    open_now = network.open_at_start() | wish.open
    reached = _reached(unit.to_bus, (*network.lines, *network.couplers), open_now)
    return [wish.rows.load[load.name] for load in network.loads if load.bus in reached]


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


def fans_left(faults: Iterable[Fault], asset: str, now_ns: int) -> float:
    """Return the share of a transformer's fans that still turn, 0 to 1."""
    return left(faults, FaultKind.FAN_FAILED, asset, now_ns)


class OtherWeather:
    """The weather as it is while forecasts believe another one."""

    def __init__(self, weather: Skies, faults: Iterable[Fault]) -> None:
        """Keep what is told of the weather."""
        self._weather = weather
        self._faults = tuple(fault for fault in faults if fault.kind is FaultKind.WEATHER_BUST)

    def at(self, now_ns: int) -> Sky:
        """Return the weather at a moment, nanoseconds since 1970 UTC."""
        sky = self._weather.at(now_ns)
        return replace(sky, ambient_c=sky.ambient_c + self._warmer_k(now_ns)) if self._faults else sky

    def ambient_c(self, now_ns: int) -> float:
        """Return the ambient temperature, degC."""
        return self._weather.ambient_c(now_ns) + self._warmer_k(now_ns)

    def _warmer_k(self, now_ns: int) -> float:
        return sum(fault.severity(now_ns) for fault in self._faults)
