"""Faults of the grid, its plants and its customers: a part that bends what the world wants of the grid.

It acts after all that is well, appliances and batteries too, so that it sees what they want. What befalls the
inside of a transformer is looked up by the transformers themselves (`blocked`, `fans_left`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Final

from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.faults.reach import loads_after, loads_behind, plants_after
from simulators.faults.repair import mended
from simulators.networks.network import Network
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows
from simulators.physics.switching import Short

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
        behind = loads_behind(self._network, self._taps[fault.target], wish.open)
        rows = [wish.rows.load[load] for load in behind]
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

    def missing(self, now_ns: int) -> dict[str, float]:
        """Return the share of each load that it should draw and does not, 0 to 1: of all its busts together.

        What is drawn beyond what it should belongs to customers whom no fleet counts.
        """
        drawn: dict[str, float] = {}
        for fault in self._faults:
            if fault.kind is FaultKind.DEMAND_BUST:
                drawn[fault.target] = drawn.get(fault.target, 1.0) * (1.0 + fault.severity(now_ns))
        return {load: 1.0 - share for load, share in drawn.items() if share < 1.0}

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
        """Let steps that are in feed nothing; their control does not know it."""
        bank = next(one for one in self._network.capacitors if one.name == fault.target)
        steps_in = wish.steps.get(bank.name, bank.steps_in)
        wish.blown[bank.name] = steps_in - math.floor(steps_in * (1.0 - fault.severity(now_ns)))

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
