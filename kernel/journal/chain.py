"""The hash chain of the command journal: whoever touches an entry breaks it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

FIRST_HASH: Final = b"\0" * 32


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal."""

    seq: int
    at_ns: int
    tick: int
    kind: str
    """What it tells: opened, safe_set, basis, command, refused, receipt, rung, finding, closed ..."""
    subject: str
    """Command id, asset, agent or run that the line is about."""
    body: str
    """JSON."""
    hash: bytes


def link(before: bytes, *, seq: int, at_ns: int, tick: int, kind: str, subject: str, body: str) -> bytes:
    """Return the hash of an entry: SHA-256 over the hash before it and all its fields.

    Texts go with their lengths, so that nothing can move from one field to the next unseen.
    """
    return sealed(before, seq, at_ns, tick, kind, subject, body.encode())


def sealed(before: bytes, seq: int, at_ns: int, tick: int, kind: str, subject: str, body: bytes) -> bytes:
    """Return the same for a body that is bytes already."""
    head = f"{seq}|{at_ns}|{tick}|{len(kind)}|{kind}|{len(subject)}|{subject}|"
    return hashlib.sha256(before + head.encode() + body).digest()


def verify(entries: Iterable[Entry], *, after: int = 0, begin: bytes = FIRST_HASH) -> tuple[str, ...]:
    """Check a chain; return a finding for the first entry that does not fit.

    Args:
        entries: in order.
        after: number of the last entry before them; 0 where they are the whole journal.
        begin: hash of that entry.
    """
    chain, expected = begin, after + 1
    for entry in entries:
        chain = link(
            chain,
            seq=entry.seq,
            at_ns=entry.at_ns,
            tick=entry.tick,
            kind=entry.kind,
            subject=entry.subject,
            body=entry.body,
        )
        if entry.seq != expected:
            return (f"entry {expected} is missing; the next is {entry.seq}",)
        if chain != entry.hash:
            return (f"entry {entry.seq} ({entry.kind} {entry.subject}) was changed after it was written",)
        expected += 1
    return ()
