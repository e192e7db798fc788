"""The command journal: what was decided, permitted, written and came of it, in one hash chain.

SQLite in WAL mode with `synchronous=FULL`: an acknowledged entry survives a power cut. One transaction a
tick, and only when something changed. A command has exactly one end state: the table of ends has the
command's id as its key.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from kernel.capability import Stored
from kernel.command import Command
from kernel.journal.chain import FIRST_HASH, Entry
from kernel.journal.connection import (
    PATIENCE_S,
    Connect,
    Connection,
    connect,
    connect_reader,
    insert,
    prepare,
)
from kernel.journal.failure import JournalDown, JournalLost, kind_of
from kernel.journal.holds import is_needed
from kernel.journal.lines import Lines, Worded, lines_of, rows_of, worded
from kernel.journal.notary import Notary, carried, cut
from kernel.journal.written import last_sequences, set_points
from kernel.pipe.tick import Outputs

_ALL: Final = "select seq, at_ns, tick, kind, subject, body, hash from entries where seq > ? order by seq"
_ABOUT: Final = _ALL.replace("order by", "and subject = ? order by")
_BEFORE: Final = _ABOUT.replace("seq > ?", "seq < ?").replace("order by seq", "order by seq desc")
_TOLD: Final = _ALL.replace("seq > ?", "kind in ('instruction', 'lapsed')")
_ASKED: Final = _ALL.replace("seq > ?", "kind in ('question', 'request')")
_LATEST: Final = (
    "select body, outcome from commands left join ends on ends.command = commands.id "
    "order by commands.seq desc"
)
TENDED: Final = 4096
"""Entries after which the write-ahead log is folded into the file."""


class CommandJournal:
    """Appends entries; one object and one thread write it at a time."""

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        durable: bool = True,
        connect: Connect = connect,
        notary: Notary | None = None,
    ) -> None:
        """Open or create the journal at a path, and take up its chain.

        Args:
            path: the SQLite file.
            read_only: only read, beside a gateway that writes.
            durable: whether an entry must survive a power cut; a simulated run is repeated from its seed.
            connect: opens the file for writing.
            notary: signs heads of the chain and lets old entries go; None where nobody does.
        """
        self.path = path
        self.lost = ""
        """Why no entry can be taken until the journal is opened again; empty while it can."""
        self._turn = threading.Lock()
        self._untended = 0
        self._worded: Worded | None = None
        if read_only:
            self._db = connect_reader(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = connect(path)
            try:
                prepare(self._db, durable=durable)
            except sqlite3.Error:
                self._db.close()
                raise
        last = self._db.execute("select seq, hash, at_ns from entries order by seq desc limit 1").fetchone()
        self._seq: int = last[0] if last else 0
        self._hash: bytes = last[1] if last else FIRST_HASH
        self._at_ns: int = last[2] if last else 0
        self._notary = notary
        if notary is not None:
            notary.take_up(self._db)

    @property
    def newest(self) -> int:
        """Number of the newest entry, 0 where there is none; for a reader, of when it opened the journal."""
        return self._seq

    @property
    def head(self) -> str:
        """Hash of the newest entry, hexadecimal: it stands for the whole chain."""
        return self._hash.hex()

    def note(self, kind: str, subject: str, body: Any, *, at_ns: int, tick: int = -1) -> None:
        """Append one entry that is not part of a tick.

        Raises:
            JournalDown: it could not be made durable.
        """
        line = (kind, subject, body)
        self._transact(lambda: (line,), at_ns=at_ns, tick=tick)
        if self.wants_tending:
            with contextlib.suppress(JournalDown):  # the entry itself is durable
                self.tend()

    def append(self, outputs: Outputs) -> None:
        """Append everything a tick decided, in one transaction.

        Raises:
            JournalDown: it could not be made durable; no entry of it stands.
        """
        lines = partial(lines_of, outputs)
        self._transact(lines, at_ns=outputs.now_ns, tick=outputs.tick, tells=outputs)

    def word(self, outputs: Outputs) -> None:
        """Put into words what `append` may be asked to take next: if it is not, the words are forgotten."""
        self._worded = worded(outputs, seq=self._seq, chain=self._hash)

    def _transact(self, lines: Lines, *, at_ns: int, tick: int, tells: Outputs | None = None) -> None:
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise JournalDown("another entry is still being committed")
        try:
            self._write(lines, at_ns=at_ns, tick=tick, tells=tells)
        finally:
            self._turn.release()

    def _write(self, lines: Lines, *, at_ns: int, tick: int, tells: Outputs | None) -> None:
        if self.lost:
            raise JournalLost(self.lost)
        ahead, self._worded = self._worded, None
        try:
            rows = None if ahead is None else ahead.take(tells, seq=self._seq, chain=self._hash)
            if rows is None:
                rows = rows_of(lines(), seq=self._seq, chain=self._hash, at_ns=at_ns, tick=tick)
            self._db.execute("begin immediate")
            insert(self._db, "entries", rows.entries)
            insert(self._db, "commands", rows.commands)
            insert(self._db, "ends", rows.ends)
            self._db.execute("commit")
        except Exception as error:  # whatever it was: no half entry may stay, and the next one must be free
            first, *_ = next(iter(lines()), ("nothing",))
            raise self._failed(error, f"{first} at tick {tick}: {error}") from error
        self._seq, self._hash, self._at_ns = rows.seq, rows.hash, at_ns
        self._untended += len(rows.entries)

    def _failed(self, error: Exception, what: str) -> JournalDown:
        """Leave the journal free for the next entry, or closed to it where the disk confirms nothing."""
        kind = kind_of(error)
        if kind is JournalLost:
            self.lost = what
        if self._db.in_transaction:
            with contextlib.suppress(sqlite3.Error):  # a broken disk; the next entry tries again
                self._db.execute("rollback")
        return kind(what)

    @property
    def connection(self) -> Connection:
        """The database, for those who only read it."""
        return self._db

    @property
    def wants_tending(self) -> bool:
        """Tell whether `tend` has something to do, after an entry and before the next."""
        is_due = self._notary is not None and self._notary.is_due(self._seq, self._at_ns)
        return (self._untended >= TENDED or is_due) and not self.lost

    def tend(self) -> None:
        """Sign the head, let old entries go, fold the log into the file: work that no tick should wait for.

        Raises:
            JournalDown: it failed; what was acknowledged stands in the log, unless the journal is lost.
        """
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise JournalDown("another entry is still being committed")
        try:
            if self._notary is not None:
                self._notarize(self._notary)
            self._db.execute("pragma wal_checkpoint(passive)").fetchall()
            self._untended = 0
        except sqlite3.Error as error:
            raise self._failed(error, f"write-ahead log: {error}") from error
        finally:
            self._turn.release()

    def _notarize(self, notary: Notary) -> None:
        notary.sign(self._db, seq=self._seq, head=self.head, at_ns=self._at_ns)
        limit = notary.may_go(self._db, now_ns=self._at_ns, is_needed=self._is_needed)
        if limit is None:
            return
        keep = carried(self._db, limit.seq)
        body = {"through": limit.seq, "hash": limit.hash, "carried": keep}
        rows = rows_of(
            [("cut", "journal", body)], seq=self._seq, chain=self._hash, at_ns=self._at_ns, tick=-1
        )
        self._db.execute("begin immediate")
        cut(self._db, limit.seq, keep)
        insert(self._db, "entries", rows.entries)
        self._db.execute("commit")
        self._seq, self._hash = rows.seq, rows.hash

    def _is_needed(self, through: int) -> bool:
        return is_needed(self._db, tuple(self.told()), through=through, now_ns=self._at_ns)

    def open_commands(self) -> tuple[Command, ...]:
        """Return the journalled commands that have no end state, oldest first."""
        query = "select body from commands where id not in (select command from ends) order by seq"
        return tuple(msgspec.json.decode(body, type=Command) for (body,) in self._db.execute(query))

    def stored(self) -> tuple[Stored, ...]:
        """Return what agents have stored, in the order of the entries."""
        rows = self._db.execute("select body from entries where kind = 'stored' order by seq")
        return tuple(msgspec.json.decode(body, type=Stored) for (body,) in rows)

    def last_sequences(self, points: Collection[str] = ()) -> dict[str, int]:
        """Return the last sequence number used on each point; on these points however long ago."""
        return last_sequences(self.bodies(), points)

    def bodies(self) -> Iterator[str]:
        """Yield all commands as JSON, the newest first."""
        yield from (body for (body,) in self._db.execute("select body from commands order by seq desc"))

    def last_setpoints(self, points: Collection[str] = ()) -> dict[str, Command]:
        """Return, for each point, the newest command that may stand on the device without an owner now.

        A safe value that was read back needs none: it is not among them.
        """
        last = {point: written[0] for point, written in self.set_points(points).items()}
        return {
            point: command
            for point, (command, was_done) in last.items()
            if command.authority == "gate" or not was_done
        }

    def set_points(self, points: Collection[str] = ()) -> dict[str, list[tuple[Command, bool]]]:
        """Return what was written on each set-point, the newest first, and whether it was read back.

        On these points the last write is found however long ago it was.
        """
        return set_points(self._db.execute(_LATEST), points)

    def last_tick(self, run: str) -> int:
        """Return the number of the last tick of a run that the journal knows of; -1 where it knows none."""
        rows = self._db.execute("select seq from entries where kind = 'opened' order by seq desc")
        end = self._seq + 1
        for (seq,) in rows.fetchall():
            (tick,) = self._db.execute(
                "select max(tick) from entries where seq > ? and seq < ?", (seq, end)
            ).fetchone()
            (name,) = self._db.execute("select subject from entries where seq = ?", (seq,)).fetchone()
            if name == run:
                return -1 if tick is None else int(tick)
            end = seq
        return -1

    def told(self) -> Iterator[Entry]:
        """Yield what people told the gateway, and what of it ran out, in order."""
        return self._entries(_TOLD)

    def asked(self) -> Iterator[Entry]:
        """Yield what people were asked and what they asked for, in order."""
        return self._entries(_ASKED)

    def of_kinds(self, kinds: Collection[str], *, after: int, most: int) -> Iterator[Entry]:
        """Yield the first entries of some kinds behind a number, in order, up to `newest`."""
        among = f"and seq <= ? and kind in ({', '.join('?' * len(kinds))}) order by"
        query = f"{_ALL.replace('order by', among)} limit ?"
        return self._entries(query, (after, self._seq, *sorted(kinds), most))

    def entries(self, *, subject: str | None = None, after: int = 0, before: int = 0) -> Iterator[Entry]:
        """Yield entries in order, all or those about one subject; those before a number, the newest first."""
        if subject is None:
            return self._entries(_ALL, (after,))
        if before:
            return self._entries(_BEFORE, (before, subject))
        return self._entries(_ABOUT, (after, subject))  # a query of its own, so that SQLite takes the index

    def _entries(self, query: str, values: tuple[int | str, ...] = ()) -> Iterator[Entry]:
        for seq, at_ns, tick, kind, about, body, chain in self._db.execute(query, values):
            yield Entry(seq=seq, at_ns=at_ns, tick=tick, kind=kind, subject=about, body=body, hash=chain)

    def close(self) -> None:
        """Sign what is not signed, and let go of the file."""
        if self._notary is not None:
            with contextlib.suppress(sqlite3.Error):  # a broken disk; the next start signs
                self._notary.sign(self._db, seq=self._seq, head=self.head, at_ns=self._at_ns)
            self._notary.close()
        self._db.close()
