"""Exporting: every entry of a span with the hashes of the chain, as JSON Lines and as a table.

The span goes on to the first signed head behind it: one checkpoint that left the box vouches for all of it.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import msgspec

import aios
from aios.audit.accounts import write_trail
from aios.audit.paper import CHECKPOINTS, ENTRIES, PAPER, TABLE, Paper, Row, Span, moment, row_of
from aios.audit.people import as_cell, named_in
from aios.folder import Folder
from kernel.journal.audit import audit, beginning, own_checkpoints
from kernel.journal.chain import Entry
from kernel.journal.checkpoints import Checkpoint
from kernel.journal.commands import CommandJournal
from kernel.journal.connection import Connection
from kernel.journal.signing import Signer

COLUMNS: Final = ("seq", "at", "tick", "kind", "subject", "person", "role", "way", "body", "hash")


class NothingThen(LookupError):
    """The journal has no entry of the time that was asked for; the message says what it holds."""


class NotEmpty(FileExistsError):
    """The folder to export into holds something already."""


def export(root: Path, out: Path, *, from_ns: int, to_ns: int) -> Paper:
    """Export what happened from one moment to before another; beside a gateway that runs.

    Raises:
        FileNotFoundError: there is no journal.
        NotEmpty: the target is a folder with something in it, or a file.
        NothingThen: nothing happened then.
    """
    folder = Folder(root=root)
    if not folder.commands.exists():
        raise FileNotFoundError(f"no journal in {root}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise NotEmpty(f"{out} is there already; an export goes into a folder of its own")
    with _still(folder) as journal:
        span = _span(journal.connection, from_ns, to_ns)
        kept = own_checkpoints(journal.connection)
        findings = audit(journal)
        out.mkdir(parents=True, exist_ok=True)
        _write_entries(_within(journal, span), out)
        (out / CHECKPOINTS).write_bytes(msgspec.json.encode(_of(kept, span)))
        files = (ENTRIES, TABLE, CHECKPOINTS, *write_trail(folder.access, out))
        site = _site(journal.connection)
    signer = Signer.at(folder.key)
    plain = Paper(
        version=aios.__version__,
        site=site,
        from_ns=from_ns,
        to_ns=to_ns,
        span=span,
        digests={name: digest_of(out / name) for name in files},
        findings=findings,
        public_key=signer.public_key,
    )
    paper = msgspec.structs.replace(plain, signature=signer.sign(plain.message))
    (out / PAPER).write_bytes(msgspec.json.format(msgspec.json.encode(paper), indent=2))
    return paper


@contextmanager
def _still(folder: Folder) -> Iterator[CommandJournal]:
    """Open the journal of a folder as it is at this moment, while a gateway may go on writing."""
    journal = CommandJournal(folder.commands, read_only=True)
    try:
        journal.connection.execute("begin")
        yield journal
    finally:
        journal.close()


def _span(db: Connection, from_ns: int, to_ns: int) -> Span:
    first, last = db.execute(
        "select min(seq), max(seq) from entries where at_ns >= ? and at_ns < ?", (from_ns, to_ns)
    ).fetchone()
    if first is None:
        oldest, newest = db.execute("select min(at_ns), max(at_ns) from entries").fetchone()
        held = f"it holds {moment(oldest)} to {moment(newest)}" if oldest is not None else "it is empty"
        raise NothingThen(f"the journal has no entry of that time; {held}")
    signed = [one.seq for one in own_checkpoints(db) if one.seq >= last]
    last = min(signed, default=last)
    through, begin, _ = beginning(db)
    before = db.execute("select hash from entries where seq = ?", (first - 1,)).fetchone()
    (head,) = db.execute("select hash from entries where seq = ?", (last,)).fetchone()
    link = begin if first == through + 1 or before is None else before[0]
    return Span(first=first, last=last, begin=link.hex(), head=head.hex())


def _within(journal: CommandJournal, span: Span) -> Iterator[Entry]:
    for entry in journal.entries(after=span.first - 1):
        if entry.seq > span.last:
            return
        yield entry


def _of(kept: tuple[Checkpoint, ...], span: Span) -> tuple[Checkpoint, ...]:
    """Return the signed heads of a span: from the one it begins behind to the one it ends with."""
    return tuple(one for one in kept if span.first - 1 <= one.seq <= span.last)


def _site(db: Connection) -> str:
    row = db.execute("select body from entries where kind = 'opened' order by seq desc limit 1").fetchone()
    return "" if row is None else str(msgspec.json.decode(row[0]).get("site", ""))


def _write_entries(entries: Iterator[Entry], out: Path) -> None:
    encoder = msgspec.json.Encoder()
    with (
        (out / ENTRIES).open("wb") as lines,
        (out / TABLE).open("w", encoding="utf-8", newline="") as file,
    ):
        table = _table(file)
        for entry in entries:
            row = row_of(entry)
            lines.write(encoder.encode(row) + b"\n")
            table.writerow(cells(row))


def _table(file: TextIO) -> csv.Writer:  # type: ignore[name-defined]
    table = csv.writer(file)
    table.writerow(COLUMNS)
    return table


def cells(row: Row) -> list[str]:
    """Return a line of an export as cells of its table, in the order of `COLUMNS`."""
    texts = (row.kind, row.subject, *named_in(row.body), row.body)
    return [str(row.seq), row.at, str(row.tick), *map(as_cell, texts), row.hash]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
