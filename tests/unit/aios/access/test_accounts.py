"""Accounts: whoever changes one ends what was opened with it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from aios.access.access import Access
from aios.access.accounts import NoSuchAccount, NotAdded
from aios.access.database import VERSION, WrongVersion, open_database
from aios.access.identity import Identity, Role, Stranger
from aios.access.passwords import Passwords, flaw
from tests.fakes.front_door import PASSWORD, QUICK, START_NS, Clock


def test_only_its_owner_may_read_the_file(access: Access, tmp_path: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("access.db*")}
    assert modes == dict.fromkeys(modes, 0o600)
    assert "access.db" in modes


def test_neither_password_nor_secret_stands_in_the_file(access: Access, tmp_path: Path) -> None:
    opened = access.sessions.open("erika", now_ns=START_NS)
    token, _ = access.tokens.make(
        "erika", label="x", roles=[Role.OPERATOR], sites=["nord"], now_ns=START_NS, expires_ns=START_NS + 1
    )
    access.lockout.attempt(PASSWORD, "::1", now_ns=START_NS)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("access.db*"))
    assert [secret for secret in (PASSWORD, opened.secret, token) if secret.encode() in kept] == []
    assert b"erika" in kept


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    database = open_database(tmp_path / "access.db")
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    with pytest.raises(WrongVersion, match="use a newer one"):
        open_database(tmp_path / "access.db")


@pytest.mark.parametrize(
    ("name", "sites", "why"),
    [
        ("erika", ["nord"], "already"),
        ("Erika", ["nord"], "no name"),
        ("", ["nord"], "no name"),
        ("oidc:erika", ["nord"], "no name"),
        ("karl", [], "no site"),
    ],
)
def test_an_account_that_cannot_be_is_not_made(access: Access, name: str, sites: list[str], why: str) -> None:
    with pytest.raises(NotAdded, match=why):
        access.accounts.add(name, "x", roles=[Role.VIEWER], sites=sites, now_ns=START_NS)


@pytest.mark.parametrize("change", ["set_password", "lock", "remove"])
def test_a_change_of_the_account_ends_its_sign_ins_and_no_others(access: Access, change: str) -> None:
    mine = access.sessions.open("erika", now_ns=START_NS).secret
    other = access.sessions.open("anton", now_ns=START_NS).secret
    if change == "set_password":
        access.accounts.set_password("erika", access.passwords.hashed("another long one"), now_ns=START_NS)
    elif change == "lock":
        access.accounts.lock("erika", "left")
    else:
        access.accounts.remove("erika")
    assert isinstance(access.sessions.who(mine, now_ns=START_NS), Stranger)
    assert isinstance(access.sessions.who(other, now_ns=START_NS), Identity)


def test_roles_that_are_taken_away_are_gone_at_the_next_request(access: Access) -> None:
    secret = access.sessions.open("erika", now_ns=START_NS).secret
    access.accounts.set_roles("erika", [Role.VIEWER], ["sued"])
    found = access.sessions.who(secret, now_ns=START_NS)
    assert isinstance(found, Identity)
    assert (found.roles, found.sites) == ((Role.VIEWER,), ("sued",))


def test_an_account_that_is_not_there_is_said_so(access: Access) -> None:
    for change in (access.accounts.unlock, access.accounts.remove):
        with pytest.raises(NoSuchAccount, match="no account karl"):
            change("karl")


def test_the_first_account_closes_the_door(access: Access) -> None:
    assert access.accounts.any()
    for account in access.accounts.all():
        access.accounts.remove(account.name)
    assert not access.accounts.any()


def test_a_password_is_not_the_name_and_not_short() -> None:
    assert "12 to 256" in flaw("short", "erika")
    assert "name" in flaw("erika erika erika", "erika")
    assert "different" in flaw("aaaaaaaaaaaaaaa", "erika")
    assert flaw(PASSWORD, "erika") == ""


def test_a_name_that_is_not_there_costs_a_whole_check() -> None:
    checked: list[str] = []

    class Counting:
        def hash(self, password: str) -> str:
            return QUICK.hash(password)

        def verify(self, kept: str, password: str) -> bool:
            checked.append(kept)
            return QUICK.verify(kept, password)

    passwords = Passwords(Counting())  # type: ignore[arg-type]
    assert not passwords.holds(None, PASSWORD)
    assert not passwords.holds(None, "nobody signs in with this password")
    assert passwords.holds(QUICK.hash(PASSWORD), PASSWORD)
    assert len(checked) == 3


async def test_a_password_that_was_hashed_with_less_work_is_hashed_again(
    access: Access, clock: Clock
) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    access.accounts.add("karl", old, roles=[Role.VIEWER], sites=["nord"], now_ns=START_NS)
    await access.sign_in("karl", PASSWORD, source="::1", now_ns=clock())
    kept = access.accounts.kept_password("karl")
    assert kept is not None
    assert kept != old
    assert access.passwords.holds(kept, PASSWORD)
