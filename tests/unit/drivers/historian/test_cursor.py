import pytest

from drivers.historian.cursor import places_in, retire_readers
from drivers.historian.outbox import Outbox, OutboxReader, Place
from drivers.historian.segment import segments_in
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
    assert places_in(tmp_path) == [Place(3, 1)]


def test_a_batch_set_aside_is_kept_and_passed(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history", most_rows=1)
    outbox.append([reading(1)])
    outbox.append([reading(2)])
    reader.set_aside(reader.next_batch(), "NaN")
    assert reader.refused == 1
    assert reader.next_batch().place == Place(1, 2)
    row = reader._cursor._connection.execute("SELECT why, blocks FROM set_aside").fetchone()
    assert row[0] == "NaN"
    assert len(row[1]) > 20
