import sqlite3
from contextlib import closing

import pytest
from structlog.testing import capture_logs

from drivers.historian.cursor import all_taken
from drivers.historian.forwarder import Forwarder
from drivers.historian.outbox import Outbox, OutboxReader, Place
from drivers.historian.quarantine import Refusal
from drivers.historian.retired import retire_readers, retired_in, retired_path
from drivers.historian.segment import segments_in
from drivers.historian.taken import Taken
from tests.unit.drivers.historian.outbox_samples import POINTS, StepClock, reading
from tests.unit.drivers.historian.test_delivery import ScriptedSink, run_dry


def test_a_retired_reader_holds_nothing_back(tmp_path):
    outbox = Outbox(tmp_path, POINTS, segment_bytes=64, quota_bytes=1 << 20)
    OutboxReader(tmp_path, "mqtt").close()
    reader = OutboxReader(tmp_path, "history")
    for second in range(3):
        outbox.append([reading(second)])
    assert retire_readers(tmp_path, keep=["history"]) == ["mqtt"]
    while (batch := reader.next_batch()) is not None:
        reader.done(batch)
    assert segments_in(tmp_path) == [3]
    assert all_taken(tmp_path) == [Taken(Place(3, 1))]


def test_a_retired_reader_keeps_what_was_refused(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(1)])
    reader = OutboxReader(tmp_path, "mqtt")
    batch = reader.next_live()
    reader.done(batch, [Refusal(batch, "too large")])
    reader.close()
    assert retire_readers(tmp_path, keep=["history"]) == ["mqtt"]
    with closing(sqlite3.connect(tmp_path / "retired-mqtt.sqlite")) as kept:
        assert kept.execute("SELECT why, rows FROM quarantine").fetchall() == [("too large", 3)]
    assert all_taken(tmp_path) == []


class Mqtt(ScriptedSink):
    name = "mqtt"


def refused_by(directory, name: str, second: int) -> None:
    """Let a reader refuse a row, and leave."""
    outbox = Outbox(directory, POINTS)
    outbox.append([reading(second)])
    outbox.close()
    reader = OutboxReader(directory, name)
    while (batch := reader.next_batch()) is not None:
        refused = [Refusal(batch, "too large")] if batch.blocks[0].value[0] == second else []
        reader.done(batch, refused)
    reader.close()


async def returned(directory) -> tuple[list[tuple[str, float]], Forwarder]:
    """Start a historian that has the sink again."""
    forwarder = Forwarder(directory, [Mqtt()], clock=StepClock())
    quarantine = forwarder.deliveries[0]._reader.quarantine
    return [(entry.why, entry.first_ns / 1e9) for entry in quarantine.entries()], forwarder


async def test_a_reader_that_returns_has_what_it_had_refused_and_it_can_be_offered_again(tmp_path):
    refused_by(tmp_path, "mqtt", 7)
    retire_readers(tmp_path, keep=["history"])
    entries, forwarder = await returned(tmp_path)
    assert (entries, retired_in(tmp_path)) == ([("too large", 7.0)], [])
    delivery = forwarder.deliveries[0]
    delivery._reader.quarantine.ask_again([1])
    await run_dry(delivery)
    assert 7.0 in delivery._sink.taken
    assert delivery._reader.quarantine.entries() == ()
    await forwarder.close()


async def test_a_reader_that_is_retired_twice_keeps_what_it_refused_both_times(tmp_path):
    refused_by(tmp_path, "mqtt", 1)
    retire_readers(tmp_path, keep=[])
    refused_by(tmp_path, "mqtt", 2)
    retire_readers(tmp_path, keep=[])
    entries, forwarder = await returned(tmp_path)
    await forwarder.close()
    assert sorted(entries, key=lambda entry: entry[1]) == [("too large", 1.0), ("too large", 2.0)]


async def test_a_gap_that_nobody_was_told_of_returns_with_its_reader(tmp_path):
    refused_by(tmp_path, "mqtt", 1)
    with closing(OutboxReader(tmp_path, "mqtt")) as reader:
        reader.quarantine.drop([1], "the meter was on the bench")
    retire_readers(tmp_path, keep=[])
    _, forwarder = await returned(tmp_path)
    (gap,) = forwarder.deliveries[0]._reader.quarantine.untold()[1]
    await forwarder.close()
    assert gap.rows == 3


async def test_a_retired_file_that_is_damaged_stays_and_holds_nobody_up(tmp_path):
    retired_path(tmp_path, "mqtt").write_bytes(b"no database " * 500)
    with capture_logs() as logs:
        entries, forwarder = await returned(tmp_path)
    await forwarder.close()
    assert (entries, retired_in(tmp_path)) == ([], ["mqtt"])
    assert [entry["event"] for entry in logs] == ["outbox.retired_unreadable"]


@pytest.mark.parametrize("name", ["mqtt", "history"])
def test_a_reader_that_refused_nothing_leaves_nothing(tmp_path, name):
    Outbox(tmp_path, POINTS).close()
    OutboxReader(tmp_path, name).close()
    retire_readers(tmp_path, keep=[])
    assert retired_in(tmp_path) == []
