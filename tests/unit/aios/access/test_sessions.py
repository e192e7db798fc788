"""Sign-ins end: when nobody is there, after a shift, by hand, and where there are too many."""

from __future__ import annotations

import pytest

from aios.access.access import Access
from aios.access.barred import IsBarred
from aios.access.identity import Identity, Role, Stranger
from tests.fakes.front_door import Clock


def known(access: Access, secret: str, clock: Clock, *, used: bool = True) -> bool:
    return isinstance(access.sessions.who(secret, now_ns=clock(), used=used), Identity)


def test_a_sign_in_is_its_person(access: Access, clock: Clock) -> None:
    opened = access.sessions.open("erika", now_ns=clock())
    assert access.sessions.who(opened.secret, now_ns=clock()) == opened.identity
    assert opened.identity.person == "erika"
    assert opened.identity.way == "desk"
    assert opened.secret not in opened.identity.sign_in


def test_a_secret_has_256_random_bits(access: Access, clock: Clock) -> None:
    secrets = {access.sessions.open("erika", now_ns=clock()).secret for _ in range(20)}
    assert {len(secret) for secret in secrets} == {43}
    assert len(secrets) == 20


def test_a_sign_in_ends_after_fifteen_minutes_without_anybody(access: Access, clock: Clock) -> None:
    secret = access.sessions.open("erika", now_ns=clock()).secret
    clock.on(minutes=14.9)
    assert known(access, secret, clock)
    clock.on(minutes=14.9)
    assert known(access, secret, clock)
    clock.on(minutes=15)
    found = access.sessions.who(secret, now_ns=clock())
    assert found == Stranger(why="nobody was there for 15 minutes; sign in again")
    clock.on(minutes=-15)
    assert not known(access, secret, clock), "a clock that is set back brings no sign-in back"


def test_what_a_page_asks_by_itself_keeps_nobody_there(access: Access, clock: Clock) -> None:
    secret = access.sessions.open("erika", now_ns=clock()).secret
    for _ in range(3):
        clock.on(minutes=4.9)
        assert known(access, secret, clock, used=False)
    clock.on(minutes=0.4)
    assert not known(access, secret, clock, used=False)


def test_a_sign_in_ends_after_twelve_hours_of_work(access: Access, clock: Clock) -> None:
    secret = access.sessions.open("erika", now_ns=clock()).secret
    for _ in range(71):
        clock.on(minutes=10)
        assert known(access, secret, clock)
    clock.on(minutes=10)
    found = access.sessions.who(secret, now_ns=clock())
    assert isinstance(found, Stranger)
    assert "12 hours" in found.why


def test_a_person_has_five_at_once_and_the_oldest_ends(access: Access, clock: Clock) -> None:
    secrets = [access.sessions.open("erika", now_ns=clock.on(s=1)).secret for _ in range(6)]
    assert [known(access, secret, clock) for secret in secrets] == [False, *[True] * 5]


def test_signing_out_ends_one(access: Access, clock: Clock) -> None:
    first, second = (access.sessions.open("erika", now_ns=clock()).secret for _ in range(2))
    access.sessions.end(first)
    assert (known(access, first, clock), known(access, second, clock)) == (False, True)


def test_a_made_up_secret_is_nobody(access: Access, clock: Clock) -> None:
    assert not known(access, "x" * 43, clock)
    assert not known(access, "", clock)


def test_who_another_provider_vouched_for_has_the_roles_it_said(access: Access, clock: Clock) -> None:
    opened = access.sessions.open(
        "oidc:erika", now_ns=clock(), provider="oidc", roles=(Role.VIEWER,), sites=("nord",)
    )
    assert (opened.identity.roles, opened.identity.sites) == ((Role.VIEWER,), ("nord",))
    access.accounts.lock("erika", "left")
    assert known(access, opened.secret, clock)


def test_a_person_of_a_provider_can_be_put_out(access: Access, clock: Clock) -> None:
    def ann(name: str = "oidc:ann") -> str:
        opened = access.sessions.open(
            name, now_ns=clock(), provider="oidc", roles=(Role.OPERATOR,), sites=("*",)
        )
        return opened.secret

    first, other = ann(), ann("oidc:ben")
    assert access.sessions.end_all("oidc:ann") == 1
    assert (known(access, first, clock), known(access, other, clock)) == (False, True)
    again = ann()
    access.barred.lock("oidc:ann", "left")
    assert (known(access, again, clock), access.sessions.count("oidc:ann")) == (False, 0)
    with pytest.raises(IsBarred, match="left"):
        ann()
    assert [(one.name, one.locked) for one in access.barred.all()] == [("oidc:ann", "left")]
    access.barred.unlock("oidc:ann")
    assert known(access, ann(), clock)
    told = [entry.kind for entry in access.trail.entries() if entry.subject == "oidc:ann"]
    assert told == [
        "signed_in", "sign_in_ended", "signed_out", "signed_in", "sign_in_ended", "account_locked",
        "account_unlocked", "signed_in",
    ]  # fmt: skip


def test_a_lock_holds_for_a_sign_in_that_was_opened_at_the_same_moment(access: Access, clock: Clock) -> None:
    opened = access.sessions.open("oidc:ann", now_ns=clock(), provider="oidc", roles=(Role.VIEWER,))
    access._database.execute("INSERT INTO barred VALUES ('oidc:ann', 'left', 1)")
    assert not known(access, opened.secret, clock)
