"""Signing in with an OpenID provider: authorization code with PKCE. The only file that knows authlib.

What a provider says of a person is believed for one sign-in: who it is, and roles by a claim, as configured.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from aios.access.identity import OF_PROVIDER, Role

with warnings.catch_warnings():
    # Authlib asks for a successor of httpx that is no part of the lock.
    warnings.simplefilter("ignore")
    from authlib.integrations.httpx_client import AsyncOAuth2Client

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures by a provider's own key; one by a shared secret, or none at all, is not taken."""
ANSWER_S: Final = 10.0
"""Real seconds that a provider has for an answer."""
KNOWN_S: Final = 300.0
"""Seconds for which a provider's configuration is taken as known; its keys are read at each sign-in."""
LEEWAY_S: Final = 30
"""Seconds by which the clocks of desk and provider may differ."""
CLOSED: Final = "the provider does not answer as it should"


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OpenID provider, and what its claims mean here."""

    issuer: str
    client_id: str
    client_secret_file: str = ""
    """File with the client's secret; empty for a client without one."""
    person_claim: str = "sub"
    """The claim that names a person; it must never be given to somebody else."""
    roles_claim: str = "groups"
    roles: dict[str, Role]
    """Which role each value of the claim grants; every other value grants nothing."""
    sites: tuple[str, ...]
    """Sites of everybody who signs in with this provider."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in under way: what its answer is compared with."""

    url: str
    """Where the browser is sent."""
    state: str
    nonce: str
    verifier: str


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of a person."""

    person: str
    roles: tuple[Role, ...]
    sites: tuple[str, ...]


class NotVouched(msgspec.Struct, frozen=True, kw_only=True):
    """The provider vouches for nobody, and why."""

    why: str


class OpenId:
    """One provider."""

    def __init__(
        self,
        provider: Provider,
        *,
        secret: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a provider.

        Raises:
            ValueError: its address is neither https nor on this machine.
        """
        if not _encrypted(provider.issuer):
            raise ValueError(f"the issuer {provider.issuer} is not reached by https")
        self._provider = provider
        self._secret = secret
        self._transport = transport
        self._monotonic = monotonic
        self._known: dict[str, Any] = {}
        self._known_until = 0.0

    async def begin(self, back: str) -> Begun | NotVouched:
        """Begin a sign-in that comes back to an address."""
        verifier, nonce = generate_token(64), generate_token(32)
        try:
            async with self._client(back) as client:
                found = await self._configuration(client)
                url, state = client.create_authorization_url(
                    found["authorization_endpoint"], code_verifier=verifier, nonce=nonce
                )
        except (httpx.HTTPError, AuthlibBaseError, ValueError, KeyError):
            return NotVouched(why=CLOSED)
        return Begun(url=url, state=state, nonce=nonce, verifier=verifier)

    async def finish(self, begun: Begun, code: str, back: str, *, now_s: int) -> Vouched | NotVouched:
        """Trade the code for what the provider says of the person, and believe only what it signed for us."""
        try:
            async with self._client(back) as client:
                found = await self._configuration(client)
                token = await client.fetch_token(
                    found["token_endpoint"], code=code, code_verifier=begun.verifier
                )
                keys = KeySet.import_key_set(await _json(client, found["jwks_uri"]))
            claims = self._believed(token, keys, begun, now_s)
        except (httpx.HTTPError, AuthlibBaseError, JoseError, ValueError, KeyError, TypeError):
            return NotVouched(why="the provider did not vouch for this sign-in")
        return self._person(claims)

    def _believed(self, token: dict[str, Any], keys: KeySet, begun: Begun, now_s: int) -> CodeIDToken:
        """Return the claims of an ID token that is signed, for us, of this sign-in, and not over.

        Raises:
            JoseError: it is not.
        """
        read = jwt.decode(token["id_token"], keys, algorithms=list(ALGORITHMS))
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": self._provider.issuer},
                "aud": {"essential": True, "value": self._provider.client_id},
                "nonce": {"essential": True, "value": begun.nonce},
            },
            params={"client_id": self._provider.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=now_s, leeway=LEEWAY_S)
        return claims

    def _person(self, claims: dict[str, Any]) -> Vouched | NotVouched:
        name, said = claims.get(self._provider.person_claim), claims.get(self._provider.roles_claim, [])
        if not isinstance(name, str) or not name:
            return NotVouched(why=f"the provider says no {self._provider.person_claim}")
        values = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        known = {self._provider.roles[v] for v in values if isinstance(v, str) and v in self._provider.roles}
        if not known:
            return NotVouched(why="the provider says of this person no role that is known here")
        # No local account has a colon in its name: nobody of a provider is taken for one.
        return Vouched(person=f"{OF_PROVIDER}{name}", roles=tuple(sorted(known)), sites=self._provider.sites)

    async def _configuration(self, client: AsyncOAuth2Client) -> dict[str, Any]:
        """Return where the provider is asked, as it said within the last minutes.

        Raises:
            ValueError: it is somebody else's, or is asked over no encrypted way.
        """
        if self._known and self._monotonic() < self._known_until:
            return self._known
        issuer = self._provider.issuer
        found: dict[str, Any] = await _json(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        asked = [str(found[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if found.get("issuer") != issuer or not all(_encrypted(url) for url in asked):
            raise ValueError(f"the configuration at {issuer} is not its own")
        self._known, self._known_until = found, self._monotonic() + KNOWN_S
        return found

    def _client(self, back: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self._provider.client_id,
            client_secret=self._secret or None,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            redirect_uri=back,
            scope="openid profile email",
            code_challenge_method="S256",
            timeout=ANSWER_S,
            transport=self._transport,
        )


async def _json(client: AsyncOAuth2Client, url: str) -> Any:
    answer = await client.request("GET", url, withhold_token=True)
    answer.raise_for_status()
    return answer.json()


def _encrypted(url: str) -> bool:
    """Tell whether an address is reached by https, or does not leave this machine.

    >>> _encrypted("https://id.example"), _encrypted("http://127.0.0.1:9"), _encrypted("http://id.example")
    (True, True, False)
    """
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    )
