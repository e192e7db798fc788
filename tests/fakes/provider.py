"""A small OpenID provider, spoken to over httpx without a socket; it signs what the test tells it to."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from tests.fakes.front_door import START_NS

ISSUER = "https://id.example"
CLIENT = "desk"
NOW_S = START_NS // 1_000_000_000


class FakeProvider:
    """One code for each sign-in, good once, for who has the verifier of its challenge."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", parameters={"kid": "one"})
        self.signs_with: Any = self.key
        self.header: dict[str, Any] = {"alg": "ES256", "kid": "one"}
        self.claims: dict[str, Any] = {
            "sub": "17",
            "preferred_username": "erika",
            "groups": ["grid-operators"],
        }
        self.configuration = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        self.codes: dict[str, dict[str, str]] = {}
        self.down = False
        self.transport = httpx.MockTransport(self._answer)

    def authorize(self, url: str) -> tuple[str, str]:
        """Let the person agree; return state and code."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return asked["state"], code

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("nobody there", request=request)
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json=self.configuration)
            case "/keys":
                return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
            case "/token":
                return self._token(request)
        return httpx.Response(404)

    def _token(self, request: httpx.Request) -> httpx.Response:
        told = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        asked = self.codes.pop(told.get("code", ""), None)
        challenge = create_s256_code_challenge(told.get("code_verifier", ""))
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or told["redirect_uri"] != asked["redirect_uri"]
        ):
            return httpx.Response(400, json={"error": "invalid_grant"})
        usual = {"iss": ISSUER, "aud": CLIENT, "iat": NOW_S, "exp": NOW_S + 300, "nonce": asked["nonce"]}
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        if self.signs_with is None:
            token = f"{_text(self.header)}.{_text(claims)}."
        else:
            token = jwt.encode(self.header, claims, self.signs_with, algorithms=["ES256", "HS256"])
        body = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": token}
        return httpx.Response(200, content=json.dumps(body), headers={"content-type": "application/json"})


def _text(part: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def foreign_key() -> ECKey:
    """A key of somebody else, under the same name."""
    return ECKey.generate_key("P-256", parameters={"kid": "one"})


def shared_secret() -> OctKey:
    """A secret that two know, where a provider's own key is wanted."""
    return OctKey.import_key("0123456789abcdef0123456789abcdef", parameters={"kid": "one"})
