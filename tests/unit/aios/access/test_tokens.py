"""Tokens: shown once, for a time, never more than their person."""

from __future__ import annotations

import pytest

from aios.access.access import Access
from aios.access.identity import Identity, Role, Stranger
from aios.access.tokens import NotMade
from tests.fakes.front_door import MINUTE_NS, Clock


def made(access: Access, clock: Clock, person: str = "erika", **changes: object) -> tuple[str, str]:
    asked: dict[str, object] = {"roles": [Role.OPERATOR], "sites": ["nord"]} | changes
    secret, token = access.tokens.make(
        person,
        label="reporting",
        now_ns=clock(),
        expires_ns=clock() + 60 * MINUTE_NS,
        **asked,  # type: ignore[arg-type]
    )
    return secret, token.id


def why(access: Access, secret: str, clock: Clock) -> str:
    found = access.tokens.who(secret, now_ns=clock())
    return found.why if isinstance(found, Stranger) else ""


def test_a_token_is_its_person(access: Access, clock: Clock) -> None:
    secret, id_ = made(access, clock)
    assert access.tokens.who(secret, now_ns=clock()) == Identity(
        person="erika", roles=(Role.OPERATOR,), sites=("nord",), way="token", sign_in=id_
    )
    assert secret.startswith("aios_")


def test_a_token_expires(access: Access, clock: Clock) -> None:
    secret, _ = made(access, clock)
    clock.on(minutes=59)
    assert why(access, secret, clock) == ""
    clock.on(minutes=1)
    assert why(access, secret, clock) == "this token has expired"


def test_a_revoked_token_is_refused(access: Access, clock: Clock) -> None:
    secret, id_ = made(access, clock)
    assert access.tokens.revoke(id_, now_ns=clock())
    assert not access.tokens.revoke(id_, now_ns=clock())
    assert why(access, secret, clock) == "this token was revoked"


def test_a_token_goes_with_its_person(access: Access, clock: Clock) -> None:
    secret, _ = made(access, clock)
    access.accounts.lock("erika", "left")
    assert "locked" in why(access, secret, clock)
    access.accounts.remove("erika")
    assert why(access, secret, clock) == "this token is not known"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"roles": [Role.OPERATOR, Role.SECADM]}, "has not the role SECADM"),
        ({"sites": ["nord", "sued"]}, "not assigned to sued"),
        ({"sites": ["*"]}, r"not assigned to \*"),
        ({"roles": []}, "at least one role"),
        ({"sites": []}, "at least one role and one site"),
        ({"person": "karl"}, "no open account karl"),
    ],
)
def test_a_token_has_no_more_than_its_person(
    access: Access, clock: Clock, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(NotMade, match=words):
        made(access, clock, **changes)  # type: ignore[arg-type]


def test_what_its_person_loses_a_token_loses_too(access: Access, clock: Clock) -> None:
    access.accounts.set_roles("erika", [Role.OPERATOR, Role.VIEWER], ["nord", "sued"])
    secret, _ = made(access, clock, roles=[Role.OPERATOR, Role.VIEWER], sites=["nord", "sued"])
    access.accounts.set_roles("erika", [Role.VIEWER], ["sued"])
    found = access.tokens.who(secret, now_ns=clock())
    assert isinstance(found, Identity)
    assert (found.roles, found.sites) == ((Role.VIEWER,), ("sued",))


def test_a_token_for_one_site_of_an_auditor_of_all_stays_at_that_site(access: Access, clock: Clock) -> None:
    secret, _ = made(access, clock, "anton", roles=[Role.AUDITOR], sites=["nord"])
    found = access.tokens.who(secret, now_ns=clock())
    assert isinstance(found, Identity)
    assert found.sites == ("nord",)


def test_the_list_shows_no_secret(access: Access, clock: Clock) -> None:
    secret, id_ = made(access, clock)
    assert [token.id for token in access.tokens.all()] == [id_]
    assert secret not in repr(access.tokens.all())
