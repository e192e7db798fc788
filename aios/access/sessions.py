"""Sign-ins on the page: they end when nobody is there, after a shift, and when the password changes."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from aios.access.accounts import Accounts, roles_in
from aios.access.barred import Barred, IsBarred
from aios.access.ending import end_sign_ins
from aios.access.identity import Identity, Role, Stranger
from aios.access.secret import digest, new_id, new_secret
from aios.access.trail import Trail

NANOSECONDS: Final = 1_000_000_000
STEP_S: Final = 5.0
"""Use is written down at most this often: a page asks many times a second, a disk should not."""


class SessionLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a sign-in lives, and how many a person has at once."""

    idle_s: float = 900.0
    absolute_s: float = 43200.0
    """Twelve hours: a shift and its hand-over."""
    at_once: int = 5


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that was opened; its secret is shown to nobody but its browser."""

    secret: str
    identity: Identity


class Sessions:
    """The sign-ins that are open."""

    def __init__(
        self,
        database: sqlite3.Connection,
        accounts: Accounts,
        trail: Trail,
        barred: Barred,
        limits: SessionLimits | None = None,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._trail = trail
        self._barred = barred
        self.limits = SessionLimits() if limits is None else limits

    def open(
        self,
        person: str,
        *,
        now_ns: int,
        provider: str = "",
        roles: tuple[Role, ...] = (),
        sites: tuple[str, ...] = (),
        source: str = "",
    ) -> SignIn:
        """Open a sign-in; the oldest of the person ends where there would be too many.

        Args:
            person: who has shown who they are.
            now_ns: nanoseconds since 1970 UTC.
            provider: who vouched for the person; empty for a local account, whose roles are looked up.
            roles: what a provider said of the person.
            sites: the same.
            source: address from which the person came.

        Raises:
            IsBarred: a provider vouched for somebody who is locked here.
        """
        if provider and (why := self._barred.why(person)):
            raise IsBarred(f"{person} is locked here: {why}")
        secret, id_ = new_secret(), new_id("sign-in")
        texts = (msgspec.json.encode(roles).decode(), msgspec.json.encode(sites).decode())
        with self._trail.change(
            "signed_in", person, sign_in=id_, provider=provider, roles=roles, sites=sites, source=source
        ):
            self._database.execute(
                "INSERT INTO sign_in VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (digest(secret), id_, person, provider, *texts, now_ns, now_ns),
            )
            self._keep_newest(person, provider, now_ns)
        found = self.who(secret, now_ns=now_ns)
        if isinstance(found, Stranger):
            raise ValueError(f"{person} cannot be signed in: {found.why}")  # noqa: TRY004 - not of a type
        return SignIn(secret=secret, identity=found)

    def who(self, secret: str, *, now_ns: int, used: bool = True) -> Identity | Stranger:
        """Return who a sign-in belongs to, or why it belongs to nobody any more.

        Args:
            secret: what the browser has shown.
            now_ns: nanoseconds since 1970 UTC.
            used: whether a person did this; what a page asks by itself keeps no sign-in alive.
        """
        row = self._database.execute(
            "SELECT id, person, provider, roles, sites, opened_ns, seen_ns FROM sign_in WHERE digest = ?",
            (digest(secret),),
        ).fetchone()
        if row is None:
            return Stranger(why="this sign-in has ended; sign in again")
        id_, person, provider, roles, sites, opened_ns, seen_ns = row
        if why := self._over(opened_ns, seen_ns, now_ns):
            self.end(secret, why)
            return Stranger(why=why)
        if used and now_ns - seen_ns >= STEP_S * NANOSECONDS:
            self._database.execute("UPDATE sign_in SET seen_ns = ? WHERE id = ?", (now_ns, id_))
        if not provider:
            return self._local(person, id_)
        if self._barred.why(person):
            return Stranger(why="this account is locked or gone")
        given = tuple(msgspec.json.decode(sites, type=list[str]))
        return Identity(person=person, roles=roles_in(roles), sites=given, way="desk", sign_in=id_)

    def end(self, secret: str, why: str = "signed out") -> None:
        """End a sign-in; one that has ended already is left alone."""
        row = self._database.execute(
            "SELECT id, person FROM sign_in WHERE digest = ?", (digest(secret),)
        ).fetchone()
        if row is not None:
            with self._trail.change("sign_in_ended", row[1], sign_in=row[0], why=why):
                self._database.execute("DELETE FROM sign_in WHERE id = ?", (row[0],))

    def count(self, person: str) -> int:
        """Return how many sign-ins of a person are open."""
        row = self._database.execute("SELECT count(*) FROM sign_in WHERE person = ?", (person,)).fetchone()
        return int(row[0])

    def end_all(self, person: str, why: str = "signed out by hand") -> int:
        """End every sign-in of a person, by whatever way it was opened; return how many there were."""
        with self._trail.change("signed_out", person, why=why):
            return end_sign_ins(self._database, self._trail, "person = ?", (person,), why=why)

    def _keep_newest(self, person: str, provider: str, now_ns: int) -> None:
        """End the oldest of a person where there are too many, and whatever is over."""
        oldest = (
            "person = ?1 AND provider = ?2 AND digest NOT IN ("
            "SELECT digest FROM sign_in WHERE person = ?1 AND provider = ?2"
            " ORDER BY opened_ns DESC, rowid DESC LIMIT ?3)"
        )
        why = f"the same person signed in more than {self.limits.at_once} times"
        some = (person, provider, self.limits.at_once)
        end_sign_ins(self._database, self._trail, oldest, some, why=why)
        over = f"a sign-in ends after {self.limits.absolute_s / 3600:g} hours"
        too_old_ns = self._too_old_ns(now_ns)
        end_sign_ins(self._database, self._trail, "opened_ns <= ?", (too_old_ns,), why=over)

    def _local(self, person: str, id_: str) -> Identity | Stranger:
        account = self._accounts.find(person)
        if account is None or account.locked:
            return Stranger(why="this account is locked or gone")
        return Identity(person=person, roles=account.roles, sites=account.sites, way="desk", sign_in=id_)

    def _over(self, opened_ns: int, seen_ns: int, now_ns: int) -> str:
        if now_ns - seen_ns >= self.limits.idle_s * NANOSECONDS:
            return f"nobody was there for {self.limits.idle_s / 60:g} minutes; sign in again"
        if opened_ns <= self._too_old_ns(now_ns):
            return f"a sign-in ends after {self.limits.absolute_s / 3600:g} hours; sign in again"
        return ""

    def _too_old_ns(self, now_ns: int) -> int:
        return now_ns - round(self.limits.absolute_s * NANOSECONDS)
