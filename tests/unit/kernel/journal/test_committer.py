"""A journal that hangs is a journal that is down: the tick ends, safe, and the chain tells what happened."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from kernel.command import Command, Outcome
from kernel.journal.chain import verify
from kernel.journal.committer import OWED, Debts
from kernel.journal.failure import JournalDown
from kernel.journal.recorder import BATCH
from kernel.pipe.tick import Outputs
from kernel.quality import INVALID
from tests.unit.kernel.conftest import METER
from tests.unit.kernel.journal.entries import command
from tests.unit.kernel.shell.test_kernel import Plant

ENOUGH_S = 10.0
"""Real seconds that a disk which does not hang may take: a machine may have much else to do."""


class Disk:
    """Lets appends through, or holds them until it is told to go on; then it may fail them."""

    def __init__(self, plant: Plant) -> None:
        self.free = threading.Event()
        self.free.set()
        self.fails = False
        self._append = plant.journal.append
        self._committer = plant.kernel._committer

    def hang(self) -> None:
        """Hold what comes; it is waited for briefly, because it will not end."""
        self._committer._patience_s = 0.05
        self.free.clear()

    def go_on(self) -> None:
        self._committer._patience_s = ENOUGH_S
        self.free.set()

    def append(self, outputs: Outputs) -> None:
        assert self.free.wait(ENOUGH_S)
        if self.fails:
            raise JournalDown("disk full")
        self._append(outputs)


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    made = Plant(tmp_path, threaded=True, journal_patience_s=ENOUGH_S)
    yield made
    made.kernel.close()


@pytest.fixture
def disk(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    made = Disk(plant)
    monkeypatch.setattr(plant.journal, "append", made.append)
    yield made
    made.go_on()


async def ended(plant: Plant) -> None:
    """Wait until the committing thread has nothing to do."""
    assert await plant.kernel._committer._lane.ended(ENOUGH_S)


def ends(plant: Plant) -> dict[str, list[Outcome]]:
    told: dict[str, list[Outcome]] = {}
    for entry in plant.journal.entries():
        if entry.kind == "command":
            told.setdefault(entry.subject, [])
    for receipt in plant.receipts():
        told[receipt.command].append(receipt.outcome)
    return told


async def test_a_journal_that_hangs_ends_no_tick_and_only_the_safe_set_is_written(
    plant: Plant, disk: Disk
) -> None:
    disk.hang()
    await asyncio.wait_for(plant.run(5, meter=80.0), timeout=5)
    assert [(c.authority, c.value) for c in plant.driver.writes] == [("safe_set", 0.0)]
    assert plant.kernel.state.journal_failure == "still committing"
    assert plant.kernel.outages.failures["journal"] == 5


@pytest.mark.parametrize("fails", [False, True], ids=["durable after all", "lost after all"])
async def test_after_a_hang_the_journal_has_every_write_and_one_end_of_each(
    plant: Plant, disk: Disk, *, fails: bool
) -> None:
    disk.hang()
    await plant.run(3, meter=80.0)
    disk.fails = fails
    disk.go_on()
    await ended(plant)
    disk.fails = False
    for _ in range(8):
        await plant.run(1, meter=80.0)
        await ended(plant)
    entries = list(plant.journal.entries())
    assert verify(entries) == ()
    assert [e.tick for e in entries] == sorted(e.tick for e in entries)
    told, written = ends(plant), [c.id for c in plant.driver.writes]
    assert set(written) <= set(told)
    assert all(len(outcomes) == 1 for outcomes in told.values())
    never_sent = [outcomes[0] for name, outcomes in told.items() if name not in written]
    assert never_sent == ([] if fails else [Outcome.EXPIRED])
    assert plant.driver.writes[-1].value == 30.0
    assert plant.kernel.state.journal_failure == ""
    says = [msgspec.json.decode(e.body)["failure"] for e in entries if e.kind == "journal"]
    assert says == ["still committing", ""]


async def test_a_debt_is_paid_in_the_first_tick_that_can_though_nothing_happens_in_it(
    plant: Plant, disk: Disk
) -> None:
    disk.fails = True
    plant.driver.quality[METER] = INVALID
    await plant.run(3)
    disk.fails = False
    assert len(plant.kernel._committer.debts.ticks) == 1
    await plant.run(1)
    assert len(plant.kernel._committer.debts.ticks) == 0
    assert [(e.kind, e.tick) for e in plant.journal.entries()] == [
        ("rung", 0),
        ("journal", 0),
        ("journal", 3),
    ]


async def test_the_journal_says_itself_that_it_was_away_and_the_gate_is_not_blamed(
    plant: Plant, disk: Disk
) -> None:
    disk.fails = True
    await plant.run(3, meter=80.0)
    assert (plant.kernel.state.gate_failure, plant.kernel.state.journal_failure) == ("", "disk full")


async def test_a_recorder_that_hangs_misses_its_turn_and_holds_nobody_up(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    with monkeypatch.context() as hung:
        hung.setattr(plant.recorder, "flush", lambda: free.wait(ENOUGH_S) and None)
        await asyncio.wait_for(plant.run(BATCH + 3, meter=80.0), timeout=20)
        assert plant.kernel.outages.failures["recorder"] >= 1
        free.set()
        assert await plant.kernel.recording.lane.ended(ENOUGH_S)
    assert {c.value for c in plant.driver.writes} == {30.0}


def owing(tick: int, *commands: Command) -> Outputs:
    return Outputs(tick=tick, now_ns=tick, commands=commands)


def test_what_moved_equipment_is_owed_longest() -> None:
    debts = Debts()
    debts.add(owing(0, command("c0")))
    for tick in range(1, OWED + 50):
        debts.add(owing(tick))
    kinds = Counter(bool(one.commands) for one in debts.ticks)
    assert (kinds[True], len(debts.ticks)) == (1, OWED)
    assert debts.ticks[0].tick == 0
    assert debts.ticks[-1].tick == OWED + 49
