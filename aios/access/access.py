"""The one place that says who somebody is: by password, by sign-in, by token."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Final

import msgspec
import structlog

from aios.access.accounts import Accounts
from aios.access.barred import Barred
from aios.access.database import open_database
from aios.access.identity import Identity, Stranger
from aios.access.lockout import Lockout
from aios.access.passwords import MOST, Passwords
from aios.access.sessions import SessionLimits, Sessions, SignIn
from aios.access.tokens import PREFIX, Tokens
from aios.access.trail import Trail

CHECKS_AT_ONCE: Final = 2
"""Passwords checked at the same time; each takes 64 MiB and a core for tens of milliseconds."""
DESK: Final = "desk"
"""Who changes things where people sign in by themselves."""
WRONG: Final = "name or password is wrong"
"""The one answer for a wrong name, a wrong password and a locked account: it tells nobody which."""

_log = structlog.get_logger(__name__)


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody was signed in, and why."""

    why: str
    wait_s: float = 0.0
    """Seconds before the next attempt is heard; 0 where it is heard at once."""


class Access:
    """Accounts, sign-ins, tokens and lock-out over one file."""

    def __init__(
        self,
        database: sqlite3.Connection,
        *,
        passwords: Passwords | None = None,
        limits: SessionLimits | None = None,
        by: str = DESK,
    ) -> None:
        self._database = database
        self._checking = asyncio.Semaphore(CHECKS_AT_ONCE)
        self.passwords = Passwords() if passwords is None else passwords
        self.trail = Trail(database, by=by)
        self.accounts = Accounts(database, self.trail)
        self.barred = Barred(database, self.trail)
        self.sessions = Sessions(database, self.accounts, self.trail, self.barred, limits)
        self.tokens = Tokens(database, self.accounts, self.trail)
        self.lockout = Lockout(database)

    @classmethod
    def at(cls, path: Path, limits: SessionLimits | None = None, *, by: str = DESK) -> Access:
        """Open the file of a control room; the trail names who changes it.

        Raises:
            OSError: the file cannot be made.
            sqlite3.DatabaseError: it is no database.
            WrongVersion: another version has written it.
        """
        return cls(open_database(path), limits=limits, by=by)

    async def sign_in(self, name: str, password: str, *, source: str, now_ns: int) -> SignIn | Refused:
        """Sign somebody in by password; whatever is wrong has the same answer, after the same work."""
        waiting = self.lockout.attempt(name, source, now_ns=now_ns)
        if waiting > 0:
            _log.warning("sign_in_waits", source=source, wait_s=round(waiting, 1))
            return Refused(why="too many attempts have failed; wait", wait_s=waiting)
        kept = self.accounts.kept_password(name)
        if not await self._holds(kept, password):
            self.lockout.tidy(now_ns)
            # A password typed into the field of the name must not stand in a log: only known names do.
            self._refuse("sign_in_failed", name if kept else "not known", source)
            return Refused(why=WRONG)
        account = self.accounts.find(name)
        # A password that was changed while the old one was checked opens nothing.
        if account is None or account.locked or self.accounts.kept_password(name) != kept:
            self._refuse("sign_in_of_locked_account", name, source)
            return Refused(why=WRONG)
        self.lockout.succeeded(name, source, now_ns=now_ns)
        await self._refresh(name, kept, password)
        opened = self.sessions.open(name, now_ns=now_ns, source=source)
        _log.info("signed_in", account=name, source=source, sign_in=opened.identity.sign_in)
        return opened

    def identify(self, *, cookie: str, bearer: str, now_ns: int, used: bool = True) -> Identity | Stranger:
        """Return who asks, by token or else by the sign-in of a browser."""
        if bearer:
            known = bearer.startswith(PREFIX)
            return (
                self.tokens.who(bearer, now_ns=now_ns) if known else Stranger(why="this token is not known")
            )
        if cookie:
            return self.sessions.who(cookie, now_ns=now_ns, used=used)
        return Stranger(why="sign in first")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _refuse(self, kind: str, subject: str, source: str) -> None:
        """Tell log and trail of a sign-in that was refused; lock-out bounds how many there are."""
        _log.warning(kind, source=source, account=subject)
        self.trail.tell(kind, subject, source=source)

    async def _holds(self, kept: str | None, password: str) -> bool:
        async with self._checking:
            return await asyncio.to_thread(self.passwords.holds, kept, password[: MOST + 1])

    async def _refresh(self, name: str, kept: str | None, password: str) -> None:
        if kept is not None and self.passwords.is_dated(kept):
            async with self._checking:
                fresh = await asyncio.to_thread(self.passwords.hashed, password)
            self.accounts.rehash(name, kept, fresh)
