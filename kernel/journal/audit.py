"""The audit of a journal: chain, tables and checkpoints must tell the same; every difference is a finding."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from kernel.journal.chain import FIRST_HASH, verify
from kernel.journal.checkpoints import Checkpoint
from kernel.journal.commands import CommandJournal
from kernel.journal.connection import Connection
from kernel.journal.signing import is_signed

_signed = functools.lru_cache(maxsize=4096)(is_signed)
"""A signature is looked at once: most checkpoints stand in the journal and in what was exported alike."""
_TABLES: Final = {
    "command {0} of the chain is missing or changed in the table of commands": """
select entries.subject from entries left join commands
on commands.id = entries.subject and commands.seq = entries.seq and commands.body = entries.body
where entries.kind = 'command' and commands.id is null order by entries.seq limit 10""",
    "command {0} in the table of commands is in no entry": """
select id from commands left join entries on entries.seq = commands.seq and entries.kind = 'command'
where entries.seq is null and commands.seq > ? order by commands.seq limit 10""",
    "the end of command {0} is missing or changed in the table of ends": """
select entries.subject from entries left join ends on ends.command = entries.subject
and ends.seq = entries.seq and ends.outcome = json_extract(entries.body, '$.outcome')
where entries.kind = 'receipt' and ends.command is null order by entries.seq limit 10""",
    "the end of command {0} in the table of ends is in no entry": """
select command from ends left join entries on entries.seq = ends.seq and entries.kind = 'receipt'
where entries.seq is null and ends.seq > ? order by ends.seq limit 10""",
}


def audit(
    journal: CommandJournal, *, checkpoints: Iterable[Checkpoint] = (), public_key: str = ""
) -> tuple[str, ...]:
    """Return what is wrong with a journal; nothing where it is what the gateway wrote.

    Args:
        journal: to be read.
        checkpoints: those that were exported; the journal's own are always looked at.
        public_key: of the gateway, from elsewhere; where it is left out, signatures are checked with the
            key that stands in the checkpoints, which a forger of all of them could have made.
    """
    try:
        return tuple(_findings(journal.connection, journal, tuple(checkpoints), public_key))
    except (sqlite3.DatabaseError, msgspec.MsgspecError) as error:
        return (f"the file is damaged: {error}",)


def _findings(
    db: Connection, journal: CommandJournal, outside: tuple[Checkpoint, ...], public_key: str
) -> Iterator[str]:
    through, begin, carried = beginning(db)
    yield from verify(journal.entries(), after=through, begin=begin)
    for text, query in _TABLES.items():
        values = (through,) if "?" in query else ()
        yield from (text.format(name) for (name,) in db.execute(query, values).fetchall())
    yield from _carried_on(db, through, carried)
    own = own_checkpoints(db)
    for where, kept in (("in the journal", own), ("exported", outside)):
        yield from (f"checkpoint {where}: {text}" for text in _against(db, kept, public_key, through, begin))


def own_checkpoints(db: Connection) -> tuple[Checkpoint, ...]:
    """Return the checkpoints that the journal itself holds; one of release 0.1.0 has none."""
    if db.execute("select 1 from sqlite_master where name = 'checkpoints'").fetchone() is None:
        return ()
    rows = db.execute("select body from checkpoints order by seq").fetchall()
    return tuple(msgspec.json.decode(body, type=Checkpoint) for (body,) in rows)


def beginning(db: Connection) -> tuple[int, bytes, list[dict[str, Any]]]:
    """Return where the kept chain begins: entry before it, its hash, and the commands carried over."""
    row = db.execute("select body from entries where kind = 'cut' order by seq desc limit 1").fetchone()
    if row is None:
        return 0, FIRST_HASH, []
    body = msgspec.json.decode(row[0])
    return body["through"], bytes.fromhex(body["hash"]), body["carried"]


def _carried_on(db: Connection, through: int, carried: list[dict[str, Any]]) -> Iterator[str]:
    """Compare the rows that were carried over a cut with what the cut says of them."""
    rows = db.execute(
        "select id, commands.seq, body, outcome, ends.seq from commands left join ends "
        "on ends.command = commands.id where commands.seq <= ? order by commands.seq",
        (through,),
    ).fetchall()
    there = [{"id": i, "seq": s, "body": b, "end": None if o is None else [o, e]} for i, s, b, o, e in rows]
    if there != carried:
        yield f"the rows of commands up to entry {through} are not those that the cut carried over"


def _against(
    db: Connection, kept: tuple[Checkpoint, ...], public_key: str, through: int, begin: bytes
) -> Iterator[str]:
    before: Checkpoint | None = None
    for one in kept:
        if not _signed(one.message, one.signature, public_key or one.public_key):
            yield f"{one.seq} is not signed by the gateway"
        if before is not None and one.previous != before.seq:
            yield f"the one between {before.seq} and {one.seq} is missing"
        before = one
        yield from _entry_fits(db, one, through, begin)


def _entry_fits(db: Connection, one: Checkpoint, through: int, begin: bytes) -> Iterator[str]:
    if one.seq < through:
        return
    row = db.execute("select hash from entries where seq = ?", (one.seq,)).fetchone()
    there = begin if one.seq == through else None if row is None else row[0]
    if there is None:
        yield f"entry {one.seq} was there and is gone: the journal was cut off"
    elif there.hex() != one.hash:
        yield f"entry {one.seq} is not the one that was signed: the journal was rewritten"
