from drivers.historian.outbox import Gap, Outbox, OutboxReader, Place
from drivers.historian.quota import carry_on, fold_segment
from drivers.historian.segment import bytes_of, segments_in
from drivers.historian.taken import Taken
from tests.unit.drivers.historian.outbox_samples import POINTS, SECOND, order, reading

ROWS = 200
QUOTA = 256 * 1024
SEGMENT = 32 * 1024


def fill(outbox: Outbox, seconds: range, *, document_every: int = 50) -> None:
    for second in seconds:
        outbox.append([reading(second, rows=ROWS)], [order(second)] if second % document_every == 0 else [])


def take(reader: OutboxReader) -> tuple[list[float], list[str], list[Gap]]:
    values, ids, gaps = [], [], []
    while (batch := reader.next_batch()) is not None:
        values += [float(block.value[0]) for block in batch.blocks]
        ids += [document.id for document in batch.documents]
        gaps += batch.gaps
        reader.done(batch)
    return values, ids, gaps


def test_the_oldest_telemetry_goes_counted_and_no_document(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=QUOTA, segment_bytes=SEGMENT)
    reader = OutboxReader(tmp_path, "history")
    fill(outbox, range(400))
    values, ids, gaps = take(reader)
    lost = sum(gap.rows for gap in gaps)
    assert lost > 0
    assert len(values) * ROWS + lost == 400 * ROWS
    assert sorted(values) == [float(second) for second in range(400 - len(values), 400)]
    assert sorted(ids, key=lambda name: int(name.rpartition("-")[2])) == [
        f"order-{second}" for second in range(0, 400, 50)
    ]
    assert outbox.dropped_rows == lost
    assert max(gap.last_ns for gap in gaps) == (400 - len(values) - 1) * SECOND


def test_the_disk_share_is_kept(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=QUOTA, segment_bytes=SEGMENT)
    fill(outbox, range(400), document_every=10_000)
    outbox.close()
    assert sum(bytes_of(tmp_path, segment) for segment in segments_in(tmp_path)) <= QUOTA + SEGMENT
    assert len(segments_in(tmp_path)) < 12


def test_a_reader_that_stands_in_a_dropped_segment_counts_no_row_twice(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=QUOTA, segment_bytes=SEGMENT)
    reader = OutboxReader(tmp_path, "history", most_rows=1)
    fill(outbox, range(60), document_every=10_000)
    reader.next_batch()  # its sink is away: the file stays open, and is deleted under it
    fill(outbox, range(60, 400), document_every=10_000)
    values, _, gaps = take(reader)
    assert len(values) * ROWS + sum(gap.rows for gap in gaps) == 400 * ROWS


def test_a_reader_learns_only_of_rows_it_did_not_get(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=QUOTA, segment_bytes=SEGMENT)
    reader = OutboxReader(tmp_path, "history", most_rows=1, behind_appends=1000)
    fill(outbox, range(30), document_every=10_000)
    for _ in range(7):
        reader.done(reader.next_batch())
    fill(outbox, range(30, 400), document_every=10_000)
    values, _, gaps = take(reader)
    assert len(values) * ROWS + sum(gap.rows for gap in gaps) == (400 - 7) * ROWS
    assert min(gap.first_ns for gap in gaps) == 7 * SECOND


def test_what_every_reader_has_is_deleted_without_a_gap(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=QUOTA, segment_bytes=SEGMENT)
    reader = OutboxReader(tmp_path, "history")
    for start in range(0, 400, 20):
        fill(outbox, range(start, start + 20))
        _, _, gaps = take(reader)
        assert not gaps
    assert outbox.dropped_rows == 0


def test_a_reader_that_took_the_newest_first_learns_only_of_rows_it_did_not_get(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=QUOTA, segment_bytes=SEGMENT)
    reader = OutboxReader(tmp_path, "history", most_rows=1)
    fill(outbox, range(30), document_every=10_000)
    taken = []
    for second in range(30, 60):
        batch = reader.next_live()
        taken.append(float(batch.blocks[0].value[0]))
        reader.done(batch)
        fill(outbox, range(second, second + 1), document_every=10_000)
    batch = reader.next_backlog()
    reader.done(batch)
    fill(outbox, range(60, 400), document_every=10_000)
    values, _, gaps = take(reader)
    lost = sum(gap.rows for gap in (*batch.gaps, *gaps)) // ROWS
    assert taken[0] == 29.0
    assert len(taken) + len(batch.blocks) + len(values) + lost == 400
    assert outbox.dropped_rows == lost * ROWS


def test_an_outbox_that_nobody_has_read_yet_keeps_its_segments(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=QUOTA, segment_bytes=SEGMENT)
    fill(outbox, range(60), document_every=10_000)
    outbox.close()
    values, _, gaps = take(OutboxReader(tmp_path, "history"))
    assert len(values) + sum(gap.rows for gap in gaps) // ROWS == 60


def test_the_writer_keeps_what_the_slower_reader_has_not_got(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=1 << 24, segment_bytes=SEGMENT)
    fast, slow = OutboxReader(tmp_path, "history"), OutboxReader(tmp_path, "mqtt")
    for start in range(0, 60, 10):
        fill(outbox, range(start, start + 10), document_every=10_000)
        take(fast)
    values, _, gaps = take(slow)
    assert (sorted(values), gaps) == ([float(second) for second in range(60)], [])


def test_a_gap_is_not_carried_to_where_a_reader_would_hear_of_rows_it_got(tmp_path):
    outbox = Outbox(tmp_path, POINTS, quota_bytes=1 << 24, segment_bytes=SEGMENT)
    fill(outbox, range(1, 60), document_every=10_000)
    nobody, past = [Taken()], [Taken(Place(2, 0))]
    fold_segment(tmp_path, 1, past)
    assert not carry_on(tmp_path, 1, 2, past)
    assert carry_on(tmp_path, 1, 2, nobody)
