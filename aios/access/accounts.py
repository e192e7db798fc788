"""Local accounts: who there is, with which roles at which sites."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from aios.access.ending import end_sign_ins
from aios.access.identity import EVERY_SITE, OF_PROVIDER, Role
from aios.access.trail import Trail

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
"""Names that are taken: lower case, so that no two differ by case alone."""
_COLUMNS: Final = "name, roles, sites, locked, made_ns, password_ns"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person whom the control room knows by a password."""

    name: str
    roles: tuple[Role, ...]
    sites: tuple[str, ...]
    locked: str = ""
    """Why nobody may sign in with it; empty where they may."""
    made_ns: int
    password_ns: int
    """When the password was set, nanoseconds since 1970 UTC."""


class NoSuchAccount(LookupError):
    """There is no account of that name."""


class NotAdded(ValueError):
    """The account cannot be made; the message says why."""


class Accounts:
    """The accounts of a control room; each change is entered and ends what was opened before."""

    def __init__(self, database: sqlite3.Connection, trail: Trail) -> None:
        self._database = database
        self._trail = trail

    def any(self) -> bool:
        """Tell whether there is an account: from then on nothing is shown without an identity."""
        return self._database.execute("SELECT 1 FROM account LIMIT 1").fetchone() is not None

    def all(self) -> tuple[Account, ...]:
        """Return every account, by name."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM account ORDER BY name")  # noqa: S608 - ours
        return tuple(_account(row) for row in rows)

    def find(self, name: str) -> Account | None:
        """Return an account; None where there is none."""
        row = self._database.execute(
            f"SELECT {_COLUMNS} FROM account WHERE name = ?",  # noqa: S608 - ours
            (name,),
        ).fetchone()
        return None if row is None else _account(row)

    def kept_password(self, name: str) -> str | None:
        """Return the hash of an account's password; None where there is no such account."""
        row = self._database.execute("SELECT password FROM account WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def add(
        self, name: str, hashed: str, *, roles: Iterable[Role], sites: Iterable[str], now_ns: int
    ) -> Account:
        """Make an account.

        Raises:
            NotAdded: the name is no name or is taken, or there is no site.
        """
        if not NAME.fullmatch(name):
            raise NotAdded(f"{name!r} is no name: lower-case letters, digits and . _ @ -, at most 64")
        account = Account(
            name=name,
            roles=tuple(sorted(set(roles))),
            sites=tuple(sorted(set(sites))),
            made_ns=now_ns,
            password_ns=now_ns,
        )
        if not account.sites:
            raise NotAdded(f"{name} is assigned to no site; {EVERY_SITE} is every one")
        values = (name, hashed, _text(account.roles), _text(account.sites), now_ns, now_ns)
        try:
            with self._trail.change("account_added", name, roles=account.roles, sites=account.sites):
                self._database.execute(
                    "INSERT INTO account (name, password, roles, sites, made_ns, password_ns)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    values,
                )
        except sqlite3.IntegrityError:
            raise NotAdded(f"there is an account {name} already") from None
        return account

    def set_password(self, name: str, hashed: str, *, now_ns: int) -> None:
        """Set a password, and end every sign-in that was opened with the old one.

        Raises:
            NoSuchAccount: there is none of that name.
        """
        with self._trail.change("password_set", name):
            self._change("password = ?, password_ns = ?", (hashed, now_ns), name)
            self._end_sign_ins(name, "the password was changed")

    def rehash(self, name: str, old: str, new: str) -> None:
        """Keep the same password with more work; nothing ends. A password set meanwhile stays."""
        self._database.execute(
            "UPDATE account SET password = ? WHERE name = ? AND password = ?", (new, name, old)
        )

    def set_roles(self, name: str, roles: Iterable[Role], sites: Iterable[str] | None = None) -> None:
        """Set roles, and sites where they are given; what is open has them from its next request on.

        Raises:
            NoSuchAccount: there is none of that name.
        """
        new = {"roles": sorted(set(roles))} | ({} if sites is None else {"sites": sorted(set(sites))})
        with self._trail.change("roles_set", name, **new):
            for column, names in new.items():
                self._change(f"{column} = ?", (_text(names),), name)

    def lock(self, name: str, why: str) -> None:
        """Let nobody sign in with an account, and end every sign-in.

        Raises:
            NoSuchAccount: there is none of that name.
        """
        with self._trail.change("account_locked", name, why=why):
            self._change("locked = ?", (why or "locked",), name)
            self._end_sign_ins(name, f"locked: {why}" if why else "locked")

    def unlock(self, name: str) -> None:
        """Let its person sign in again.

        Raises:
            NoSuchAccount: there is none of that name.
        """
        with self._trail.change("account_unlocked", name):
            self._change("locked = ?", ("",), name)

    def remove(self, name: str) -> None:
        """Remove an account with its sign-ins and tokens.

        Raises:
            NoSuchAccount: there is none of that name.
        """
        with self._trail.change("account_removed", name):
            if self._database.execute("DELETE FROM account WHERE name = ?", (name,)).rowcount == 0:
                raise NoSuchAccount(_missing(name))
            self._end_sign_ins(name, "the account was removed")
            self._database.execute("DELETE FROM token WHERE person = ?", (name,))

    def _change(self, columns: str, values: tuple[str | int, ...], name: str) -> None:
        statement = f"UPDATE account SET {columns} WHERE name = ?"  # noqa: S608 - column names are ours
        if self._database.execute(statement, (*values, name)).rowcount == 0:
            raise NoSuchAccount(_missing(name))

    def _end_sign_ins(self, name: str, why: str) -> None:
        end_sign_ins(self._database, self._trail, "person = ? AND provider = ''", (name,), why=why)


def _missing(name: str) -> str:
    kept = (
        f"; the provider keeps {name}: lock it here, or sign it out" if name.startswith(OF_PROVIDER) else ""
    )
    return f"there is no account {name}{kept}"


def _account(row: tuple[str, str, str, str, int, int]) -> Account:
    name, roles, sites, locked, made_ns, password_ns = row
    return Account(
        name=name,
        roles=roles_in(roles),
        sites=tuple(msgspec.json.decode(sites, type=list[str])),
        locked=locked,
        made_ns=made_ns,
        password_ns=password_ns,
    )


def roles_in(text: str) -> tuple[Role, ...]:
    """Return roles as they stand in the file."""
    return tuple(msgspec.json.decode(text, type=list[Role]))


def _text(names: Iterable[str]) -> str:
    return msgspec.json.encode(list(names)).decode()
