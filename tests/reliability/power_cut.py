"""A journal on a disk in memory, its power cut at random places, and what must be left then."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kernel.command import Command, Outcome, Receipt
from kernel.journal.chain import verify
from kernel.journal.commands import CommandJournal
from kernel.journal.connection import Connection
from kernel.pipe.tick import Outputs
from kernel.point import Operation
from tests.fakes.disk import Disk, cuts
from tests.fakes.disk_sqlite import DiskConnection, DiskSystem, Fault, no_fault

FILE = Path("/commands.db")
TICKS = 60
"""Ticks of one life; with the opening, two restarts and the end of it."""


@dataclass(slots=True)
class Life:
    """What a journal lived through, and what it promised."""

    disk: Disk = field(default_factory=Disk)
    heads: dict[int, str] = field(default_factory=dict)
    """Head of the chain after every tick that was tried, by the number of its last entry."""
    acknowledged: dict[int, int] = field(default_factory=dict)
    """By place in the log: the newest entry that was acknowledged there."""

    def acknowledged_at(self, place: int) -> int:
        """Return the newest entry that was acknowledged before a place of the log."""
        return max((seq for at, seq in self.acknowledged.items() if at <= place), default=0)


def connecting(disk: Disk, name: str, fault: Fault = no_fault) -> Callable[[Path], Connection]:
    """Return what opens files on a disk, which is mounted under a name as long as that lives."""
    mounted = DiskSystem(name, disk, fault)
    return lambda path: DiskConnection(path, mounted)


def lived(seed: int, *, durable: bool = True) -> Life:
    """Let a journal live: ticks of all sizes, its log folded in between, two restarts, an end."""
    luck, life = random.Random(seed), Life()
    connect = connecting(life.disk, f"life-{seed}-{durable}")
    journal = CommandJournal(FILE, durable=durable, connect=connect)
    for number, outputs in enumerate(ticks(luck, TICKS)):
        journal.append(outputs)
        _acknowledge(life, journal)
        if luck.random() < 0.1:
            journal.tend()
        if number in (TICKS // 3, 2 * TICKS // 3):
            journal.close()
            journal = CommandJournal(FILE, durable=durable, connect=connect)
    journal.note("closed", "r", {}, at_ns=TICKS)
    _acknowledge(life, journal)
    journal.close()
    return life


def ticks(luck: random.Random, count: int) -> Iterator[Outputs]:
    """Yield ticks of all sizes, each of which ends the commands of the one before."""
    open_ids: list[str] = []
    for number in range(count):
        yield _tick(number, luck, open_ids)


def _acknowledge(life: Life, journal: CommandJournal) -> None:
    seq = max(entry.seq for entry in journal.entries(after=max(life.heads, default=0)))
    life.heads[seq] = journal.head
    life.acknowledged[life.disk.remark(seq)] = seq


def _tick(number: int, luck: random.Random, open_ids: list[str]) -> Outputs:
    commands = tuple(
        Command(
            id=f"r-{number}-{one}", trace="t", point=f"bat{one}/p", value=luck.uniform(-50.0, 50.0),
            operation=Operation.SETPOINT, tick=number, issued_at_ns=number, valid_until_ns=number + 9,
            authority="gate", revision="r", reason="x" * luck.choice((10, 100, 3000)),
        )
        for one in range(luck.randint(1, 6))
    )  # fmt: skip
    ended, open_ids[:] = open_ids[:], [command.id for command in commands]
    receipts = tuple(Receipt(command=one, outcome=Outcome.DONE, at_ns=number, detail="") for one in ended)
    return Outputs(tick=number, now_ns=number, commands=commands, receipts=receipts)


def judged(life: Life, left: dict[str, bytes], acknowledged: int) -> str:
    """Open what a cut left, as a gateway does after power is back; return what is wrong, or nothing."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        path = Path(folder) / FILE.name
        for name, body in left.items():
            path.with_name(Path(name).name).write_bytes(body)
        try:
            return _opened(life, path, acknowledged)
        except (sqlite3.Error, ValueError) as error:
            return f"cannot be opened: {error}"


def _opened(life: Life, path: Path, acknowledged: int) -> str:
    journal = CommandJournal(path)
    try:
        entries = list(journal.entries())
        if broken := verify(entries):
            return broken[0]
        if len(entries) < acknowledged:
            return f"entries {len(entries) + 1} to {acknowledged} were acknowledged and are lost"
        if entries and life.heads.get(len(entries)) != journal.head:
            return f"{len(entries)} entries are no whole number of ticks"
        journal.note("opened", "after", {}, at_ns=0)
    finally:
        journal.close()
    database = sqlite3.connect(path)
    (sound,) = database.execute("pragma integrity_check").fetchone()
    database.close()
    return "" if sound == "ok" else f"integrity check: {sound}"


def memory() -> str | None:
    """Return a folder in memory where the system has one: the disk that is tested is not this one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def cut_and_judge(seed: int, count: int, *, durable: bool = True) -> list[str]:
    """Cut the power of one life `count` times; return what was wrong, each with what repeats it."""
    life, luck = lived(seed, durable=durable), random.Random(f"cuts of {seed}")
    at = [luck.randrange(len(life.disk.log) + 1) for _ in range(count)]
    found = []
    for place, left in cuts(life.disk.log, at, luck):
        wrong = judged(life, left, life.acknowledged_at(place))
        if wrong:
            found.append(f"seed {seed}, cut before operation {place}: {wrong}")
    return found
