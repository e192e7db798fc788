"""Lock-out: who has failed waits before the next attempt, longer each time, for account and for source.

An attempt counts as failed before its password is checked, so that many at once gain nothing. Attempts while
waiting change nothing. Many sources together could still make an account wait for as long as they go on: so
where a person has signed in before, failures are counted apart, and nobody elsewhere keeps them out there.
"""

from __future__ import annotations

import sqlite3
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

import msgspec

from aios.access.secret import digest

NANOSECONDS: Final = 1_000_000_000
FORGOTTEN_S: Final = 3600.0
"""Seconds after the last failure from which failures count no more."""
PLACES: Final = 20
"""Sources from which one account is known to have signed in; the oldest is forgotten first."""
PLACE_S: Final = 90 * 86_400.0
"""Seconds after the last sign-in from a source for which it is known."""
TABLE: Final = """
CREATE TABLE signed_in_from (
  account TEXT NOT NULL, source TEXT NOT NULL, last_ns INTEGER NOT NULL, PRIMARY KEY (account, source)
) STRICT
"""


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
        subjects = self._subjects(name, source_of(source), now_ns)
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

    def succeeded(self, name: str, source: str, *, now_ns: int) -> None:
        """Take back what `attempt` counted; failures of the account are forgotten, of the source not."""
        place = source_of(source)
        self.forget(name)
        self._database.execute(
            "UPDATE attempt SET failures = failures - 1 WHERE subject = ? AND failures > 0",
            (f"source {place}",),
        )
        self._remember(_of_account(name), place, now_ns)

    def forget(self, name: str) -> None:
        """Forget the failures of an account, from wherever."""
        account = _of_account(name)
        apart = f"{account} from "
        self._database.execute(
            "DELETE FROM attempt WHERE subject = ? OR substr(subject, 1, ?) = ?", (account, len(apart), apart)
        )

    def tidy(self, now_ns: int) -> None:
        """Drop what counts no more, so that names made up by others do not fill the disk."""
        since_ns = now_ns - round(FORGOTTEN_S * NANOSECONDS)
        self._database.execute("DELETE FROM attempt WHERE last_ns < ?", (since_ns,))

    def _subjects(self, name: str, place: str, now_ns: int) -> tuple[tuple[str, Limit], ...]:
        account = _of_account(name)
        if self._is_known(account, place, now_ns):
            account = f"{account} from {place}"
        return (account, self._account), (f"source {place}", self._source)

    def _is_known(self, account: str, place: str, now_ns: int) -> bool:
        row = self._database.execute(
            "SELECT 1 FROM signed_in_from WHERE account = ? AND source = ? AND last_ns > ?",
            (account, place, now_ns - round(PLACE_S * NANOSECONDS)),
        ).fetchone()
        return row is not None

    def _remember(self, account: str, place: str, now_ns: int) -> None:
        """Remember from where an account was signed in; the oldest of too many, and what is over, goes."""
        self._database.execute(
            "INSERT OR REPLACE INTO signed_in_from VALUES (?, ?, ?)", (account, place, now_ns)
        )
        self._database.execute(
            "DELETE FROM signed_in_from WHERE last_ns <= ?1 OR account = ?2 AND source NOT IN ("
            "SELECT source FROM signed_in_from WHERE account = ?2"
            " ORDER BY last_ns DESC, rowid DESC LIMIT ?3)",
            (now_ns - round(PLACE_S * NANOSECONDS), account, PLACES),
        )

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


def source_of(address: str) -> str:
    """Return what counts as one source: who has one IPv6 address has the 2**64 of its network.

    >>> source_of("2001:db8:1:2::9"), source_of("::ffff:192.0.2.7"), source_of("192.0.2.7"), source_of("")
    ('2001:db8:1:2::/64', '192.0.2.7', '192.0.2.7', '')
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    mapped = known.ipv4_mapped
    return str(IPv6Network((int(known), 64), strict=False)) if mapped is None else str(mapped)


def _of_account(name: str) -> str:
    """Return what is kept of a name: people type their password into the wrong field."""
    return f"account {digest(name)}"
