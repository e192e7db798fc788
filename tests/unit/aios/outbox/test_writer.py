"""The outbox writer: documents outlive a disk hiccup, and a slow disk never holds who puts something in."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from aios.outbox.writer import AN_APPEND, OutboxWriter
from drivers.historian.batch import Gap
from drivers.historian.outbox import Outbox, OutboxReader, OutboxUnwritable
from kernel.measurement import Block
from kernel.ports import Published
from tests.unit.drivers.historian.outbox_samples import POINTS, SECOND, order, reading


class SlowOutbox(Outbox):
    """A real outbox whose disk waits until it is let on."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, POINTS)
        self.at_work = threading.Event()
        self.on = threading.Event()

    def append(self, blocks: Sequence[Block], documents_: Sequence[Published] = ()) -> None:
        self.at_work.set()
        assert self.on.wait(30.0)
        super().append(blocks, documents_)


def kept(directory: Path) -> tuple[list[float], list[str]]:
    """First value of every block, and id of every order, in the order they were kept."""
    reader, values, ids = OutboxReader(directory, "history"), [], []
    while (batch := reader.next_batch()) is not None:
        values += [float(block.value[0]) for block in batch.blocks]
        ids += [document.id for document in batch.documents]
        reader.done(batch)
    reader.close()
    return values, ids


def gaps(directory: Path) -> list[Gap]:
    """What is recorded as lost."""
    reader, found = OutboxReader(directory, "gaps"), list[Gap]()
    while (batch := reader.next_batch()) is not None:
        found += batch.gaps
        reader.done(batch)
    reader.close()
    return found


def full(outbox: Outbox, pages: int = 1) -> None:
    outbox._connection.execute(f"PRAGMA max_page_count={pages}")


def test_documents_that_a_full_disk_refused_are_kept_in_order_when_it_has_room_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, POINTS)
    writer = OutboxWriter(outbox, threaded=False)
    writer.put([reading(1)], [order(1)])
    full(outbox)
    writer.put([reading(2, rows=3000)], [order(2)])
    writer.put([reading(3, rows=3000)], [order(3)])
    full(outbox, 1_000_000)
    writer.put([reading(4)], [order(4)])
    writer.close()
    assert kept(tmp_path) == ([1.0, 4.0], [f"order-{number}" for number in (1, 2, 3, 4)])
    assert writer.dropped_documents == 0


def test_documents_that_a_full_disk_refused_are_kept_at_the_end_at_the_latest(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, POINTS)
    writer = OutboxWriter(outbox, threaded=False)
    writer.put([reading(1)], [])
    full(outbox)
    writer.put([reading(2, rows=3000)], [order(2)])
    full(outbox, 1_000_000)
    writer.close()
    assert kept(tmp_path)[1] == ["order-2"]


def test_documents_are_held_up_to_a_bound_the_oldest_go_and_are_counted(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, POINTS)
    writer = OutboxWriter(outbox, threaded=False, most_documents=2)
    writer.put([reading(1)], [])
    full(outbox)
    for number in (1, 2, 3):
        writer.put([reading(number, rows=3000)], [order(number)])
    full(outbox, 1_000_000)
    writer.close()
    assert kept(tmp_path)[1] == ["order-2", "order-3"]
    assert writer.dropped_documents == 1


def test_a_slow_disk_holds_nobody_and_only_telemetry_is_dropped(tmp_path: Path) -> None:
    outbox = SlowOutbox(tmp_path)
    writer = OutboxWriter(outbox, threaded=True, most_blocks=2)
    writer.put([reading(1)], [order(1)])
    assert outbox.at_work.wait(30.0)
    for number in (2, 3, 4, 5):
        writer.put([reading(number)], [order(number)])  # returns, although the disk does not
    outbox.on.set()
    writer.close()
    assert gaps(tmp_path) == [Gap(6, 2 * SECOND, 3 * SECOND)]
    assert kept(tmp_path) == ([1.0, 4.0, 5.0], [f"order-{number}" for number in (1, 2, 3, 4, 5)])
    assert (writer.dropped_blocks, writer.dropped_documents) == (2, 0)


def test_what_waited_for_a_slow_disk_is_not_one_append(tmp_path: Path) -> None:
    writer = OutboxWriter(Outbox(tmp_path, POINTS), threaded=False)
    writer.put([reading(second) for second in range(2 * AN_APPEND + 1)], [order(1)])
    writer.close()
    with closing(OutboxReader(tmp_path, "mqtt", most_rows=1, behind_appends=99)) as reader:
        found = []
        while (batch := reader.next_batch()) is not None:
            found.append((len(batch.blocks), len(batch.documents)))
            reader.done(batch)
    assert found == [(AN_APPEND, 0), (AN_APPEND, 0), (1, 1)]


def test_closing_while_the_disk_is_at_work_keeps_what_was_put_meanwhile(tmp_path: Path) -> None:
    outbox = SlowOutbox(tmp_path)
    writer = OutboxWriter(outbox, threaded=True)
    writer.put([reading(1)], [])
    assert outbox.at_work.wait(30.0)
    writer.put([reading(2)], [order(2)])
    closing = threading.Thread(target=writer.close)
    closing.start()
    outbox.on.set()
    closing.join(30.0)
    assert kept(tmp_path) == ([1.0, 2.0], ["order-2"])


def test_a_batch_that_cannot_be_kept_does_not_end_the_keeping(tmp_path: Path) -> None:
    writer = OutboxWriter(Outbox(tmp_path, POINTS), threaded=True)
    writer.put([], [object()])  # type: ignore[list-item]
    closing = threading.Event()
    while writer.dropped_documents == 0:
        closing.wait(0.001)
    writer.put([reading(2)], [order(2)])
    writer.close()
    assert kept(tmp_path) == ([2.0], ["order-2"])


def test_rows_of_a_batch_that_cannot_be_kept_are_a_recorded_gap(tmp_path: Path) -> None:
    writer = OutboxWriter(Outbox(tmp_path, POINTS), threaded=False)
    writer.put([reading(1)], [object()])  # type: ignore[list-item]
    assert (writer.dropped_blocks, writer.dropped_documents) == (1, 1)
    writer.put([reading(2)], [])
    writer.close()
    assert gaps(tmp_path) == [Gap(3, SECOND, SECOND)]


class FullOutbox(Outbox):
    """A real outbox whose disk takes nothing until the end."""

    def append(self, blocks: Sequence[Block], documents_: Sequence[Published] = ()) -> None:
        raise OutboxUnwritable("the disk is full")


def test_blocks_dropped_while_the_disk_takes_nothing_are_recorded_at_the_end(tmp_path: Path) -> None:
    writer = OutboxWriter(FullOutbox(tmp_path, POINTS), threaded=False, most_blocks=1)
    writer.put([reading(1), reading(2)], [])
    writer.put([reading(3), reading(4)], [])
    writer.close()
    assert gaps(tmp_path) == [Gap(6, SECOND, 3 * SECOND)]
