"""Stretches of time in which something stood as it did: orders, alarms, notices, qualities."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from aios.studies.result import Happening

MOST: Final = 500
"""Stretches kept of a run: one that flickers all month would outgrow everything else of its result."""
Kind = Literal["order", "alarm", "notice", "quality"]


class Stretches:
    """Hears what stands, and keeps from when until when."""

    def __init__(self) -> None:
        self._open: dict[tuple[Kind, str], Happening] = {}
        self._closed: list[Happening] = []
        self.lost = 0
        """Stretches that were not kept."""

    def stands(
        self,
        kind: Kind,
        subject: str,
        words: str,
        now_ns: int,
        evidence: tuple[str, ...] = (),
        *,
        priority: int = 0,
    ) -> bool:
        """Take down that something stands from a moment on; return whether that is new.

        Args:
            kind: of what stands.
            subject: asset, device, point, or id of an alarm.
            words: the same words go on; other words begin a new stretch; none end it.
            now_ns: the moment.
            evidence: of the begin.
            priority: of an alarm.

        >>> heard = Stretches()
        >>> for at, words in ((1, "late"), (2, "late"), (3, "lost"), (5, "")):
        ...     _ = heard.stands("notice", "meter", words, at)
        >>> [(one.words, one.at_ns, one.until_ns) for one in heard.happenings()]
        [('late', 1, 3), ('lost', 3, 5)]
        """
        before = self._open.get((kind, subject))
        if (before.words if before else "") == words:
            return False
        if before is not None:
            self._keep(msgspec.structs.replace(before, until_ns=now_ns))
            del self._open[kind, subject]
        if words:
            self._open[kind, subject] = Happening(
                at_ns=now_ns,
                kind=kind,
                subject=subject,
                words=words,
                evidence=evidence,
                priority=priority,
            )
        return bool(words)

    def happenings(self) -> tuple[Happening, ...]:
        """Return all stretches, those that still stand without an end."""
        return (*self._closed, *self._open.values())

    def _keep(self, one: Happening) -> None:
        if len(self._closed) < MOST:
            self._closed.append(one)
        else:
            self.lost += 1
