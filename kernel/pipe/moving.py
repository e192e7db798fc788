"""Moving: decisions held back to what set-points may move in this tick, alone or together with their sums.

Pure. A set-point alone goes as far towards its value as its window admits. Those of a tree are decided once
more inside their windows, so that their sums are kept on the way as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from kernel.decision import Decision, Narrowing
from kernel.pipe.issue import Issuer
from kernel.pipe.shaping import Moment, hold_back, movement
from kernel.pipe.sums import Sums
from kernel.proposal import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What is fixed for a run about how its set-points move."""

    issuer: Issuer
    limits: Mapping[str, tuple[float, float]]
    sums: Sums | None
    names: frozenset[str]
    """The shaped set-points."""

    def held_back(
        self, moment: Moment, wishes: Mapping[str, Sequence[Proposal]], decided: Mapping[str, Decision]
    ) -> dict[str, Decision]:
        """Return decisions that go no further than their set-points may move."""
        windows: dict[str, Narrowing] = {}
        for name in sorted(self.names & decided.keys()):
            window = movement(moment, decided[name], self._heard(name, wishes))
            if window is not None:
                windows[name] = window
        alone = {name: window for name, window in windows.items() if not self._is_summed(name)}
        moved = dict(decided) | {
            name: hold_back(decided[name], self.limits[name], window) for name, window in alone.items()
        }
        together = {name: window for name, window in windows.items() if self._is_summed(name)}
        if self.sums is None or not any(_binds(window, decided[name]) for name, window in together.items()):
            return moved
        again = self.sums.decide(self.issuer, wishes, moment.state, together)
        return moved | {
            name: _aimed(one, decided.get(name), together.get(name)) for name, one in again.items()
        }

    def _is_summed(self, name: str) -> bool:
        return self.sums is not None and name in self.sums.tree_of

    def _heard(self, name: str, wishes: Mapping[str, Sequence[Proposal]]) -> list[Proposal]:
        """Collect what stands for a set-point and for the sums over it."""
        names = (name,) if self.sums is None else self.sums.over(name)
        return [one for at in names for one in wishes.get(at, ())]


def _binds(window: Narrowing, decision: Decision) -> bool:
    assert window.low is not None  # noqa: S101 - windows have two ends
    assert window.high is not None  # noqa: S101
    return not window.low <= decision.value <= window.high


def _aimed(again: Decision, first: Decision | None, window: Narrowing | None) -> Decision:
    """Remember where a ramp leads that holds a set-point back."""
    if first is None or window is None or window.agent != "ramp" or again.value == first.value:
        return again
    return msgspec.structs.replace(again, aim=first.value)
