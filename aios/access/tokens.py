"""API tokens: shown once, for a time, never with more roles or sites than their person has now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from aios.access.accounts import Account, Accounts, roles_in
from aios.access.identity import Identity, Role, Stranger, within
from aios.access.secret import digest, new_id, new_secret
from aios.access.trail import Trail

PREFIX: Final = "aios_"
"""What every token begins with, so that a scanner finds one that was committed somewhere."""
_COLUMNS: Final = "id, person, label, roles, sites, made_ns, expires_ns, revoked_ns"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token; not the token."""

    id: str
    person: str
    label: str
    """What it is for."""
    roles: tuple[Role, ...]
    sites: tuple[str, ...]
    made_ns: int
    expires_ns: int
    revoked_ns: int = 0


class NotMade(ValueError):
    """The token cannot be made; the message says why."""


class Tokens:
    """The API tokens of a control room."""

    def __init__(self, database: sqlite3.Connection, accounts: Accounts, trail: Trail) -> None:
        self._database = database
        self._accounts = accounts
        self._trail = trail

    def make(
        self,
        person: str,
        *,
        label: str,
        roles: Iterable[Role],
        sites: Iterable[str],
        now_ns: int,
        expires_ns: int,
    ) -> tuple[str, Token]:
        """Make a token; return it, to be shown once, and what is kept of it.

        Raises:
            NotMade: its person is locked or unknown, has less than is asked for, or it would not live.
        """
        token = Token(
            id=new_id("token"),
            person=person,
            label=label,
            roles=tuple(sorted(set(roles))),
            sites=tuple(sorted(set(sites))),
            made_ns=now_ns,
            expires_ns=expires_ns,
        )
        if why := _flaw(token, self._accounts.find(person)):
            raise NotMade(why)
        secret = PREFIX + new_secret()
        texts = (msgspec.json.encode(token.roles).decode(), msgspec.json.encode(token.sites).decode())
        said = {"id": token.id, "label": label, "roles": token.roles, "sites": token.sites}
        with self._trail.change("token_made", person, **said, expires_ns=expires_ns):
            self._database.execute(
                f"INSERT INTO token (digest, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",  # noqa: S608
                (digest(secret), token.id, person, label, *texts, now_ns, expires_ns),
            )
        return secret, token

    def all(self) -> tuple[Token, ...]:
        """Return what is known of every token, oldest first."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM token ORDER BY made_ns, id")  # noqa: S608 - ours
        return tuple(_token(row) for row in rows)

    def revoke(self, id_: str, *, now_ns: int) -> bool:
        """Revoke a token; tell whether there was one to revoke."""
        row = self._database.execute(
            "SELECT person FROM token WHERE id = ? AND revoked_ns = 0", (id_,)
        ).fetchone()
        if row is None:
            return False
        with self._trail.change("token_revoked", row[0], id=id_):
            self._database.execute("UPDATE token SET revoked_ns = ? WHERE id = ?", (now_ns, id_))
        return True

    def who(self, secret: str, *, now_ns: int) -> Identity | Stranger:
        """Return whom a token stands for, with no more than its person has now."""
        row = self._database.execute(
            f"SELECT {_COLUMNS} FROM token WHERE digest = ?",  # noqa: S608 - ours
            (digest(secret),),
        ).fetchone()
        if row is None:
            return Stranger(why="this token is not known")
        token = _token(row)
        account = self._accounts.find(token.person)
        if token.revoked_ns:
            return Stranger(why="this token was revoked")
        if now_ns >= token.expires_ns:
            return Stranger(why="this token has expired")
        if account is None or account.locked:
            return Stranger(why="the account of this token is locked or gone")
        return Identity(
            person=token.person,
            roles=tuple(role for role in token.roles if role in account.roles),
            sites=_common(token.sites, account.sites),
            way="token",
            sign_in=token.id,
        )


def _flaw(token: Token, account: Account | None) -> str:
    if account is None or account.locked:
        return f"there is no open account {token.person}"
    if missing := [role for role in token.roles if role not in account.roles]:
        return f"{token.person} has not the role {', '.join(missing)}: a token has no more than its person"
    if foreign := [site for site in token.sites if not within(site, account.sites)]:
        return f"{token.person} is not assigned to {', '.join(foreign)}: a token has no more than its person"
    if not token.roles or not token.sites:
        return "a token has at least one role and one site"
    return "" if token.expires_ns > token.made_ns else "a token expires after it was made"


def _common(mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sites of a token that its person has still: the narrower where one is every site."""
    both = {site for site in mine if within(site, theirs)} | {site for site in theirs if within(site, mine)}
    return tuple(sorted(both))


def _token(row: tuple[str, str, str, str, str, int, int, int]) -> Token:
    id_, person, label, roles, sites, made_ns, expires_ns, revoked_ns = row
    return Token(
        id=id_,
        person=person,
        label=label,
        roles=roles_in(roles),
        sites=tuple(msgspec.json.decode(sites, type=list[str])),
        made_ns=made_ns,
        expires_ns=expires_ns,
        revoked_ns=revoked_ns,
    )
