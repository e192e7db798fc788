"""Short circuits as things that happen: they begin, they go out when their arc is dead, or they stay.

A temporary fault (lightning, a branch) is gone once its place has been without voltage for a while; a
permanent one (a cable's joint) stays until it is repaired. All are balanced three-phase faults through a
resistance; earth faults and two-phase faults need the phases that these flows do not have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.point import NANOSECONDS
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows
from simulators.physics.switching import Short


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortCircuit:
    """One short circuit, which is its own ground truth.

    Raises:
        ValueError: its end is not after its begin, or its resistance is below 0.
    """

    place: str
    """A bus, or a cable."""
    begin_ns: int
    """Nanoseconds since 1970 UTC."""
    end_ns: int | None = None
    """First moment after it; None where only repair or a dead time ends it."""
    ohm: float = 0.0
    at: float = 0.5
    """Place along a cable, 0 to 1."""
    dead_s: float = math.inf
    """Time without voltage after which the arc stays out, seconds; infinite for a permanent fault."""

    def __post_init__(self) -> None:
        if (self.end_ns is not None and self.end_ns <= self.begin_ns) or self.ohm < 0.0:
            raise ValueError(
                f"short circuit on {self.place}: {self.begin_ns} to {self.end_ns}, {self.ohm} ohm"
            )


class ShortCircuits(Part):
    """All short circuits of a world; at one place one at a time."""

    def __init__(self, planned: Sequence[ShortCircuit]) -> None:
        """Take what will happen, in any order."""
        self._planned = tuple(planned)
        self._ended_ns: dict[ShortCircuit, int] = {}
        self._dead_ns: dict[ShortCircuit, int] = {}

    @property
    def ended_ns(self) -> Mapping[ShortCircuit, int]:
        """When each was over that is, nanoseconds since 1970 UTC."""
        return self._ended_ns

    def standing(self, now_ns: int) -> tuple[ShortCircuit, ...]:
        """Return what is shorted at a moment that has been lived to."""
        return tuple(one for one in self._planned if self._stands(one, now_ns))

    def mend(self, place: str, now_ns: int) -> None:
        """End every short circuit at a place: it has been repaired."""
        for one in self.standing(now_ns):
            if one.place == place:
                self._ended_ns[one] = now_ns

    def act(self, now_ns: int, wish: Wish) -> None:
        """Short what is shorted."""
        for one in self.standing(now_ns):
            wish.shorts[one.place] = Short(ohm=one.ohm, at=one.at)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:
        """Return the next begin, end, or moment at which an arc is out."""
        moments = [moment for one in self._planned for moment in self._borders(one, flows, now_ns)]
        return min((moment for moment in moments if moment > now_ns), default=None)

    def live(self, stretch: Stretch) -> None:
        """Count the time without voltage of whatever goes out by itself."""
        for one in self.standing(stretch.since_ns):
            if not math.isfinite(one.dead_s):
                continue
            dead_ns = self._dead_ns.get(one, 0) + stretch.until_ns - stretch.since_ns
            self._dead_ns[one] = dead_ns if _dead(one.place, stretch.flows) else 0
            if self._dead_ns[one] >= round(one.dead_s * NANOSECONDS):
                self._ended_ns[one] = stretch.until_ns

    def _stands(self, one: ShortCircuit, now_ns: int) -> bool:
        if now_ns < one.begin_ns or one in self._ended_ns:
            return False
        return one.end_ns is None or now_ns < one.end_ns

    def _borders(self, one: ShortCircuit, flows: Flows, now_ns: int) -> tuple[int, ...]:
        borders = (one.begin_ns,) if one.end_ns is None else (one.begin_ns, one.end_ns)
        if math.isfinite(one.dead_s) and self._stands(one, now_ns) and _dead(one.place, flows):
            left_ns = round(one.dead_s * NANOSECONDS) - self._dead_ns.get(one, 0)
            return (*borders, now_ns + max(1, left_ns))
        return borders


def _dead(place: str, flows: Flows) -> bool:
    """Tell whether a place carries neither voltage nor current; unknown counts as alive."""
    if place in flows.rows.bus:
        return flows.kv(place) == 0.0
    flow = flows.flow(place)
    return flow.from_a == 0.0 and flow.to_a == 0.0
