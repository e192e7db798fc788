"""The command journal: what was decided, permitted, written and came of it, in one hash chain.

SQLite in WAL mode with `synchronous=FULL`: an acknowledged entry survives a power cut. One transaction a
tick, and only when something changed. A command has exactly one end state: the table of ends has the
command's id as its key.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from kernel.command import Command, Outcome, Receipt
from kernel.finding import Finding
from kernel.instruction import subject
from kernel.pipe.tick import Outputs
from kernel.point import Operation
from kernel.repair import RepairOrder

_SCHEMA: Final = """
create table if not exists entries (
    seq integer primary key, at_ns integer not null, tick integer not null, kind text not null,
    subject text not null, body text not null, hash blob not null);
create index if not exists entries_subject on entries (subject);
create table if not exists commands (id text primary key, seq integer not null, body text not null);
create table if not exists ends (command text primary key, outcome text not null, seq integer not null);
"""
_ALL: Final = "select seq, at_ns, tick, kind, subject, body, hash from entries where seq > ? order by seq"
_ABOUT: Final = _ALL.replace("order by", "and subject = ? order by")
_LATEST: Final = (
    "select body, outcome from commands left join ends on ends.command = commands.id "
    "order by commands.seq desc limit 10000"
)
FIRST_HASH: Final = b"\0" * 32
PATIENCE_S: Final = 0.5
"""Real seconds to wait for another writer, of this process or of another."""
NEVER_EXECUTED: Final = (Outcome.EXPIRED, Outcome.REFUSED)
_encoder = msgspec.json.Encoder(order="deterministic")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal."""

    seq: int
    at_ns: int
    tick: int
    kind: str
    """opened, safe_set, instruction, basis, command, refused, receipt, rung, gate, journal, finding, repair
    or closed."""
    subject: str
    """Command id, asset, agent or run that the line is about."""
    body: str
    """JSON."""
    hash: bytes


class JournalDown(Exception):
    """The journal could not make an entry durable; nothing but the safe set may be written now."""


class StandsAlready(JournalDown):
    """A command or an end state is in the journal already: each is entered once."""


class NotWritable(JournalDown):
    """What should be entered cannot be put into words: trying again does not help."""


class CommandJournal:
    """Appends entries; one object and one thread write it at a time."""

    def __init__(self, path: Path, *, read_only: bool = False, durable: bool = True) -> None:
        """Open or create the journal at a path, and take up its chain.

        Args:
            path: the SQLite file.
            read_only: only read, beside a gateway that writes.
            durable: whether an entry must survive a power cut; a simulated run is repeated from its seed.
        """
        self.path = path
        self._turn = threading.Lock()
        if read_only:
            self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, timeout=PATIENCE_S, check_same_thread=False, isolation_level=None
            )
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=full" if durable else "pragma synchronous=normal")
            self._db.executescript(_SCHEMA)
        last = self._db.execute("select seq, hash from entries order by seq desc limit 1").fetchone()
        self._seq: int = last[0] if last else 0
        self._hash: bytes = last[1] if last else FIRST_HASH

    @property
    def head(self) -> str:
        """Hash of the newest entry, hexadecimal: it stands for the whole chain."""
        return self._hash.hex()

    def note(self, kind: str, subject: str, body: Any, *, at_ns: int, tick: int = -1) -> None:
        """Append one entry that is not part of a tick.

        Raises:
            JournalDown: it could not be made durable.
        """
        self._transact([(kind, subject, body)], at_ns=at_ns, tick=tick)

    def append(self, outputs: Outputs) -> None:
        """Append everything a tick decided, in one transaction.

        Raises:
            JournalDown: it could not be made durable; no entry of it stands.
        """
        self._transact(list(_lines(outputs)), at_ns=outputs.now_ns, tick=outputs.tick)

    def _transact(self, lines: list[tuple[str, str, Any]], *, at_ns: int, tick: int) -> None:
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise JournalDown("another entry is still being committed")
        try:
            self._write(lines, at_ns=at_ns, tick=tick)
        finally:
            self._turn.release()

    def _write(self, lines: list[tuple[str, str, Any]], *, at_ns: int, tick: int) -> None:
        seq, chain = self._seq, self._hash
        try:
            self._db.execute("begin immediate")
            for kind, subject, body in lines:
                seq += 1
                text = _encoder.encode(body).decode()
                chain = link(chain, seq=seq, at_ns=at_ns, tick=tick, kind=kind, subject=subject, body=text)
                row = (seq, at_ns, tick, kind, subject, text, chain)
                self._db.execute("insert into entries values (?, ?, ?, ?, ?, ?, ?)", row)
                if isinstance(body, Command):
                    self._db.execute("insert into commands values (?, ?, ?)", (body.id, seq, text))
                elif isinstance(body, Receipt):
                    row_end = (body.command, body.outcome.value, seq)
                    self._db.execute("insert into ends values (?, ?, ?)", row_end)
            self._db.execute("commit")
        except Exception as error:  # whatever it was: no half entry may stay, and the next one must be free
            if self._db.in_transaction:
                with contextlib.suppress(sqlite3.Error):  # a broken disk; the next entry tries again
                    self._db.execute("rollback")
            raise _finding(error)(f"{lines[0][0] if lines else 'nothing'} at tick {tick}: {error}") from error
        self._seq, self._hash = seq, chain

    def open_commands(self) -> tuple[Command, ...]:
        """Return the journalled commands that have no end state, oldest first."""
        rows = self._db.execute(
            "select body from commands where id not in (select command from ends) order by seq"
        )
        return tuple(msgspec.json.decode(body, type=Command) for (body,) in rows)

    def last_sequences(self) -> dict[str, int]:
        """Return the last sequence number used on each point."""
        rows = self._db.execute("select body from commands order by seq desc limit 10000")
        last: dict[str, int] = {}
        for (body,) in rows:
            command = msgspec.json.decode(body, type=Command)
            if command.sequence is not None:
                last.setdefault(command.point, command.sequence)
        return last

    def last_setpoints(self) -> dict[str, Command]:
        """Return, for each point, the newest command that may stand on the device without an owner now.

        A safe value that was read back needs none: it is not among them.
        """
        rows = self._db.execute(_LATEST)
        last: dict[str, tuple[Command, str | None]] = {}
        for body, outcome in rows:
            command = msgspec.json.decode(body, type=Command)
            if command.operation is Operation.SETPOINT and outcome not in NEVER_EXECUTED:
                last.setdefault(command.point, (command, outcome))
        return {
            point: command
            for point, (command, outcome) in last.items()
            if command.authority == "gate" or outcome != Outcome.DONE
        }

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

    def entries(self, *, subject: str | None = None, after: int = 0) -> Iterator[Entry]:
        """Yield entries in order, all or those about one subject."""
        query: str = _ALL
        values: tuple[int | str, ...] = (after,)
        if subject is not None:  # a query of its own, so that SQLite takes the index
            query, values = _ABOUT, (after, subject)
        for seq, at_ns, tick, kind, about, body, chain in self._db.execute(query, values):
            yield Entry(seq=seq, at_ns=at_ns, tick=tick, kind=kind, subject=about, body=body, hash=chain)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _finding(error: Exception) -> type[JournalDown]:
    if isinstance(error, sqlite3.IntegrityError):
        return StandsAlready
    return JournalDown if isinstance(error, sqlite3.Error) else NotWritable


def link(before: bytes, *, seq: int, at_ns: int, tick: int, kind: str, subject: str, body: str) -> bytes:
    """Return the hash of an entry: SHA-256 over the hash before it and all its fields.

    Texts go with their lengths, so that nothing can move from one field to the next unseen.
    """
    head = f"{seq}|{at_ns}|{tick}|{len(kind)}|{kind}|{len(subject)}|{subject}|".encode()
    return hashlib.sha256(before + head + body.encode()).digest()


def verify(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Check a chain from its beginning; return a finding for the first entry that does not fit."""
    chain, expected = FIRST_HASH, 1
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


def _lines(outputs: Outputs) -> Iterator[tuple[str, str, Any]]:
    """Order the entries of a tick: what ended, why, what was permitted, what was not, what was learnt."""
    yield from (("instruction", subject(told.instruction), told) for told in outputs.instructions)
    yield from (("sent", sent.command, sent) for sent in outputs.sent)
    yield from (("receipt", receipt.command, receipt) for receipt in outputs.receipts)
    yield from (("basis", basis.command, basis) for basis in outputs.bases)
    yield from (("command", command.id, command) for command in outputs.commands)
    yield from (("refused", refused.id, refused) for refused in outputs.refused)
    yield from (("rung", change.agent, change) for change in outputs.rungs)
    for document in outputs.published:
        if isinstance(document, Finding):
            yield "finding", document.asset, document
        elif isinstance(document, RepairOrder):
            yield "repair", document.asset, document
    if outputs.gate_failure is not None:
        yield "gate", "gate", {"failure": outputs.gate_failure}
    if outputs.journal_failure is not None:
        yield "journal", "journal", {"failure": outputs.journal_failure}
