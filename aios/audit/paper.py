"""The paper of an export: what it holds, from which link of the chain to which, signed by the gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from kernel.journal.chain import Entry

ENTRIES: Final = "entries.jsonl"
TABLE: Final = "entries.csv"
CHECKPOINTS: Final = "checkpoints.json"
ACCOUNTS: Final = "accounts.jsonl"
"""The trail of accounts; only where a control room keeps some."""
PAPER: Final = "audit.json"
FORMAT: Final = 1


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the chain, and the links at its ends."""

    first: int
    """Number of its first entry."""
    last: int
    """Number of its last entry: that of the first checkpoint behind the time asked for, if there is one."""
    begin: str
    """Hash of the entry before the first, hexadecimal."""
    head: str
    """Hash of the last entry, hexadecimal."""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What an export is."""

    format: int = FORMAT
    version: str
    """Version of this program."""
    site: str
    """Name of the site as its newest run called it; empty where no run stands in the journal."""
    from_ns: int
    """First moment asked for, nanoseconds since 1970 UTC."""
    to_ns: int
    """Moment before which it ends."""
    span: Span
    digests: dict[str, str]
    """SHA-256 of every other file, hexadecimal."""
    findings: tuple[str, ...]
    """What the audit of the whole journal found when this was exported; empty where it was whole."""
    public_key: str
    signature: str = ""

    @property
    def message(self) -> bytes:
        """What is signed."""
        plain = msgspec.structs.replace(self, signature="")
        return b"aios audit|" + msgspec.json.encode(plain, order="deterministic")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as a line of `entries.jsonl`."""

    seq: int
    at: str
    """`at_ns` for people, ISO 8601 UTC."""
    at_ns: int
    tick: int
    kind: str
    subject: str
    body: str
    """The bytes that were hashed, as text: JSON."""
    hash: str
    """Hexadecimal."""


def row_of(entry: Entry) -> Row:
    """Return an entry as a line of an export."""
    return Row(
        seq=entry.seq,
        at=moment(entry.at_ns),
        at_ns=entry.at_ns,
        tick=entry.tick,
        kind=entry.kind,
        subject=entry.subject,
        body=entry.body,
        hash=entry.hash.hex(),
    )


def entry_of(row: Row) -> Entry:
    """Return what a line of an export was made from."""
    return Entry(
        seq=row.seq,
        at_ns=row.at_ns,
        tick=row.tick,
        kind=row.kind,
        subject=row.subject,
        body=row.body,
        hash=bytes.fromhex(row.hash),
    )


def moment(at_ns: int) -> str:
    """Return a moment in ISO 8601, UTC, to the microsecond.

    >>> moment(0)
    '1970-01-01T00:00:00.000000Z'
    """
    at = datetime.fromtimestamp(at_ns // 1_000_000_000, tz=UTC).replace(
        microsecond=at_ns % 1_000_000_000 // 1000
    )
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class NoExport(ValueError):
    """A folder holds no export that can be read; the message says what was found."""


def read_paper(folder: Path) -> Paper:
    """Read the paper of an export.

    Raises:
        NoExport: there is none, or it cannot be read.
    """
    try:
        paper = msgspec.json.decode((folder / PAPER).read_bytes(), type=Paper)
    except OSError as error:
        raise NoExport(f"{folder} holds no export: {error}") from error
    except msgspec.MsgspecError as error:
        raise NoExport(f"{folder / PAPER} cannot be read: {error}") from error
    if paper.format != FORMAT:
        raise NoExport(f"{folder / PAPER} has format {paper.format}; this version reads {FORMAT}")
    return paper
