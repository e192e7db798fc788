"""What a killed gateway had journalled and not handed to the outbox is told by the next one, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from aios.folder import Folder
from aios.outbox.left_behind import left_behind
from aios.outbox.writer import OutboxWriter
from drivers.historian.outbox import Outbox, OutboxReader
from kernel.journal.commands import CommandJournal
from kernel.pipe.tick import Outputs
from kernel.ports import Published
from kernel.repair import RepairOrder
from kernel.shell.clock import VirtualClock
from tests.fakes.nord_alarms import alarm
from tests.unit.aios.test_reload_goes_on import BEGAN, House
from tests.unit.drivers.historian.outbox_samples import POINTS, SECOND, finding, order, reading


class Killed:
    """A folder as a killed gateway left it."""

    def __init__(self, folder: Path) -> None:
        self.outbox = folder / "outbox"
        self.journal = CommandJournal(folder / "commands.db")
        self._writer = Outbox(self.outbox, POINTS)

    def tick(self, second: int, *documents: Published, kept: bool = True) -> None:
        """Journal a tick, and hand it to the outbox unless the kill comes first."""
        told = Outputs(tick=second, now_ns=second * SECOND, published=documents)
        if told.is_news():
            self.journal.append(told)
        if kept:
            self._writer.append([reading(second)], documents)

    def left(self) -> tuple[Published, ...]:
        self._writer.close()
        found = left_behind(self.journal, self.outbox)
        self.journal.close()
        return found


def test_what_was_journalled_and_not_handed_over_is_found(tmp_path: Path) -> None:
    killed = Killed(tmp_path)
    killed.tick(1, order(1))
    killed.tick(2, order(2), finding(2), kept=False)
    assert killed.left() == (order(2), finding(2))


def test_what_the_outbox_has_is_not_told_again(tmp_path: Path) -> None:
    killed = Killed(tmp_path)
    killed.tick(1, order(1))
    killed.tick(2)
    killed.tick(3, order(3), finding(3))
    assert killed.left() == ()


def test_a_kill_in_the_first_second_of_all_leaves_nothing_behind_either(tmp_path: Path) -> None:
    killed = Killed(tmp_path)
    killed.tick(1, order(1), kept=False)
    assert killed.left() == (order(1),)


def test_what_a_start_notes_again_is_nothing_new(tmp_path: Path) -> None:
    killed = Killed(tmp_path)
    killed.tick(1, order(1))
    standing = alarm()
    killed.journal.note("alarm", standing.id, standing, at_ns=5 * SECOND)
    assert killed.left() == ()


def test_a_damaged_outbox_holds_up_no_start(tmp_path: Path) -> None:
    killed = Killed(tmp_path)
    killed.tick(1, order(1))
    killed._writer.close()
    (segment,) = killed.outbox.glob("segment-*.sqlite")
    segment.write_bytes(b"rubbish" * 1000)
    assert left_behind(killed.journal, killed.outbox) == (order(1),)
    killed.journal.close()


async def test_the_next_life_of_a_gateway_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(Folder(root=tmp_path), VirtualClock(start_ns=BEGAN))
    first = house.life("r1")
    first.assembly.kernel.inbox.publish(order(1))
    await first.tick()
    first.assembly.kernel.inbox.publish(order(2))
    monkeypatch.setattr(OutboxWriter, "put", lambda *_: None)
    await first.tick()
    monkeypatch.undo()
    first.end()
    house.life("r2").end()
    reader, told = OutboxReader(house.folder.outbox, "history"), list[RepairOrder]()
    while (batch := reader.next_batch()) is not None:
        told += [one for one in batch.documents if isinstance(one, RepairOrder)]
        reader.done(batch)
    reader.close()
    assert told == [order(1), order(2)]
