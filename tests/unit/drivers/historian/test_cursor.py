import sqlite3
from contextlib import closing

import pytest

from drivers.historian.cursor import all_taken, retire_readers
from drivers.historian.outbox import Outbox, OutboxReader, Place
from drivers.historian.quarantine import Refusal
from drivers.historian.segment import segments_in
from drivers.historian.taken import Taken
from tests.unit.drivers.historian.outbox_samples import POINTS, reading


@pytest.mark.parametrize("name", ["", "../x", "History", "a" * 40])
def test_a_name_that_could_leave_the_directory_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="no name"):
        OutboxReader(tmp_path, name)


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


def test_a_move_that_fails_leaves_nothing_of_it(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    for second in range(40):
        outbox.append([reading(second)])
    reader = OutboxReader(tmp_path, "history", most_rows=1)
    live = reader.next_live()
    before = reader.taken

    def fails(*_, **__):
        raise OSError("disk")

    reader.quarantine.keep = fails
    with pytest.raises(OSError, match="disk"):
        reader.done(live, [Refusal(live, "no")])
    reader.close()
    assert OutboxReader(tmp_path, "history", most_rows=1).taken == before


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
