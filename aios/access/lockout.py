"""Lock-out: who has failed waits before the next attempt, longer each time, for account and for source.

An attempt counts as failed before its password is checked, so that many at once gain nothing. Attempts while
waiting change nothing: nobody keeps a dispatcher out by trying on. For the same reason an account waits a
minute at most, a source a quarter of an hour.
"""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from aios.access.secret import digest

NANOSECONDS: Final = 1_000_000_000
FORGOTTEN_S: Final = 3600.0
"""Seconds after the last failure from which failures count no more."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How failures become waiting."""

    free: int
    """Failures without any waiting."""
    most_s: float
    """The longest wait."""


ACCOUNT: Final = Limit(free=4, most_s=60.0)
SOURCE: Final = Limit(free=9, most_s=900.0)


def wait_s(failures: int, limit: Limit) -> float:
    """Return the seconds to wait after so many failures: one, then twice as long each time.

    >>> [wait_s(n, ACCOUNT) for n in (4, 5, 6, 7, 50)]
    [0.0, 1.0, 2.0, 4.0, 60.0]
    """
    over = failures - limit.free
    return 0.0 if over <= 0 else min(2.0 ** min(over - 1, 32), limit.most_s)


class Lockout:
    """Failed attempts by account and by source address; they outlive a restart."""

    def __init__(
        self, database: sqlite3.Connection, *, account: Limit = ACCOUNT, source: Limit = SOURCE
    ) -> None:
        self._database = database
        self._account = account
        self._source = source

    def attempt(self, name: str, source: str, *, now_ns: int) -> float:
        """Begin an attempt; return the seconds to wait before one is allowed, 0 where it is."""
        subjects = self._subjects(name, source)
        waiting = max(self._left_s(subject, limit, now_ns) for subject, limit in subjects)
        if waiting > 0:
            return waiting
        for subject, _ in subjects:
            self._database.execute(
                "INSERT INTO attempt VALUES (?, 1, ?) ON CONFLICT (subject)"
                " DO UPDATE SET failures = failures + 1, last_ns = excluded.last_ns",
                (subject, now_ns),
            )
        return 0.0

    def succeeded(self, name: str, source: str) -> None:
        """Take back what `attempt` counted; failures of the account are forgotten, of the source not."""
        self.forget(name)
        self._database.execute(
            "UPDATE attempt SET failures = failures - 1 WHERE subject = ? AND failures > 0",
            (f"source {source}",),
        )

    def forget(self, name: str) -> None:
        """Forget the failures of an account."""
        self._database.execute("DELETE FROM attempt WHERE subject = ?", (_of_account(name),))

    def tidy(self, now_ns: int) -> None:
        """Drop what counts no more, so that names made up by others do not fill the disk."""
        since_ns = now_ns - round(FORGOTTEN_S * NANOSECONDS)
        self._database.execute("DELETE FROM attempt WHERE last_ns < ?", (since_ns,))

    def _subjects(self, name: str, source: str) -> tuple[tuple[str, Limit], ...]:
        return (_of_account(name), self._account), (f"source {source}", self._source)

    def _left_s(self, subject: str, limit: Limit, now_ns: int) -> float:
        row = self._database.execute(
            "SELECT failures, last_ns FROM attempt WHERE subject = ?", (subject,)
        ).fetchone()
        if row is None:
            return 0.0
        failures, last_ns = row
        since_s = float(now_ns - last_ns) / NANOSECONDS
        if since_s >= FORGOTTEN_S:
            self._database.execute("DELETE FROM attempt WHERE subject = ?", (subject,))
            return 0.0
        return max(0.0, wait_s(failures, limit) - since_s)


def _of_account(name: str) -> str:
    """Return what is kept of a name: people type their password into the wrong field."""
    return f"account {digest(name)}"
