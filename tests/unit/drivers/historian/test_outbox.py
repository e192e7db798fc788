import sqlite3

import pytest
from structlog.testing import capture_logs

from drivers.historian.outbox import Gap, Outbox, OutboxBusy, OutboxReader, OutboxUnwritable, Place
from drivers.historian.segment import segment_path, segments_in
from kernel.point import Point
from tests.unit.drivers.historian.outbox_samples import POINTS, SECOND, order, reading


def drain(reader: OutboxReader) -> list[float]:
    """Take everything; one value an append, in order of arrival."""
    values: list[float] = []
    while (batch := reader.next_batch()) is not None:
        values += [float(block.value[0]) for block in batch.blocks]
        reader.done(batch)
    return values


def test_what_is_appended_is_read_in_order(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    for second in range(5):
        outbox.append([reading(second)])
    assert drain(reader) == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_batch_comes_again_until_it_is_done(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history", most_rows=1)
    outbox.append([reading(1)])
    outbox.append([reading(2)])
    first, again = reader.next_batch(), reader.next_batch()
    assert first.place == again.place == Place(1, 1)
    reader.done(first)
    assert reader.next_batch().place == Place(1, 2)


def test_a_reader_goes_on_where_its_cursor_stands(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history", most_rows=1)
    outbox.append([reading(1)])
    outbox.append([reading(2)])
    reader.done(reader.next_batch())
    reader.close()
    assert drain(OutboxReader(tmp_path, "history")) == [2.0]


def test_a_batch_cannot_be_done_twice(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    outbox.append([reading(1)])
    batch = reader.next_batch()
    reader.done(batch)
    with pytest.raises(ValueError, match="not ahead"):
        reader.done(batch)


def test_a_new_writer_never_touches_an_old_segment(tmp_path):
    for second in (1, 2):
        outbox = Outbox(tmp_path, POINTS)
        outbox.append([reading(second)])
        outbox.close()
    assert segments_in(tmp_path) == [1, 2]
    assert drain(OutboxReader(tmp_path, "history")) == [1.0, 2.0]


def test_rows_keep_their_meaning_when_the_site_changes(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(1, rows=1)])
    outbox.close()
    outbox = Outbox(tmp_path, [Point(name="g/voltage", unit="kV"), *POINTS])
    outbox.append([reading(2, rows=1)])
    reader = OutboxReader(tmp_path, "history")
    names = []
    while (batch := reader.next_batch()) is not None:
        names.append(batch.columns[batch.blocks[0].index[0]].name)
        reader.done(batch)
    assert names == ["f11/active_power", "g/voltage"]


def test_a_segment_number_is_not_used_again_after_its_file_is_gone(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    outbox.append([reading(1)])
    drain(reader)
    outbox.close()
    for path in tmp_path.glob("segment-*"):
        path.unlink()
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(2)])
    assert drain(reader) == [2.0]


def test_a_read_segment_is_deleted_once_every_reader_has_left_it(tmp_path):
    outbox = Outbox(tmp_path, POINTS, segment_bytes=64, quota_bytes=1 << 20)
    slow, fast = OutboxReader(tmp_path, "mqtt"), OutboxReader(tmp_path, "history")
    for second in range(4):
        outbox.append([reading(second)])
    assert drain(fast) == [0.0, 1.0, 2.0, 3.0]
    assert segments_in(tmp_path) == [1, 2, 3, 4]
    assert drain(slow) == [0.0, 1.0, 2.0, 3.0]
    assert segments_in(tmp_path) == [4]


def test_there_is_one_writer(tmp_path):
    with pytest.raises(OutboxBusy):
        _two_writers(tmp_path)


def _two_writers(directory):
    return [Outbox(directory, POINTS), Outbox(directory, POINTS)]


def test_an_append_with_a_document_is_synced_and_every_tenth_without(tmp_path):
    outbox = Outbox(tmp_path, POINTS, sync_every=10)
    outbox.append([reading(0)])
    said: list[str] = []
    outbox._connection.set_trace_callback(said.append)
    outbox.append([reading(1)], [order(1)])
    outbox.append([reading(2)])
    for second in range(3, 10):
        outbox.append([reading(second)])
    levels = [text.rpartition("=")[2] for text in said if text.startswith("PRAGMA synchronous")]
    assert levels == ["FULL", *["NORMAL"] * 7, "FULL"]


def test_rows_that_the_disk_refuses_are_a_recorded_gap(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    outbox.append([reading(1)])
    outbox._connection.execute("PRAGMA max_page_count=1")  # the disk is full
    with pytest.raises(OutboxUnwritable):
        outbox.append([reading(2, rows=3000)])
    with pytest.raises(OutboxUnwritable):
        outbox.append([reading(3, rows=3000)])
    outbox._connection.execute("PRAGMA max_page_count=1000000")
    outbox.append([reading(4)])
    batch = reader.next_batch()
    assert [float(block.value[0]) for block in batch.blocks] == [1.0, 4.0]
    assert batch.gaps == (Gap(6000, 2 * SECOND, 3 * SECOND),)


def test_rows_that_were_lost_before_an_append_are_recorded_with_it(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    outbox.lost(Gap(3, SECOND, SECOND))
    outbox.lost(None)
    outbox.lost(Gap(3, 2 * SECOND, 2 * SECOND))
    outbox.append([reading(3)])
    outbox.append([reading(4)])
    batch = reader.next_batch()
    assert batch.gaps == (Gap(6, SECOND, 2 * SECOND),)


def test_a_gap_that_nothing_followed_is_recorded_when_the_outbox_is_closed(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    outbox.append([reading(1)])
    outbox._connection.execute("PRAGMA max_page_count=1")
    with pytest.raises(OutboxUnwritable):
        outbox.append([reading(2, rows=3000)])
    outbox._connection.execute("PRAGMA max_page_count=1000000")
    outbox.close()
    assert reader.next_batch().gaps == (Gap(3000, 2 * SECOND, 2 * SECOND),)


def test_an_outbox_without_a_gap_writes_nothing_when_it_is_closed(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    outbox.append([reading(1)])
    place = outbox.place
    outbox.close()
    assert reader.next_batch().place == place


def test_a_gap_that_cannot_be_written_at_the_end_stands_in_the_log(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(1)])
    outbox.lost(Gap(3, 2 * SECOND, 2 * SECOND))
    outbox._connection.execute("PRAGMA query_only=ON")  # nothing can be written any more
    with capture_logs() as logs:
        outbox.close()
    assert [(entry["event"], entry["rows"]) for entry in logs] == [("outbox.gap_unrecorded", 3)]
    Outbox(tmp_path, POINTS).close()


def test_the_writer_leaves_a_damaged_segment(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    outbox.append([reading(1)])
    outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    outbox._connection.execute("PRAGMA shrink_memory")  # it must read the file again
    _damage(segment_path(tmp_path, 1))
    with pytest.raises(OutboxUnwritable):
        outbox.append([reading(2)])
    outbox.append([reading(3)])
    assert drain(reader) == [3.0]
    assert reader.damaged_segments == 1
    assert [path.name for path in tmp_path.glob("*.damaged")] == ["segment-00000001.damaged"]


def _damage(path):
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)


def test_a_reader_does_not_rename_the_segment_that_is_being_written(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS), OutboxReader(tmp_path, "history")
    outbox.append([reading(1)])
    outbox.close()
    _damage(segment_path(tmp_path, 1))
    assert reader.next_batch() is None
    assert segments_in(tmp_path) == [1]


def test_a_small_quota_is_refused(tmp_path):
    with pytest.raises(ValueError, match="quota"):
        Outbox(tmp_path, POINTS, quota_bytes=100, segment_bytes=50)


def test_an_unfinished_segment_is_not_read(tmp_path):
    sqlite3.connect(tmp_path / "segment-00000001.new").close()
    assert OutboxReader(tmp_path, "history").next_batch() is None


def test_behind_counts_what_is_not_taken(tmp_path):
    outbox = Outbox(tmp_path, POINTS, segment_bytes=64, quota_bytes=1 << 20)
    reader = OutboxReader(tmp_path, "history")
    for second in range(10, 14):
        outbox.append([reading(second)])
    reader.done(reader.next_batch())
    behind = reader.behind()
    assert (behind.rows, behind.seconds) == (9, 2.0)


def test_an_outbox_that_need_not_survive_a_power_cut_waits_for_no_disk_and_keeps_all(tmp_path):
    outbox, reader = Outbox(tmp_path, POINTS, sync_every=2, durable=False), OutboxReader(tmp_path, "history")
    outbox.append([reading(0)])
    said: list[str] = []
    outbox._connection.set_trace_callback(said.append)
    for second in range(1, 5):
        outbox.append([reading(second)], [order(second)])
    levels = {text.rpartition("=")[2] for text in said if text.startswith("PRAGMA synchronous")}
    assert levels == {"NORMAL"}
    assert drain(reader) == [0.0, 1.0, 2.0, 3.0, 4.0]
