"""The trail: nothing of an account changes without an entry, and no entry without the change."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from aios.access.access import Access, Refused
from aios.access.accounts import NoSuchAccount, NotAdded
from aios.access.database import open_database
from aios.access.identity import Role
from tests.fakes.front_door import PASSWORD, START_NS, Clock, people

SOURCE = "192.0.2.7"


def newest(access: Access) -> tuple[str, str, dict[str, object]]:
    entry = list(access.trail.entries())[-1]
    return entry.kind, entry.subject, msgspec.json.decode(entry.body)


CHANGES: dict[str, Callable[[Access], object]] = {
    "account_added": lambda a: a.accounts.add("nora", "x", roles=[Role.VIEWER], sites=["nord"], now_ns=1),
    "roles_set": lambda a: a.accounts.set_roles("erika", [Role.ENGINEER], ["*"]),
    "password_set": lambda a: a.accounts.set_password("erika", "y", now_ns=2),
    "account_locked": lambda a: a.accounts.lock("erika", "left"),
    "account_unlocked": lambda a: a.accounts.unlock("erika"),
    "account_removed": lambda a: a.accounts.remove("erika"),
    "token_made": lambda a: a.tokens.make(
        "erika", label="r", roles=[Role.OPERATOR], sites=["nord"], now_ns=1, expires_ns=9
    ),
    "signed_in": lambda a: a.sessions.open("erika", now_ns=START_NS, source=SOURCE),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_every_change_is_entered_with_who_made_it(access: Access, kind: str) -> None:
    before = len(list(access.trail.entries()))
    CHANGES[kind](access)
    entered, subject, facts = newest(access)
    assert (entered, subject) == (kind, "nora" if kind == "account_added" else "erika")
    assert facts["by"] == "desk"
    assert len(list(access.trail.entries())) == before + 1
    assert access.trail.findings() == ()


def test_a_sign_in_that_ends_and_a_token_that_is_revoked_are_entered_once(
    access: Access, clock: Clock
) -> None:
    secret = access.sessions.open("erika", now_ns=clock()).secret
    access.sessions.end(secret)
    assert newest(access)[0::2] == ("sign_in_ended", newest(access)[2] | {"why": "signed out"})
    _, token = access.tokens.make(
        "erika", label="r", roles=[Role.OPERATOR], sites=["nord"], now_ns=1, expires_ns=9
    )
    assert access.tokens.revoke(token.id, now_ns=2)
    assert newest(access)[2]["id"] == token.id
    count = len(list(access.trail.entries()))
    access.sessions.end(secret)
    assert not access.tokens.revoke(token.id, now_ns=3)
    assert len(list(access.trail.entries())) == count


async def test_a_sign_in_that_fails_is_entered_with_its_source_and_never_with_what_was_typed(
    access: Access, clock: Clock
) -> None:
    for name in ("erika", "my secret password"):
        assert isinstance(await access.sign_in(name, "wrong", source=SOURCE, now_ns=clock()), Refused)
    told = [(e.kind, e.subject, msgspec.json.decode(e.body)["source"]) for e in access.trail.entries(after=3)]
    assert told == [("sign_in_failed", "erika", SOURCE), ("sign_in_failed", "not known", SOURCE)]
    access.accounts.lock("erika", "left")
    assert isinstance(await access.sign_in("erika", PASSWORD, source=SOURCE, now_ns=clock()), Refused)
    assert newest(access)[:2] == ("sign_in_of_locked_account", "erika")


@pytest.mark.parametrize(
    "ends",
    [
        lambda a: [a.sessions.open("erika", now_ns=START_NS + n) for n in range(1, 6)],
        lambda a: a.sessions.open("anton", now_ns=START_NS + 43_200_000_000_000),
        lambda a: a.accounts.lock("erika", "left"),
        lambda a: a.accounts.set_password("erika", "y", now_ns=2),
        lambda a: a.accounts.remove("erika"),
    ],
    ids=["too many", "too old", "locked", "password", "removed"],
)
def test_a_sign_in_that_gives_way_is_entered(access: Access, ends: Callable[[Access], object]) -> None:
    gone = access.sessions.open("erika", now_ns=START_NS).identity.sign_in
    ends(access)
    told = [entry for entry in access.trail.entries() if entry.kind == "sign_in_ended"]
    assert [(one.subject, msgspec.json.decode(one.body)["sign_in"]) for one in told] == [("erika", gone)]
    assert msgspec.json.decode(told[0].body)["why"]
    assert access.trail.findings() == ()


def test_no_secret_stands_in_the_trail(access: Access) -> None:
    hashed = access.accounts.kept_password("erika") or ""
    secret = access.sessions.open("erika", now_ns=START_NS).secret
    token, _ = access.tokens.make(
        "erika", label="r", roles=[Role.OPERATOR], sites=["nord"], now_ns=1, expires_ns=9
    )
    text = " ".join(entry.body for entry in access.trail.entries())
    assert not [one for one in (hashed, secret, token, PASSWORD) if one in text]


def test_what_is_refused_is_not_entered(access: Access) -> None:
    before = tuple(access.trail.entries())
    with pytest.raises(NotAdded):
        access.accounts.add("erika", "x", roles=[Role.VIEWER], sites=["nord"], now_ns=1)
    for change in (access.accounts.unlock, access.accounts.remove):
        with pytest.raises(NoSuchAccount):
            change("nobody")
    assert tuple(access.trail.entries()) == before


def test_a_change_that_cannot_be_entered_does_not_stand(access: Access) -> None:
    access._database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON trail BEGIN SELECT RAISE(FAIL, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        access.accounts.set_roles("erika", [Role.SECADM])
    erika = access.accounts.find("erika")
    assert erika is not None
    assert erika.roles == (Role.OPERATOR,)


@pytest.mark.parametrize(
    "touch",
    [
        "UPDATE trail SET subject = 'sven' WHERE seq = 2",
        "UPDATE trail SET body = '{}' WHERE seq = 2",
        "UPDATE trail SET at_ns = at_ns + 1 WHERE seq = 2",
        "DELETE FROM trail WHERE seq = 2",
    ],
)
def test_whoever_touches_an_entry_is_seen(access: Access, touch: str) -> None:
    access._database.execute(touch)
    (finding,) = access.trail.findings()
    assert "entry 2" in finding


def test_a_file_of_the_version_without_a_trail_gets_one_and_keeps_its_people(tmp_path: Path) -> None:
    people(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "access.db", isolation_level=None)) as older:
        older.execute("DROP TABLE trail")
        older.execute("DROP TABLE barred")
        older.execute("DROP TABLE signed_in_from")
        older.execute("PRAGMA user_version = 1")
    access = Access(open_database(tmp_path / "access.db"))
    assert [one.name for one in access.accounts.all()] == ["anton", "erika", "sven"]
    assert list(access.trail.entries()) == []
    access.accounts.lock("erika", "left")
    assert access.trail.findings() == ()
    access.close()
