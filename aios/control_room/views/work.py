"""The work on a repair order: who has it, until when, and why it is back, in the words of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aios.control_room.sight import Place
from aios.control_room.times import moment
from kernel.dispatch import ASIDE, Dispatch, WorkStage
from kernel.shell.wire import Snapshot

_WORDS: Final = {
    WorkStage.OPEN: "nobody has it",
    WorkStage.CLAIMED: "claimed",
    WorkStage.PLANNED: "planned",
    WorkStage.DEFERRED: "deferred",
    WorkStage.REJECTED: "rejected",
    WorkStage.DONE: "said to be done",
    WorkStage.BACK: "back",
    WorkStage.CLOSED: "closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Where the work on one order stands."""

    stage: WorkStage
    text: str
    """Stage, person and time in one line."""
    reason: str
    """What the person said, or why it is back."""
    aside: bool
    """Whether nobody has to decide now."""
    past: tuple[str, ...]
    """What happened to it before, the newest first."""


def works(snapshot: Snapshot, place: Place) -> dict[str, Work]:
    """Word the work on every order that somebody has touched, by order."""
    return {one.order: _work(one, snapshot, place) for one in snapshot.dispatches}


UNTOUCHED: Final = Work(stage=WorkStage.OPEN, text=_WORDS[WorkStage.OPEN], reason="", aside=False, past=())


def _work(one: Dispatch, snapshot: Snapshot, place: Place) -> Work:
    until = f"until {moment(one.until_ns, snapshot.now_ns, place.zone)}" if one.until_ns else ""
    by = f"by {one.by}" if one.by else ""
    return Work(
        stage=one.stage,
        text=" ".join(part for part in (_WORDS[one.stage], by, until) if part),
        reason=one.reason,
        aside=one.stage in ASIDE,
        past=tuple(
            f"{moment(turn.at_ns, snapshot.now_ns, place.zone)} {_WORDS[turn.stage]}"
            f"{f' by {turn.by}' if turn.by else ''}: {turn.why}"
            for turn in reversed(one.history[:-1])
        ),
    )
