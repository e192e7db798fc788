"""The recorder: a ring of ticks with all their inputs, and the states from which a replay begins.

Batches of ticks are compressed and written together, so the newest second may be missing after a kill;
what counts for equipment stands in the command journal. The ring drops its oldest stretch as a whole.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from kernel.journal.columns import pack, unpack
from kernel.journal.encoding import StateRecord, TickRecord
from kernel.journal.pins import SCHEMA as PINS
from kernel.journal.pins import drop_unpinned, pin_event, pins
from kernel.journal.policies_kept import SCHEMA as POLICIES
from kernel.journal.policies_kept import keep_policies
from kernel.journal.projection import FIELDS_OF_1, Fields, fields_now
from kernel.pipe.format import FORMAT

_SCHEMA: Final = (
    """
create table if not exists runs (run text primary key, header text not null);
create table if not exists snapshots (run text, tick integer, body blob not null, primary key (run, tick));
create table if not exists batches (
    id integer primary key, run text not null, first integer not null, last integer not null,
    body blob not null);
"""
    + PINS
    + POLICIES
)
BATCH: Final = 64
"""Ticks in a batch, at the most."""
BATCH_BYTES: Final = 2 * 2**20
"""Bytes of measurements in a batch, at the most and one tick: a large site fills it in a few ticks."""
WAITING_BYTES: Final = 64 * 2**20
"""Bytes of measurements that may wait for a disk; beyond, the oldest ticks are dropped."""
_BYTES_OF_A_POINT: Final = 30 / 4
"""Bytes that a block takes, for each of its index."""
STRETCH: Final = 8192
"""Ticks between two snapshots: the ring is cut at snapshots only."""
EVENTS: Final = 64
"""Events that wait to be pinned with the next batch; beyond, the oldest are dropped: pins are wider."""
_FOREVER: Final = 2**62
_encoder = msgspec.msgpack.Encoder()
_states = msgspec.msgpack.Decoder(StateRecord)


class RecordingDamaged(ValueError):
    """Something in a recording is not what was written; the message says where."""


class RunHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay must have to build the same pipe."""

    run: str
    version: str
    format: int = FORMAT
    site: str
    """Text of the site file."""
    site_digest: str
    revision: str
    """Policy revision."""
    start_ns: int
    clock: str
    folder: str = ""
    """Where the files lay that the site file names; empty for the current folder."""
    fields: dict[str, tuple[str, ...]] = {}
    """Fields of every struct that a tick could give: digests are taken over these; from format 2."""
    policies: str = ""
    """The policy bundle as JSON: a replay asks what was in force, not what is installed; from format 2."""


def fields_of(header: RunHeader) -> Fields | None:
    """Return the fields over which the digests of a run were taken; None where they are all of today's."""
    then: Fields = FIELDS_OF_1 if header.format == 1 else header.fields
    return None if not then or dict(then) == fields_now() else then


def weight(record: TickRecord) -> int:
    """Return the bytes of the measurements of a tick: they are nearly all of it."""
    return round(_BYTES_OF_A_POINT * sum(len(block.index) for block in record.blocks))


class Recorder:
    """Keeps ticks; one thread adds them, one thread at a time writes them."""

    def __init__(self, path: Path, header: RunHeader, *, keep_ticks: int = 200_000) -> None:
        """Begin a run in the recorder at a path.

        Args:
            path: the SQLite file, created where there is none.
            header: what the replay of this run needs.
            keep_ticks: length of the ring; older stretches are dropped.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self.header = header
        self._keep = keep_ticks
        self._pending: list[TickRecord] = []
        """Ticks that wait to be written; beyond a stretch the oldest are dropped: a replay finds a gap."""
        self._pending_bytes = 0
        self.dropped = 0
        """Ticks that were dropped so."""
        self._events: list[tuple[int, int, str]] = []
        self._turn = threading.Lock()
        self.policies: dict[str, str] = {}
        """Bundles that came into force in this run, as JSON by revision, until they are written."""
        self._chain = hashlib.sha256()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.executescript(_SCHEMA)
        self._db.execute("insert into runs values (?, ?)", (header.run, msgspec.json.encode(header).decode()))

    @property
    def digest(self) -> str:
        """Digest over the outputs of all ticks of this run, hexadecimal."""
        return self._chain.hexdigest()

    def snapshot(self, state: StateRecord) -> None:
        """Keep a state from which a replay may begin, and cut what has grown too old."""
        self.flush()
        body = zlib.compress(_encoder.encode(state), 1)
        self._db.execute("insert into snapshots values (?, ?, ?)", (self.header.run, state.tick, body))
        self._cut_other_runs()
        self._cut(state.tick - self._keep)

    def add(self, record: TickRecord, *, event: str = "") -> bool:
        """Take a tick; return True when a batch is full and `flush` is due.

        Args:
            record: the tick.
            event: why the stretch around it must be kept; empty where it need not.
        """
        with self._turn:
            self._pending.append(record)
            if event:
                self._events.append((record.tick, record.now_ns, event))
                del self._events[:-EVENTS]
            self._pending_bytes += weight(record)
            while len(self._pending) > STRETCH or (self._pending_bytes > WAITING_BYTES and self._pending[1:]):
                self._pending_bytes -= weight(self._pending.pop(0))
                self.dropped += 1  # a disk that hangs must not fill the memory
        self._chain.update(record.digest)
        return len(self._pending) >= BATCH or self._pending_bytes >= BATCH_BYTES

    @property
    def waiting(self) -> int:
        """Ticks that wait to be written."""
        return len(self._pending)

    def flush(self) -> None:
        """Write the pending batch."""
        with self._turn:
            batch, self._pending, self._pending_bytes = self._pending, [], 0
            events, self._events = self._events, []
        if batch:
            body = pack(batch)
            row = (self.header.run, batch[0].tick, batch[-1].tick, body)
            self._db.execute("insert into batches (run, first, last, body) values (?, ?, ?, ?)", row)

        keep_policies(self._db, self.policies)
        for tick, at_ns, why in events:
            pin_event(self._db, self.header.run, tick, at_ns, why)

    def go_on_in_memory(self) -> None:
        """Write what comes into memory alone: for a copy of the process, which must not touch the file."""
        self._original = self._db  # closing it would touch a file that is another's
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)

    def _cut(self, before_tick: int) -> None:
        """Drop the stretches that end before a tick: whole ones, so that a replay still has its start."""
        run = self.header.run
        (start,) = self._db.execute(
            "select max(tick) from snapshots where run = ? and tick <= ?", (run, before_tick)
        ).fetchone()
        if start is not None:
            drop_unpinned(self._db, run, start)

    def _cut_other_runs(self) -> None:
        """Drop whole runs, the oldest first, until this one and those left fit into the ring."""
        counts = dict(self._db.execute("select run, sum(last - first + 1) from batches group by run"))
        kept = counts.get(self.header.run, 0)
        older = self._db.execute(
            "select run from runs where run != ? order by rowid desc", (self.header.run,)
        )
        for (run,) in older.fetchall():
            kept += counts.get(run, 0)
            if kept > self._keep and pins(self._db, run):
                drop_unpinned(self._db, run, _FOREVER)
            elif kept > self._keep:
                for table in ("batches", "snapshots", "runs"):
                    self._db.execute(f"delete from {table} where run = ?", (run,))  # noqa: S608 - our tables

    def close(self) -> None:
        """Write what is pending and let go of the file."""
        self.flush()
        self._db.close()


class Recording:
    """Reads a recorder's file."""

    def __init__(self, path: Path) -> None:
        """Open a recording.

        Raises:
            FileNotFoundError: there is none at that path.
        """
        if not path.exists():
            raise FileNotFoundError(f"no recording at {path}")
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def runs(self) -> tuple[RunHeader, ...]:
        """Return the headers of all runs, oldest first."""
        rows = self._db.execute("select header from runs order by rowid")
        return tuple(msgspec.json.decode(header, type=RunHeader) for (header,) in rows)

    def first_state(self, run: str) -> StateRecord:
        """Return the state that the newest unbroken stretch of a run begins with.

        Where the ring cut around a pin, the pinned stretch before the hole is reached by `state_before`.

        Raises:
            LookupError: the run has none.
            RecordingDamaged: it cannot be read.
        """
        states = [
            tick
            for (tick,) in self._db.execute("select tick from snapshots where run = ? order by tick", (run,))
        ]
        if not states:
            raise LookupError(f"run {run} has no snapshot to begin from")
        return self._state(run, self._after_cuts(run, states))

    def _after_cuts(self, run: str, states: list[int]) -> int:
        """Return the state after the last hole that the ring left around a pin, else the oldest."""
        if not pins(self._db, run):
            return states[0]
        begin, before = states[0], None
        for first, last in self._db.execute(
            "select first, last from batches where run = ? order by first", (run,)
        ):
            if before is not None and first != before + 1 and first - 1 in states:
                begin = first - 1
            before = last
        return begin

    def state_before(self, run: str, tick: int) -> StateRecord:
        """Return the newest state from which a replay reaches a tick.

        Raises:
            LookupError: there is none that old.
            RecordingDamaged: it cannot be read.
        """
        (found,) = self._db.execute(
            "select max(tick) from snapshots where run = ? and tick < ?", (run, tick)
        ).fetchone()
        if found is None:
            (found,) = self._db.execute("select min(tick) from snapshots where run = ?", (run,)).fetchone()
        if found is None:
            raise LookupError(f"run {run} has no state before tick {tick}")
        return self._state(run, found)

    def _state(self, run: str, tick: int) -> StateRecord:
        (body,) = self._db.execute(
            "select body from snapshots where run = ? and tick = ?", (run, tick)
        ).fetchone()
        try:
            return _states.decode(zlib.decompress(body))
        except (zlib.error, msgspec.MsgspecError) as error:
            raise RecordingDamaged(f"the state of run {run} at tick {tick} is damaged: {error}") from error

    def ticks(self, run: str) -> Iterator[TickRecord]:
        """Yield the kept ticks of a run in order.

        Raises:
            RecordingDamaged: a batch cannot be read.
        """
        query = "select first, last, body from batches where run = ? order by first"
        for first, last, body in self._db.execute(query, (run,)):
            try:
                batch = unpack(body)
            except ValueError as error:
                what = f"ticks {first} to {last} of run {run} are damaged: {error}"
                raise RecordingDamaged(what) from error
            yield from batch

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
