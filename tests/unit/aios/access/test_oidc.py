"""A provider is believed where it signed for this desk, for this sign-in, and is not over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aios.access.identity import Role
from aios.access.oidc import KNOWN_S, Begun, NotVouched, OpenId, Provider, Vouched
from tests.fakes.provider import CLIENT, ISSUER, NOW_S, FakeProvider, foreign_key, shared_secret

BACK = "http://127.0.0.1:8080/sign-in/oidc/back"
SETTINGS = Provider(
    issuer=ISSUER,
    client_id=CLIENT,
    person_claim="preferred_username",
    roles={"grid-operators": Role.OPERATOR, "grid-viewers": Role.VIEWER},
    sites=("nord",),
)


async def signed_in(
    provider: FakeProvider, *, tamper: Callable[[Begun], Begun] = lambda b: b
) -> Vouched | NotVouched:
    known = OpenId(SETTINGS, secret="s3cret", transport=provider.transport)
    begun = await known.begin(BACK)
    assert isinstance(begun, Begun)
    _, code = provider.authorize(begun.url)
    return await known.finish(tamper(begun), code, BACK, now_s=NOW_S)


async def test_a_person_has_the_roles_that_their_claim_grants() -> None:
    assert await signed_in(FakeProvider()) == Vouched(
        person="oidc:erika", roles=(Role.OPERATOR,), sites=("nord",)
    )


def with_claims(**claims: object) -> Callable[[FakeProvider], None]:
    return lambda provider: provider.claims.update(claims)


def signed_by(key: object, alg: str = "ES256") -> Callable[[FakeProvider], None]:
    def change(provider: FakeProvider) -> None:
        provider.signs_with, provider.header = key, {"alg": alg, "kid": "one"}

    return change


def configured(**told: str) -> Callable[[FakeProvider], None]:
    return lambda provider: provider.configuration.update(told)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(with_claims(iss="https://other.example"), id="another issuer"),
        pytest.param(with_claims(aud="other"), id="another client"),
        pytest.param(with_claims(aud="other", azp="desk"), id="another client, for our party"),
        pytest.param(with_claims(aud=["desk", "other"]), id="two clients and nobody named as the party"),
        pytest.param(with_claims(nonce="of another sign-in"), id="another sign-in"),
        pytest.param(with_claims(nonce=None), id="no sign-in"),
        pytest.param(with_claims(exp=NOW_S - 31), id="over"),
        pytest.param(with_claims(exp=None), id="without an end"),
        pytest.param(with_claims(preferred_username=None), id="nobody"),
        pytest.param(with_claims(preferred_username=""), id="an empty name"),
        pytest.param(with_claims(groups=["accounting"]), id="no role of ours"),
        pytest.param(with_claims(groups=None), id="no roles"),
        pytest.param(with_claims(groups={"grid-operators": 1}), id="roles of another form"),
        pytest.param(signed_by(foreign_key()), id="the key of somebody else"),
        pytest.param(signed_by(shared_secret(), "HS256"), id="a shared secret"),
        pytest.param(signed_by(None, "none"), id="no signature"),
    ],
)
async def test_nobody_is_signed_in_by_a_token_that_is(change: Callable[[FakeProvider], None]) -> None:
    provider = FakeProvider()
    change(provider)
    assert isinstance(await signed_in(provider), NotVouched)


async def test_a_code_is_worth_nothing_without_the_verifier() -> None:
    def other(begun: Begun) -> Begun:
        return Begun(url=begun.url, state=begun.state, nonce=begun.nonce, verifier="x" * 64)

    assert isinstance(await signed_in(FakeProvider(), tamper=other), NotVouched)


@pytest.mark.parametrize(
    "change",
    [
        configured(issuer="https://other.example"),
        configured(token_endpoint="http://id.example/token"),
        lambda provider: setattr(provider, "down", True),
        lambda provider: provider.configuration.pop("jwks_uri"),
    ],
)
async def test_a_provider_that_is_not_itself_is_not_asked(change: Callable[[FakeProvider], None]) -> None:
    provider = FakeProvider()
    change(provider)
    assert isinstance(await OpenId(SETTINGS, transport=provider.transport).begin(BACK), NotVouched)


def test_a_provider_over_no_encrypted_way_is_refused() -> None:
    with pytest.raises(ValueError, match="not reached by https"):
        OpenId(Provider(issuer="http://id.example", client_id="x", roles={}, sites=()))


async def test_a_provider_is_asked_for_its_configuration_once_in_minutes() -> None:
    provider, now = FakeProvider(), [0.0]
    known = OpenId(SETTINGS, transport=provider.transport, monotonic=lambda: now[0])
    assert isinstance(await known.begin(BACK), Begun)
    provider.down, now[0] = True, KNOWN_S - 1.0
    assert isinstance(await known.begin(BACK), Begun)
    now[0] = KNOWN_S
    assert isinstance(await known.begin(BACK), NotVouched)
