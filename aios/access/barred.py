"""People of a provider whom this desk lets in no more: they have no account here that could be locked."""

from __future__ import annotations

import sqlite3
import time
from typing import Final

from aios.access.accounts import Account, NoSuchAccount
from aios.access.ending import end_sign_ins
from aios.access.identity import OF_PROVIDER
from aios.access.trail import Trail

TABLE: Final = """
CREATE TABLE barred (person TEXT PRIMARY KEY, why TEXT NOT NULL, since_ns INTEGER NOT NULL) STRICT
"""


class IsBarred(ValueError):
    """This desk signs that person in no more, whatever the provider says."""


def is_of_provider(name: str) -> bool:
    """Tell whether a name is of a person whom a provider keeps.

    >>> is_of_provider("oidc:ann"), is_of_provider("ann"), is_of_provider("oidc:")
    (True, False, False)
    """
    return name.startswith(OF_PROVIDER) and name != OF_PROVIDER


class Barred:
    """The people of a provider who are locked here; a lock ends what is open."""

    def __init__(self, database: sqlite3.Connection, trail: Trail) -> None:
        self._database = database
        self._trail = trail

    def why(self, person: str) -> str:
        """Return why a person is locked; empty where they are not."""
        row = self._database.execute("SELECT why FROM barred WHERE person = ?", (person,)).fetchone()
        return "" if row is None else str(row[0])

    def all(self) -> tuple[Account, ...]:
        """Return everybody who is locked, by name; roles and sites are the provider's to say."""
        rows = self._database.execute("SELECT person, why, since_ns FROM barred ORDER BY person")
        return tuple(
            Account(name=person, roles=(), sites=(), locked=why, made_ns=since_ns, password_ns=0)
            for person, why, since_ns in rows
        )

    def lock(self, person: str, why: str) -> None:
        """Sign a person in no more, and end every sign-in; they may have had none yet."""
        why = why or "locked"
        with self._trail.change("account_locked", person, why=why):
            self._database.execute(
                "INSERT INTO barred VALUES (?, ?, ?) ON CONFLICT (person) DO UPDATE SET why = excluded.why",
                (person, why, time.time_ns()),
            )
            end_sign_ins(self._database, self._trail, "person = ?", (person,), why=f"locked: {why}")

    def unlock(self, person: str) -> None:
        """Take the provider's word for a person again.

        Raises:
            NoSuchAccount: they are not locked.
        """
        with self._trail.change("account_unlocked", person):
            if self._database.execute("DELETE FROM barred WHERE person = ?", (person,)).rowcount == 0:
                raise NoSuchAccount(f"{person} is not locked here")
