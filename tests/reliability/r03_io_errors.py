"""R3: every call to the disk fails once, in every way it can; then the power goes.

A whole kernel runs over a journal on a disk in memory. The n-th call of its life fails: an error of the
device, a full disk, half a write, a sync that the disk does not confirm. What must hold: every command that
left for the equipment on a permit was in the journal first and is there after the cut, the chain is whole,
and after an unconfirmed sync the journal takes nothing until it is opened again. An error while a journal is
opened may refuse the start, aloud.

The control is a journal that takes a failed sync for a success.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from kernel.journal.chain import verify
from kernel.journal.commands import CommandJournal
from kernel.journal.failure import JournalDown
from tests.fakes.disk import Disk, cuts
from tests.fakes.disk_sqlite import no_fault
from tests.reliability.power_cut import FILE, connecting
from tests.reliability.promise import Promise, Tally
from tests.unit.kernel.shell.test_kernel import Plant

WAYS = {"xWrite": ("eio", "enospc", "short write"), "xSync": ("fsync",)}
"""What can go wrong with a call; every other call has an error of the device alone."""
TICKS = 24


class NthCall:
    """Lets one call fail, and counts all of them."""

    def __init__(self, at: int = -1, way: str = "") -> None:
        self.calls: list[str] = []
        self._at, self._way = at, way

    def __call__(self, call: str, file: str) -> str:
        self.calls.append(call)
        return self._way if len(self.calls) - 1 == self._at else ""

    @property
    def struck(self) -> bool:
        return 0 <= self._at < len(self.calls)


def sites() -> list[tuple[int, str]]:
    """Return every (call, way to fail) of a life in which nothing fails."""
    watch = NthCall()
    _life(Disk(), watch, "sites")
    return [(at, way) for at, call in enumerate(watch.calls) for way in WAYS.get(call, ("eio",))]


def _life(disk: Disk, fault: Any, name: str, *, journal: type[CommandJournal] = CommandJournal) -> list[str]:
    """Run a kernel for its life; return the permitted commands that left for the equipment."""
    connect = connecting(disk, f"r03-{name}", fault)
    with tempfile.TemporaryDirectory() as folder:
        try:
            opened = journal(FILE, connect=connect)
        except sqlite3.Error:
            return []  # the start is refused, aloud
        plant = Plant(Path(folder), journal=opened)
        asyncio.run(_ticks(plant, opened))
        with contextlib.suppress(sqlite3.Error):  # told when it ended; nothing was written after
            plant.kernel.close()
    return [command.id for command in plant.driver.writes if command.authority == "gate"]


async def _ticks(plant: Plant, journal: CommandJournal) -> None:
    for number in range(TICKS):
        await plant.run(1, meter=60.0 + 10.0 * (number % 4))
        if number % 8 == 7 and not journal.lost:
            with contextlib.suppress(JournalDown):  # told; what is acknowledged is judged below
                journal.tend()


def judged(at: int, way: str, seed: int, *, journal: type[CommandJournal] = CommandJournal) -> str:
    """Let one call fail, cut the power at the end; return what is wrong, or nothing."""
    disk, fault = Disk(), NthCall(at, way)
    written = _life(disk, fault, f"{at}-{way}", journal=journal)
    if not fault.struck:
        return "the call that should fail was not made"
    ((_, left),) = cuts(disk.log, [len(disk.log)], random.Random(seed))
    after = Disk(files={name: bytearray(body) for name, body in left.items()})
    try:
        kept = CommandJournal(FILE, connect=connecting(after, f"r03-after-{at}-{way}", no_fault))
        entries = list(kept.entries())
        kept.close()
    except sqlite3.Error as error:
        return f"cannot be opened after the cut: {error}"
    lost = set(written) - {entry.subject for entry in entries if entry.kind == "command"}
    return next(iter(verify(entries)), "") or (
        f"written and not in the journal: {sorted(lost)}" if lost else ""
    )


def attempt(seed: int, count: int) -> Tally:
    """Try `count` of the call sites in one shuffled order, from the place that the seed names."""
    every = sites()
    random.Random(3).shuffle(every)
    chosen = [every[(seed + number) % len(every)] for number in range(count)]
    found = [(at, way, judged(at, way, seed)) for at, way in chosen]
    broken = tuple(f"call {at}, {way}: {wrong}" for at, way, wrong in found if wrong)
    return Tally(tried=count, broken=broken, worst={"call_sites": float(len(every))})


class Trusting(CommandJournal):
    """A journal that takes a failed sync for a success, and goes on."""

    def _failed(self, error: Exception, what: str) -> Any:
        raised = super()._failed(error, what)
        self.lost = ""
        return raised

    def _transact(self, lines: Any, **about: Any) -> None:
        try:
            super()._transact(lines, **about)
        except JournalDown as error:
            if "disk I/O" not in str(error) and "fsync" not in str(error):
                raise


def control(seed: int) -> Tally:
    """Let every sync fail once under a journal that trusts it."""
    syncs = [(at, way) for at, way in sites() if way == "fsync"]
    found = [(at, judged(at, way, seed, journal=Trusting)) for at, way in syncs]
    return Tally(tried=len(syncs), broken=tuple(f"call {at}: {wrong}" for at, wrong in found if wrong))


PROMISE = Promise(
    id="R3",
    claim="Every call of the journal to its disk fails once in every way: safe state, and no silent loss",
    unit="failed calls",
    full=1_500,
    reduced=80,
    attempt=attempt,
    control=control,
    part=500,
    seed=0,
)
