"""Pins: stretches of the recording that the ring never cuts: somebody will want to understand them."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from kernel.pipe.tick import Outputs

SCHEMA: Final = """
create table if not exists pins (
    id integer primary key, run text not null, first integer not null, last integer not null,
    automatic integer not null, title text not null, reason text not null, at_ns integer not null);
"""
BEFORE: Final = 600
"""Ticks that are pinned before an event."""
AFTER: Final = 300
"""Ticks that are pinned after it."""
MOST: Final = 16
"""Automatic pins that are kept; the oldest gives way. What a person pinned never does."""
MOST_BYTES: Final = 256_000_000
"""Bytes of recording that automatic pins may hold; the oldest gives way."""
_BYTES: Final = """
select coalesce(sum(length(body)), 0) from batches where exists (
    select 1 from pins where automatic and pins.run = batches.run
    and batches.last >= pins.first and batches.first <= pins.last)"""


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that is kept."""

    id: int
    run: str
    first: int
    """First tick."""
    last: int
    automatic: bool
    title: str
    reason: str
    at_ns: int
    """Operational time of the event, or of the first tick."""


def worth_pinning(outputs: Outputs) -> str:
    """Say why the stretch around a tick must be kept; nothing where it need not.

    >>> worth_pinning(Outputs(tick=0, now_ns=0, gate_failure="no answer"))
    'gate failed: no answer'
    """
    if outputs.gate_failure:
        return f"gate failed: {outputs.gate_failure}"
    if outputs.journal_failure:
        return f"journal failed: {outputs.journal_failure}"
    for command in outputs.commands:
        if command.authority == "safe_set":
            return f"safe value written on {command.point}"
    for change in outputs.rungs:
        if change.now.rung in {"safe", "person"}:
            return f"{change.agent} stands on {change.now.rung}: {change.now.why}"
    return ""


def pins(db: sqlite3.Connection, run: str = "") -> tuple[Pin, ...]:
    """Return all pins, or those of a run, oldest first; none where the file is older than pins."""
    if db.execute("select 1 from sqlite_master where name = 'pins'").fetchone() is None:
        return ()
    query = "select id, run, first, last, automatic, title, reason, at_ns from pins order by id"
    names = Pin.__struct_fields__
    every = [dict(zip(names, row, strict=True)) for row in db.execute(query)]
    return tuple(
        Pin(**{**row, "automatic": bool(row["automatic"])}) for row in every if not run or row["run"] == run
    )


def pin(db: sqlite3.Connection, wanted: Pin) -> int:
    """Pin a stretch; return its number."""
    row = (
        wanted.run,
        wanted.first,
        wanted.last,
        wanted.automatic,
        wanted.title,
        wanted.reason,
        wanted.at_ns,
    )
    cursor = db.execute(
        "insert into pins (run, first, last, automatic, title, reason, at_ns) values (?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    return int(cursor.lastrowid or 0)


def pin_event(db: sqlite3.Connection, run: str, tick: int, at_ns: int, why: str) -> None:
    """Pin the stretch around an event; one that happens inside an automatic pin makes that longer."""
    around = (max(0, tick - BEFORE), tick + AFTER)
    open_ = [one for one in pins(db, run) if one.automatic and one.last >= tick]
    if open_:
        db.execute("update pins set last = ? where id = ?", (around[1], open_[-1].id))
        return
    pin(
        db,
        Pin(
            id=0,
            run=run,
            first=around[0],
            last=around[1],
            automatic=True,
            title=why[:80],
            reason=why,
            at_ns=at_ns,
        ),
    )
    _let_go(db)


def _let_go(db: sqlite3.Connection) -> None:
    """Let the oldest automatic pins go until the rest is within number and bytes."""
    automatic = [one.id for one in pins(db) if one.automatic]
    while len(automatic) > MOST or (len(automatic) > 1 and db.execute(_BYTES).fetchone()[0] > MOST_BYTES):
        db.execute("delete from pins where id = ?", (automatic.pop(0),))


def kept_ranges(db: sqlite3.Connection, run: str) -> list[tuple[int, int]]:
    """Return, for every pin of a run, the ticks that must stay: from the state its replay begins with."""
    ranges = []
    for one in pins(db, run):
        (start,) = db.execute(
            "select max(tick) from snapshots where run = ? and tick < ?", (run, max(one.first, 0))
        ).fetchone()
        ranges.append((one.first if start is None else start, one.last))
    return ranges


def drop_unpinned(db: sqlite3.Connection, run: str, until: int) -> None:
    """Drop the batches and states of a run up to a tick, but for what is pinned."""
    ranges = kept_ranges(db, run)
    rows = db.execute("select id, first, last from batches where run = ? and last <= ?", (run, until))
    gone = [
        (number,)
        for number, first, last in rows.fetchall()
        if not any(last > begin and first <= end for begin, end in ranges)
    ]
    db.executemany("delete from batches where id = ?", gone)
    states = db.execute("select tick from snapshots where run = ? and tick < ?", (run, until))
    old = [
        (run, tick) for (tick,) in states.fetchall() if not any(begin <= tick <= end for begin, end in ranges)
    ]
    db.executemany("delete from snapshots where run = ? and tick = ?", old)
