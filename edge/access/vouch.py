"""Vouching: a control room signs who asks for exactly this act, and the gateway believes nothing else.

A vouch is a compact JWS (RFC 7515) with Ed25519, as remote commands are. It names the person with their roles
and sign-in, and the digest of the one request that it is for; it holds a minute. Heard again, it is the same
key again, which has no second effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from edge.intake.token import FindKey, Unverified, opened, signed
from kernel.instruction import Unfit
from kernel.remote import Seconds, Text
from kernel.shell.wire import Instruct, PutRequest
from kernel.site import VouchingDesk

TYPE: Final = "aios-vouch"
"""Header `typ` of a vouch: no remote command is one, and none is a remote command."""
HOLDS_S: Final = 60
"""From when it was signed, civil seconds."""
SKEW_S: Final = 5.0
"""How far the clock of a desk may be ahead of the gateway's, civil seconds."""
Act = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Way = Literal["desk", "token"]
_encoder: Final = msgspec.json.Encoder(order="deterministic")


class VouchClaims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a desk says of a person and an act: the payload of a vouch."""

    iss: Text
    """The desk: the name of its key."""
    aud: Text
    """Name of the site."""
    sub: Text
    """The person."""
    roles: tuple[Text, ...]
    sid: Text
    """Their sign-in: the same for all that they do until they sign out."""
    way: Way
    act: Act
    """SHA-256 of the request, see `act_of`."""
    iat: Seconds
    exp: Seconds
    jti: Text
    """Key of the request."""


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, as a desk that the site trusts has vouched for."""

    desk: str
    person: str
    roles: tuple[str, ...]
    """Those that the desk may vouch for."""
    sign_in: str
    way: str


def act_of(request: Instruct | PutRequest) -> str:
    """Return the SHA-256 of a request as it is sent, hexadecimal: all of it but its vouch and its time.

    Who asks is part of it, and so is how long it is to hold.
    """
    bare: Instruct | PutRequest = msgspec.structs.replace(request, vouch="")
    if isinstance(bare, Instruct):
        bare = msgspec.structs.replace(bare, instruction=msgspec.structs.replace(bare.instruction, at_ns=0))
    return hashlib.sha256(_encoder.encode(bare)).hexdigest()


def vouch(  # noqa: PLR0913  # who asks, by what right, where and when
    request: Instruct | PutRequest,
    private_key: Ed25519PrivateKey,
    *,
    desk: str,
    site: str,
    person: str,
    roles: tuple[str, ...],
    sign_in: str,
    way: Way,
    now_s: float,
) -> str:
    """Sign that a person asks for exactly this request.

    Args:
        request: what will be sent.
        private_key: of the desk.
        desk: name of the key, as the site file has it.
        site: name of the site.
        person: who asks.
        roles: of the person.
        sign_in: the sign-in in which they ask; two people are never of the same.
        way: `desk` for a page, `token` for an API token.
        now_s: civil time, seconds since 1970 UTC.
    """
    claims = VouchClaims(
        iss=desk,
        aud=site,
        sub=person,
        roles=roles,
        sid=sign_in,
        way=way,
        act=act_of(request),
        iat=int(now_s),
        exp=int(now_s) + HOLDS_S,
        jti=key_of(request),
    )
    payload: dict[str, Any] = msgspec.to_builtins(claims)
    return signed(payload, private_key, key=desk, kind=TYPE)


def verify(
    request: Instruct | PutRequest,
    *,
    site: str,
    desks: Mapping[str, VouchingDesk],
    find_key: FindKey,
    now_s: float,
) -> Vouched | Unfit:
    """Say who asks for a request, or why nobody is believed; blocks for one small file."""
    if not request.vouch:
        return Unfit("nobody vouches for who asks: this site takes what a control room vouches for")
    token = opened(request.vouch, find_key, kind=TYPE)
    if isinstance(token, Unverified):
        return Unfit(f"its vouch proves nothing: {token.why}")
    try:
        claims = msgspec.json.decode(token.payload, type=VouchClaims)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Unfit(f"its vouch proves nothing: its claims: {error}")
    if why := _breach(claims, request, key=token.key, site=site, now_s=now_s):
        return Unfit(f"its vouch proves nothing: {why}")
    roles = tuple(role for role in claims.roles if role in desks[token.key].roles)
    if not roles:
        has = " and ".join(claims.roles) or "no role"
        return Unfit(f"{claims.sub} has {has}, and desk {token.key} vouches for none of that here")
    return Vouched(desk=token.key, person=claims.sub, roles=roles, sign_in=claims.sid, way=claims.way)


def key_of(request: Instruct | PutRequest) -> str:
    """Return the idempotency key of a request."""
    return request.key if isinstance(request, PutRequest) else request.instruction.key


def _breach(claims: VouchClaims, request: Instruct | PutRequest, *, key: str, site: str, now_s: float) -> str:
    """Say which claim does not hold for this request here and now; empty where all do."""
    if claims.iss != key:
        return f"it is of {claims.iss}, and signed by {key}"
    if claims.aud != site:
        return f"it is for {claims.aud}; this is {site}"
    if not claims.iat - SKEW_S <= now_s < claims.exp or claims.exp - claims.iat > HOLDS_S:
        return f"it holds {HOLDS_S} s from when it is signed, and that is not now"
    if not claims.jti or claims.jti != key_of(request):
        return "it is for another key"
    if claims.act != act_of(request):
        return "it is for another act"
    return ""
