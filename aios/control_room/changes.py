"""Changes: what became different from poll to poll, numbered, so that a reader can go on where it stopped."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from aios.control_room.feed import Feed
from kernel.shell.wire import Snapshot

KEPT: Final = 8192
"""Changes that are kept for readers who come back; older ones are told by reading the lists again."""


class Subject(StrEnum):
    """What a change is about."""

    POINTS = "points"
    COMMANDS = "commands"
    APPROVALS = "approvals"
    ALARMS = "alarms"
    REPAIR_ORDERS = "repair-orders"
    FORECASTS = "forecasts"
    POLICIES = "policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing as it is now."""

    number: int
    """1 for the first of this process."""
    subject: Subject
    id: str
    noun: Any
    """The thing as the snapshot carries it; None where it is gone."""


_ById = dict[str, tuple[object, Any]]
"""By id: by what a change is seen, and the thing itself."""


def _whole(things: Iterable[Any], name: str) -> _ById:
    return {getattr(one, name): (one, one) for one in things}


def _orders(shot: Snapshot) -> _ById:
    work = {one.order: one for one in shot.dispatches}
    return {one.id: ((one, work.get(one.id)), one) for one in shot.orders}


_OF: Final[Mapping[Subject, Callable[[Snapshot], _ById]]] = {
    # A reading that says the same again is no news: while it is fresh enough, its quality stays good.
    Subject.POINTS: lambda shot: {p.point: ((p.value, p.quality, p.state), p) for p in shot.points},
    Subject.COMMANDS: lambda shot: _whole(reversed(shot.commands), "id"),
    Subject.APPROVALS: lambda shot: _whole(shot.asked, "id"),
    Subject.ALARMS: lambda shot: _whole(shot.alarms, "id"),
    Subject.REPAIR_ORDERS: _orders,
    Subject.FORECASTS: lambda shot: _whole(shot.forecasts, "point"),
    Subject.POLICIES: lambda shot: {"active": (shot.gate, shot.gate)},
}


class Changes:
    """Compares each snapshot of a feed with the one before, once for all readers."""

    def __init__(self, feed: Feed, *, run: str = "") -> None:
        """Begin with nothing known.

        Args:
            feed: where snapshots come from.
            run: marks the numbers of this process; empty draws one.
        """
        self.run = run or secrets.token_hex(4)
        self.newest = 0
        """Number of the newest change."""
        self._feed = feed
        self._polls = 0
        self._before: dict[Subject, _ById] = {}
        self._kept: deque[Change] = deque(maxlen=KEPT)

    def take(self) -> None:
        """Compare the newest snapshot with the one before, where that was not done."""
        shot = self._feed.sight().snapshot
        if shot is None or self._polls == self._feed.polls:
            return
        self._polls = self._feed.polls
        now = {subject: of(shot) for subject, of in _OF.items()}
        for subject, things in now.items():
            if (before := self._before.get(subject)) is not None:
                self._compare(subject, before, things)
        self._before = now

    def after(self, number: int) -> tuple[Change, ...] | None:
        """Return the changes behind a number, in order; None where some of them are not kept any more."""
        if number > self.newest or (oldest := self.newest - len(self._kept)) > number:
            return None
        return tuple(self._kept)[number - oldest :] if number < self.newest else ()

    def _compare(self, subject: Subject, before: _ById, now: _ById) -> None:
        for name, (seen, noun) in now.items():
            if name not in before or before[name][0] != seen:
                self._add(subject, name, noun)
        if subject is not Subject.COMMANDS:  # the oldest of them give way; they are not gone
            for name in before.keys() - now.keys():
                self._add(subject, name, None)

    def _add(self, subject: Subject, name: str, noun: Any) -> None:
        self.newest += 1
        self._kept.append(Change(number=self.newest, subject=subject, id=name, noun=noun))
