"""Signing in: one answer for whatever is wrong, and nothing secret in a log."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from aios.access.access import WRONG, Access, Refused
from aios.access.identity import Role
from aios.access.sessions import SignIn
from tests.fakes.front_door import MINUTE_NS, PASSWORD, Clock


async def test_the_right_password_signs_in(access: Access, clock: Clock) -> None:
    opened = await access.sign_in("erika", PASSWORD, source="::1", now_ns=clock())
    assert isinstance(opened, SignIn)
    found = access.identify(cookie=opened.secret, bearer="", now_ns=clock())
    assert found == opened.identity


@pytest.mark.parametrize(
    ("name", "password"),
    [("erika", "seven grey heron"), ("erika", ""), ("karl", PASSWORD), ("", ""), ("locked", PASSWORD)],
)
async def test_whatever_is_wrong_has_one_answer(
    access: Access, clock: Clock, name: str, password: str
) -> None:
    kept = access.passwords.hashed(PASSWORD)
    access.accounts.add("locked", kept, roles=[Role.VIEWER], sites=["nord"], now_ns=clock())
    access.accounts.lock("locked", "left")
    assert await access.sign_in(name, password, source="::1", now_ns=clock()) == Refused(why=WRONG)


async def test_a_password_changed_while_the_old_one_is_checked_opens_nothing(
    access: Access, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(kept: str | None, password: str) -> bool:
        access.accounts.set_password("erika", access.passwords.hashed("another long one"), now_ns=clock())
        return access.passwords.holds(kept, password)

    monkeypatch.setattr(access, "_holds", slow)
    assert await access.sign_in("erika", PASSWORD, source="::1", now_ns=clock()) == Refused(why=WRONG)


async def test_no_secret_stands_in_a_log(access: Access, clock: Clock) -> None:
    secrets = [PASSWORD, "wrong password", "a password in the wrong field"]
    with capture_logs() as lines:
        opened = await access.sign_in("erika", PASSWORD, source="::1", now_ns=clock())
        assert isinstance(opened, SignIn)
        secret, _ = access.tokens.make(
            "erika",
            label="x",
            roles=[Role.OPERATOR],
            sites=["nord"],
            now_ns=clock(),
            expires_ns=clock() + MINUTE_NS,
        )
        for _ in range(7):
            await access.sign_in("erika", "wrong password", source="::1", now_ns=clock())
            await access.sign_in("a password in the wrong field", "x", source="::2", now_ns=clock())
        access.identify(cookie="", bearer=secret, now_ns=clock())
        access.identify(cookie=opened.secret, bearer="", now_ns=clock())
    assert {line["event"] for line in lines} == {"signed_in", "sign_in_failed", "sign_in_waits"}
    assert [one for one in (*secrets, opened.secret, secret) if one in repr(lines)] == []


def test_without_anything_shown_one_is_asked_to_sign_in(access: Access, clock: Clock) -> None:
    assert "sign in" in getattr(access.identify(cookie="", bearer="", now_ns=clock()), "why", "")
    assert "not known" in getattr(access.identify(cookie="", bearer="x", now_ns=clock()), "why", "")


def test_a_bad_token_is_not_made_good_by_a_sign_in_beside_it(access: Access, clock: Clock) -> None:
    opened = access.sessions.open("erika", now_ns=clock())
    found = access.identify(cookie=opened.secret, bearer="aios_wrong", now_ns=clock())
    assert getattr(found, "why", "") == "this token is not known"
