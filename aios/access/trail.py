"""The trail of accounts: who was made, changed, locked or signed in, in one hash chain with every change.

A change and its entry are one transaction: there is none without the other. The chain is that of the command
journal (`kernel.journal.chain`), so an auditor checks both by the same rule.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from kernel.journal.chain import FIRST_HASH, Entry, link, verify

TABLE: Final = """
CREATE TABLE trail (
  seq INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  body TEXT NOT NULL, hash BLOB NOT NULL
) STRICT
"""
NO_TICK: Final = 0
"""A control room has no ticks; the chain's field for them holds this."""


class Trail:
    """What happened to accounts, sign-ins and tokens."""

    def __init__(
        self, database: sqlite3.Connection, *, by: str, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        """Write into a database.

        Args:
            database: in autocommit mode, with `TABLE`.
            by: who changes things through this connection, such as `machine:root` or `desk`.
            now_ns: nanoseconds since 1970 UTC.
        """
        self._database = database
        self._by = by
        self._now_ns = now_ns

    @contextmanager
    def change(self, kind: str, subject: str, **facts: object) -> Iterator[None]:
        """Make what is changed inside and its entry one: both stand afterwards, or neither does."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._enter(kind, subject, facts)
        except BaseException:  # whatever ends it: half a change must not stand
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def tell(self, kind: str, subject: str, **facts: object) -> None:
        """Enter what changes nothing, such as a sign-in that failed."""
        with self.change(kind, subject, **facts):
            pass

    def also(self, kind: str, subject: str, **facts: object) -> None:
        """Enter more of what a change changes, such as a sign-in that it ends; called inside `change`."""
        self._enter(kind, subject, facts)

    def stands(self) -> bool:
        """Tell whether the database has a trail: one that an older version wrote has none yet."""
        found = self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'trail'").fetchone()
        return found is not None

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        """Yield the entries after a number, oldest first."""
        rows = self._database.execute(
            "SELECT seq, at_ns, kind, subject, body, hash FROM trail WHERE seq > ? ORDER BY seq", (after,)
        )
        for seq, at_ns, kind, subject, body, hash_ in rows:
            yield Entry(
                seq=seq, at_ns=at_ns, tick=NO_TICK, kind=kind, subject=subject, body=body, hash=bytes(hash_)
            )

    def findings(self) -> tuple[str, ...]:
        """Return what is wrong with the chain; nothing where it is whole."""
        return verify(self.entries())

    def _enter(self, kind: str, subject: str, facts: dict[str, object]) -> None:
        newest = self._database.execute("SELECT seq, hash FROM trail ORDER BY seq DESC LIMIT 1").fetchone()
        before, head = (0, FIRST_HASH) if newest is None else (int(newest[0]), bytes(newest[1]))
        body = msgspec.json.encode({"by": self._by, **facts}).decode()
        at_ns = self._now_ns()
        fresh = link(head, seq=before + 1, at_ns=at_ns, tick=NO_TICK, kind=kind, subject=subject, body=body)
        self._database.execute(
            "INSERT INTO trail VALUES (?, ?, ?, ?, ?, ?)", (before + 1, at_ns, kind, subject, body, fresh)
        )
