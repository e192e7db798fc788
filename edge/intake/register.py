"""The register: which ids have been used for what, and how far the sequences have come.

Pure. It remembers the newest ids of a life; older ones, and those of lives before, stand in the journal,
whose entries it takes up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from edge.intake.terms import Reason
from edge.intake.token import Verified, claims_of
from kernel.journal.chain import Entry
from kernel.remote import CommandClaims, NotTaken, Signed, request_key
from kernel.request import Requested, RequestStage

KEPT: Final = 4096
"""Ids kept in memory."""
OTHER: Final = 12
"""Hexadecimal digits of a token's digest that tell it from another one with its id."""


class Register:
    """Remembers commands that were taken or finally refused."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self._content: OrderedDict[str, CommandClaims | None] = OrderedDict()
        self._sequences: dict[tuple[str, str], int] = {}

    def knows(self, key: str) -> bool:
        """Tell whether a request key is in memory."""
        return key in self._content

    def is_same(self, key: str, claims: CommandClaims) -> bool:
        """Tell whether a known key was used for the same command, whenever that was signed and expires."""
        return self._content[key] == content(claims)

    def order(self, command: Verified) -> Reason | None:
        """Say where a command comes after a later one of its key for its point."""
        claims = command.claims
        last = self._sequences.get((command.key, claims.point), -1)
        if claims.seq is None or claims.seq > last:
            return None
        return Reason(
            NotTaken.OUT_OF_ORDER, f"sequence {claims.seq} for {claims.point}; {last} was taken before"
        )

    def refused(self, key: str, claims: CommandClaims) -> None:
        """Remember a command that was finally refused."""
        self._keep(key, content(claims))

    def taken(self, key: str, command: Verified) -> None:
        """Remember a command that was taken."""
        self._keep(key, content(command.claims))
        if command.claims.seq is not None:
            self._sequences[command.key, command.claims.point] = command.claims.seq

    def take_up(self, key: str, before: Iterable[Requested]) -> None:
        """Remember what the journal knows of a key: None where it was not used for a signed command."""
        entries = tuple(before)
        signed = next((one.signed for one in entries if one.signed is not None), None)
        claims = None if signed is None else claims_of(signed.token)
        if entries:
            self._keep(key, None if claims is None else content(claims))

    def take_up_sequences(self, entries: Iterable[Entry]) -> None:
        """Remember how far the sequences have come, from the entries of kind `request`, in order."""
        for entry in entries:
            if entry.kind != "request" or _STAGE not in entry.body:
                continue
            request = msgspec.json.decode(entry.body, type=Requested)
            if request.signed is not None and request.signed.sequence is not None:
                self._sequences[request.signed.key, request.point] = request.signed.sequence

    def _keep(self, key: str, what: CommandClaims | None) -> None:
        self._content[key] = what
        if len(self._content) > KEPT:
            self._content.popitem(last=False)


_STAGE: Final = f'"stage":"{RequestStage.SIGNED.value}"'


def content(claims: CommandClaims) -> CommandClaims:
    """Return what a command asks for, without when it was signed and until when it is valid."""
    return msgspec.structs.replace(claims, iat=0.0, exp=0.0, nbf=None)


def evidence(command: Verified, role: str) -> Signed:
    """Return what the journal keeps of a token."""
    return Signed(
        key=command.key,
        public_key=command.public_key,
        role=role,
        id=command.claims.jti,
        digest=command.digest,
        sequence=command.claims.seq,
        token=command.token,
    )


def own_key(command: Verified) -> str:
    """Return the key under which a command stands in the journal."""
    return request_key(command.key, command.claims.jti)


def other_key(command: Verified) -> str:
    """Return the key for a token whose id was used for another command before."""
    return f"{own_key(command)}#{command.digest[:OTHER]}"
