"""Issuing: how a value becomes a command with id, sequence number, reversion and validity.

Pure. Ids derive from run, tick and number, so that a replay gives the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from kernel.command import Command
from kernel.pipe.modes import Sending, sending
from kernel.pipe.state import LOST, PipeState, Posture
from kernel.point import NANOSECONDS, Operation, Point, Writing
from kernel.quality import is_good
from kernel.site import Site

SAME: Final = 1e-9
"""Set-points closer than this are the same, in the point's unit."""
_RANGE: Final = 65536
"""Sequence registers are 16 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Makes the commands of one run."""

    site: Site
    run: str
    """Name of the run; every id begins with it."""
    revision: str
    """Policy revision that is expected to answer, and that permitted the safe set."""
    tried: str = ""
    """Policy revision whose answer counts for some assets; empty where none is tried so."""
    tried_on: frozenset[str] = frozenset()
    """These assets."""

    def of(self, state: PipeState) -> Issuer:
        """Return the issuer of a state: other policies may have been promoted since the run began."""
        trial = state.trial
        if not state.policy and (trial is None or not trial.assets):
            return self
        on = () if trial is None else trial.assets
        tried = trial.expects if trial is not None and on else ""
        return replace(self, revision=state.policy or self.revision, tried=tried, tried_on=frozenset(on))

    def revision_for(self, point: str) -> str:
        """Return the policy revision whose permit a command of a point needs."""
        if self.tried_on and self.site.point(point).asset in self.tried_on:
            return self.tried
        return self.revision

    def trace(self, tick: int, point: str) -> str:
        """Name the thread that leads from measurement to read-back."""
        return f"{self.run}-{tick}-{self.site.row[point]}"

    def command(
        self,
        state: PipeState,
        point: Point,
        value: float,
        *,
        number: int,
        authority: str,
        reason: str,
        asked_by: str = "",
    ) -> Command:
        """Make the command that would write a value on a point in this tick."""
        writing, tick, now_ns = writing_of(point), state.image.tick, state.image.now_ns
        return Command(
            id=f"{self.run}-{tick}-{number}",
            trace=self.trace(tick, point.name),
            point=point.name,
            value=value,
            operation=writing.operation,
            tick=tick,
            issued_at_ns=now_ns,
            valid_until_ns=now_ns + round(writing.validity_s * NANOSECONDS),
            sequence=self._sequence(state, point, writing),
            reversion_value=writing.reversion_value,
            reversion_s=writing.reversion_s,
            authority=authority,
            revision=self.revision_for(point.name),
            reason=reason,
            renewal=stands(state, point, value),
            asked_by=asked_by,
            test=sending(state, point) is Sending.TEST,
        )

    def _sequence(self, state: PipeState, point: Point, writing: Writing) -> int | None:
        """Number the next write: one more than the later of what was used and what the device shows.

        So a gateway that lost its journal does not repeat a number. A register that could not be read, or
        never was, shows nothing.
        """
        if not writing.sequence:
            return None
        row = self.site.row[writing.sequence]
        shown = int(state.image.value[row])
        used = state.sequences.get(point.name, shown)
        is_later = is_good(int(state.image.quality[row])) and (shown - used) % _RANGE < _RANGE // 2
        return ((shown if is_later else used) + 1) % _RANGE


def writing_of(point: Point) -> Writing:
    """Return how a point is written.

    Raises:
        ValueError: the point can only be read; a proposal for it should never have stood.
    """
    if point.writing is None:
        raise ValueError(f"{point.name} cannot be written")
    return point.writing


def stands(state: PipeState, point: Point, value: float) -> bool:
    """Tell whether a set-point has this value already."""
    posture = state.postures.get(point.name)
    is_setpoint = writing_of(point).operation is Operation.SETPOINT
    if posture is None or posture.authority == LOST:
        return False
    return is_setpoint and abs(posture.value - value) <= SAME


def is_clamped_from(posture: Posture, value: float) -> bool:
    """Tell whether a standing value is what policy left of this one, under the permit that still holds."""
    return (
        posture.authority == "gate" and posture.decided is not None and abs(posture.decided - value) <= SAME
    )
