"""Decisions: the arbiter's one value for a point, and who narrowed it."""

from __future__ import annotations

import msgspec


class Narrowing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step of the arbitration: who left which interval."""

    agent: str
    priority: int
    low: float | None
    """Lowest value left, in the point's unit; None where nothing bounds it."""
    high: float | None
    """Highest value left, in the point's unit; None where nothing bounds it."""
    reason: str
    wanted: float | None = None
    rung: str = "model"
    evidence: tuple[str, ...] = ()
    on: str = ""
    """The sum whose interval it is; empty where it is the point's own."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds that cannot hold together; leaving out any one of them would leave a value."""

    agents: tuple[str, ...]
    text: str
    points: tuple[str, ...] = ()
    """Point or sum that each of them is about; empty where all are about the decided point."""


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The one value for a point in this tick."""

    point: str
    value: float
    tick: int
    chosen_by: str
    """Agent whose wish the value comes from; `safe_set` where nothing else was left."""
    narrowed_by: tuple[Narrowing, ...]
    expires_at_ns: int
    trace: str
    """Follows the value from measurement to read-back."""
    conflict: Conflict | None = None
    once: bool = False
    aim: float | None = None
    """Where a ramp leads that has not got there yet; None where the value is what was decided."""
    on: str = ""
    """The sum that the chosen wish is for; empty where it is for the point itself."""

    @property
    def clamped_by(self) -> Narrowing | None:
        """The first step in which policy bounded the point itself; None where it did not."""
        steps = (step for step in self.narrowed_by if step.agent.startswith("policy:") and not step.on)
        return next(steps, None)

    @property
    def wish(self) -> tuple[str, str]:
        """Maker of the chosen wish, and the point or sum that it is for."""
        return self.chosen_by, self.on or self.point
