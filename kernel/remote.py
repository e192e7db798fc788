"""Remote commands: what is asked for from afar, in signed claims, and why it may not be taken.

The claims are those of a JSON Web Token (RFC 7519) in a compact JWS (RFC 7515), signed with Ed25519
(RFC 8037). `docs/remote-commands.md` tells the whole contract.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

TYPE: Final = "aios-command+jwt"
"""Header `typ` of a remote command: a token made for anything else is none."""
LONGEST_TOKEN: Final = 4096
"""Bytes of a token; a longer one is not looked at."""

Name = Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{1,64}(?!\\n)$")]
"""Name of a command or of a key: it may stand in a topic and in the name of a file."""
Text = Annotated[str, Meta(min_length=1, max_length=500)]
Seconds = Annotated[float, Meta(ge=0, le=2**36)]
"""Civil time, seconds since 1970 UTC."""


class NotTaken(StrEnum):
    """Why a remote command was not taken."""

    COMMANDS_OFF = "commands_off"
    """The site file has no section `commands`; told at the local socket, since nobody fetches tokens then."""
    TOO_MANY = "too_many"
    """More came than may come; this one was not looked at, or not entered. It may be sent again."""
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    """It is no token of ours, or its claims are not those of the contract."""
    WRONG_ALGORITHM = "wrong_algorithm"
    """Its header names another algorithm than EdDSA, or none."""
    UNKNOWN_KEY = "unknown_key"
    """The site file names no such key."""
    REVOKED_KEY = "revoked_key"
    """The site file names the key, and its file is gone or holds no Ed25519 public key."""
    BAD_SIGNATURE = "bad_signature"
    WRONG_AUDIENCE = "wrong_audience"
    """It was meant for another site."""
    CLOCK_NOT_SYNCHRONISED = "clock_not_synchronised"
    """The gateway does not know the time that its validity is measured by. It may be sent again."""
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    VALID_TOO_LONG = "valid_too_long"
    PERSON_NOT_ALLOWED = "person_not_allowed"
    """The key may not ask in the name of that person."""
    POINT_NOT_ALLOWED = "point_not_allowed"
    """The key may not ask for that point; whether there is one is not told."""
    UNIT_MISMATCH = "unit_mismatch"
    """The unit is not that of the point."""
    ID_REUSED = "id_reused"
    """The same key has used the id for another command."""
    OUT_OF_ORDER = "out_of_order"
    """The same key has had a command with this sequence or a later one taken for the point."""
    NOT_POSSIBLE = "not_possible"
    """The point cannot be written, or not with that value or for that time."""
    JOURNAL_AWAY = "journal_away"
    """The gateway cannot journal, so it takes nothing. It may be sent again."""


PASSING: Final = frozenset({NotTaken.TOO_MANY, NotTaken.CLOCK_NOT_SYNCHRONISED, NotTaken.JOURNAL_AWAY})
"""Refusals that say nothing of the command itself: the token may be taken later. All others are final."""


class CommandClaims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a remote command asks for: the payload of its token."""

    v: Literal[1]
    """Version of the contract."""
    jti: Name
    """Id of the command, chosen by who sends it: under one key an id has an effect once."""
    aud: Text
    """Name of the site that it is meant for."""
    sub: Text
    """The person in whose name it is asked."""
    iat: Seconds
    """When it was signed, civil time, seconds since 1970 UTC."""
    exp: Seconds
    """From then on it is not taken, and nothing asked for once comes of it any more; civil time, seconds."""
    nbf: Seconds | None = None
    """Before it is not taken, civil time, seconds since 1970 UTC."""
    point: Text
    """Writable point, or a sum of the site."""
    value: float
    """In `unit`."""
    unit: Annotated[str, Meta(max_length=20)]
    """Must be the unit of the point."""
    reason: Text
    seq: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    """Where order matters: larger than that of every command of this key for this point before it."""
    for_s: Annotated[float, Meta(gt=0, le=3600)] | None = None
    """How long a set-point is asked for, operational seconds from when it is taken; left out, until `exp`."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence with which a request came from afar: who has the token can verify it anywhere."""

    key: str
    """Name of the key, as the site file has it."""
    public_key: str
    """What the signature was verified with: Ed25519, hexadecimal."""
    role: str
    """Role of the person, as the site file has it; empty where it names none."""
    id: str
    """Id of the command."""
    digest: str
    """SHA-256 of the token, hexadecimal: which of several tokens with this id it is."""
    sequence: int | None = None
    token: str
    """The compact JWS as it came."""


def request_key(key: str, id: str) -> str:  # noqa: A002 - the word of the contract
    """Return the key under which the journal files a remote command: ids of two keys do not meet.

    No key that is given at the gateway itself has a colon, so that it does not meet one of these either.

    >>> request_key("dispatch", "c-17")
    'dispatch:c-17'
    """
    return f"{key}:{id}"
