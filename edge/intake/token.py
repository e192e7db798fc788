"""Tokens: signing and verifying remote commands and vouches; the only file that knows PyJWT.

The algorithm is fixed: a token that names another one, or none, is not looked at further. What a header says
of keys (`jwk`, `jku`, `x5c`) is never used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kernel.remote import LONGEST_TOKEN, TYPE, CommandClaims, Name, NotTaken

ALGORITHM: Final = "EdDSA"
_jws: Final = jwt.PyJWS(algorithms=[ALGORITHM])
_claims: Final = msgspec.json.Decoder(CommandClaims)
FindKey = Callable[[str], Ed25519PublicKey | NotTaken]
"""Finds the public key of a name, or says why there is none to be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A token whose signature is good."""

    key: str
    public_key: str
    """Hexadecimal."""
    digest: str
    token: str
    claims: CommandClaims


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """A token that proves nothing."""

    refusal: NotTaken
    why: str
    id: str = ""
    """What it says its id is; empty where none can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What stands in a token whose signature is good."""

    key: str
    public_key: str
    """Hexadecimal."""
    payload: bytes


def sign(claims: CommandClaims, private_key: Ed25519PrivateKey, *, key: str) -> str:
    """Return the token of a command, signed with the private half of a key of that name."""
    payload = {name: value for name, value in msgspec.to_builtins(claims).items() if value is not None}
    return signed(payload, private_key, key=key, kind=TYPE)


def signed(payload: dict[str, Any], private_key: Ed25519PrivateKey, *, key: str, kind: str) -> str:
    """Return a token of a kind (its header `typ`), signed with the private half of a key of that name."""
    return jwt.encode(payload, private_key, algorithm=ALGORITHM, headers={"kid": key, "typ": kind})


def verified(token: str, find_key: FindKey) -> Verified | Unverified:
    """Verify a token, or say why it proves nothing; nothing that it claims is believed before."""
    found = opened(token, find_key, kind=TYPE)
    if isinstance(found, Unverified):
        return found
    try:
        claims = _claims.decode(found.payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return _turned(token, NotTaken.MALFORMED, f"its claims: {error}")
    return Verified(
        key=found.key, public_key=found.public_key, digest=digest_of(token), token=token, claims=claims
    )


def opened(token: str, find_key: FindKey, *, kind: str) -> Opened | Unverified:
    """Open a token of a kind, or say why its signature proves nothing."""
    if len(token) > LONGEST_TOKEN:
        return Unverified(refusal=NotTaken.TOO_LARGE, why=f"a token has at most {LONGEST_TOKEN} characters")
    try:
        header = _jws.get_unverified_header(token)
        found = _key_of(header, find_key, kind)
        if isinstance(found, Ed25519PublicKey):
            payload: bytes = _jws.decode(token, found, algorithms=[ALGORITHM])
    except jwt.InvalidSignatureError:
        return _turned(token, NotTaken.BAD_SIGNATURE, "the signature is not that of the key")
    except (jwt.InvalidTokenError, ValueError) as error:
        return Unverified(refusal=NotTaken.MALFORMED, why=f"not a token: {error}")
    if isinstance(found, _Why):
        return _turned(token, found.refusal, found.why)
    return Opened(key=header["kid"], public_key=found.public_bytes_raw().hex(), payload=payload)


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def claims_of(token: str) -> CommandClaims | None:
    """Read the claims of a token that was verified before, such as one of the journal.

    None where it is of a version of the contract that is not known here.
    """
    try:
        return _claims.decode(_jws.decode(token, options={"verify_signature": False}))
    except (jwt.InvalidTokenError, msgspec.DecodeError, ValueError):
        return None


class _Why(msgspec.Struct, frozen=True):
    refusal: NotTaken
    why: str


class _Id(msgspec.Struct, frozen=True):
    jti: Name


def _key_of(header: dict[str, Any], find_key: FindKey, expected: str) -> Ed25519PublicKey | _Why:
    algorithm, kind, name = header.get("alg"), header.get("typ"), header.get("kid")
    if algorithm != ALGORITHM:
        return _Why(NotTaken.WRONG_ALGORITHM, f"algorithm {algorithm!s:.20}; only {ALGORITHM} is taken")
    if kind != expected:
        return _Why(NotTaken.MALFORMED, f"its type is {kind!s:.40}, not {expected}")
    key = find_key(name) if isinstance(name, str) else NotTaken.UNKNOWN_KEY
    if key is NotTaken.REVOKED_KEY:
        return _Why(key, "the key that it names is trusted no more")
    if isinstance(key, NotTaken):
        return _Why(key, "this site knows no key of that name")
    return key


def _turned(token: str, refusal: NotTaken, why: str) -> Unverified:
    """Turn a token away, with the id that it says it has: whoever sent it can find the answer."""
    try:
        payload: bytes = _jws.decode(token, options={"verify_signature": False})
        said = msgspec.json.decode(payload, type=_Id).jti
    except (jwt.InvalidTokenError, msgspec.DecodeError, ValueError, RecursionError):
        said = ""
    return Unverified(refusal=refusal, why=why, id=said)
