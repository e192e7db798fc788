"""Checking an export: with nothing but its files, and what the auditor got from elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import msgspec

from aios.audit.accounts import trail_findings
from aios.audit.export import COLUMNS, cells, digest_of
from aios.audit.paper import (
    ACCOUNTS,
    CHECKPOINTS,
    ENTRIES,
    TABLE,
    NoExport,
    Paper,
    Row,
    entry_of,
    moment,
    read_paper,
)
from kernel.journal.chain import verify
from kernel.journal.checkpoints import Checkpoint
from kernel.journal.signing import is_signed


def check(out: Path, *, public_key: str = "", checkpoints: tuple[Checkpoint, ...] = ()) -> tuple[str, ...]:
    """Return what is wrong with an export; nothing where it is what the gateway wrote.

    Args:
        out: folder of the export.
        public_key: of the gateway, from elsewhere, hexadecimal; where it is left out, signatures are checked
            with the key that the export names, which whoever made all of it anew could have made too.
        checkpoints: those that left the box.
    """
    try:
        return tuple(_findings(out, public_key, checkpoints))
    except NoExport as error:
        return (str(error),)
    except (OSError, msgspec.MsgspecError, ValueError, csv.Error) as error:
        return (f"the export is damaged: {error}",)


def _findings(out: Path, public_key: str, outside: tuple[Checkpoint, ...]) -> Iterator[str]:
    paper = read_paper(out)
    own = msgspec.json.decode((out / CHECKPOINTS).read_bytes(), type=tuple[Checkpoint, ...])
    rows = tuple(_rows(out))
    yield from _signed(paper, out, public_key)
    yield from _chained(paper, rows)
    yield from _same_table(rows, out)
    if ACCOUNTS in paper.digests:
        yield from trail_findings(out)
    for where, kept in (("of the export", own), ("from elsewhere", outside)):
        found = _fitting(paper, rows, kept, public_key or paper.public_key)
        yield from (f"checkpoint {where}: {text}" for text in found)


def _signed(paper: Paper, out: Path, public_key: str) -> Iterator[str]:
    if not is_signed(paper.message, paper.signature, public_key or paper.public_key):
        yield "audit.json is not signed by the gateway"
    if set(paper.digests) - {ACCOUNTS} != {ENTRIES, TABLE, CHECKPOINTS}:
        yield "audit.json does not name the files of an export"
        return
    for name, digest in paper.digests.items():
        if digest_of(out / name) != digest:
            yield f"{name} is not the file that was exported"
    yield from (f"when it was exported, the journal was not whole: {text}" for text in paper.findings)


def _rows(out: Path) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(Row)
    with (out / ENTRIES).open("rb") as file:
        yield from (decoder.decode(line) for line in file)


def _chained(paper: Paper, rows: tuple[Row, ...]) -> Iterator[str]:
    span = paper.span
    entries = map(entry_of, rows)
    yield from verify(entries, after=span.first - 1, begin=bytes.fromhex(span.begin))
    if not rows or rows[-1].seq != span.last:
        yield f"the export ends before entry {span.last}: it was cut off"
    elif rows[-1].hash != span.head:
        yield f"entry {span.last} is not the head of the span"
    yield from (
        f"entry {row.seq}: its time is written wrongly" for row in rows if row.at != moment(row.at_ns)
    )


def _same_table(rows: tuple[Row, ...], out: Path) -> Iterator[str]:
    """Compare the table line by line with what is chained."""
    csv.field_size_limit(2**31 - 1)
    with (out / TABLE).open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        wanted = iter([list(COLUMNS), *map(cells, rows)])
        for number, (there, due) in enumerate(zip(lines, wanted, strict=False), 1):
            if there != due:
                yield f"line {number} of {TABLE} is not what is chained in {ENTRIES}"
                return
        if next(lines, None) is not None or next(wanted, None) is not None:
            yield f"{TABLE} and {ENTRIES} are not of one length"


def _fitting(paper: Paper, rows: tuple[Row, ...], kept: tuple[Checkpoint, ...], key: str) -> Iterator[str]:
    hashes = {row.seq: row.hash for row in rows} | {paper.span.first - 1: paper.span.begin}
    for one in kept:
        if not is_signed(one.message, one.signature, key):
            yield f"{one.seq} is not signed by the gateway"
        elif one.seq in hashes and hashes[one.seq] != one.hash:
            yield f"entry {one.seq} is not the one that was signed: it was rewritten"


def unanchored(out: Path) -> int:
    """Return how many of an export's entries no checkpoint of its own stands behind."""
    paper = read_paper(out)
    own = msgspec.json.decode((out / CHECKPOINTS).read_bytes(), type=tuple[Checkpoint, ...])
    return paper.span.last - max((one.seq for one in own), default=paper.span.first - 1)
