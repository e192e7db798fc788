"""After an outage the newest rows go first, and the backlog follows in order: no gap, no double."""

from dataclasses import replace

import pytest

from drivers.historian.batch import Place
from drivers.historian.delivery import LIVE_IN_A_ROW, Delivery, Moved
from drivers.historian.outbox import Outbox, OutboxReader
from drivers.historian.pace import LEAST_ROWS, LONGEST_S, Pace
from drivers.historian.segment import segments_in
from drivers.historian.sink import Down, Stored
from drivers.historian.taken import MOST_SPANS, Span, Taken
from tests.unit.drivers.historian.outbox_samples import POINTS, order, reading


class Database:
    """A sink that is up or not, and notes what it got."""

    name = "history"

    def __init__(self, *, up: bool = True, most_rows: int = 1) -> None:
        self.up, self.most_rows = up, most_rows
        self.taken: list[float] = []
        self.historical: list[bool] = []

    async def accept(self, batch):
        if not self.up:
            return Down(reason="away")
        self.taken += [float(block.value[0]) for block in batch.blocks]
        self.historical += [batch.historical] * len(batch.blocks)
        return Stored(rows=batch.rows, documents=len(batch.documents))

    async def close(self) -> None:
        """Nothing to let go."""


def appended(outbox: Outbox, seconds) -> None:
    for second in seconds:
        outbox.append([reading(second)])


def delivery_over(directory, sink, **more) -> Delivery:
    return Delivery(OutboxReader(directory, "history", most_rows=sink.most_rows), sink, **more)


async def run_dry(delivery: Delivery) -> None:
    while await delivery.step() is Moved.ON:
        pass


async def test_after_an_outage_the_newest_goes_first_and_the_backlog_follows_in_order(tmp_path):
    outbox, sink = Outbox(tmp_path, POINTS), Database(up=False)
    delivery = delivery_over(tmp_path, sink)
    for second in range(100):
        appended(outbox, [second])
        assert await delivery.step() is Moved.HELD
    sink.up = True
    await delivery.step()
    appended(outbox, [100, 101])
    await run_dry(delivery)
    live, backlog = sink.taken[:5], sink.taken[5:]
    assert sink.taken[0] > 80.0
    assert live == sorted(live)
    assert sorted(sink.taken) == [float(second) for second in range(102)]
    first = sink.taken.index(0.0)
    assert sink.taken[first:] == sorted(sink.taken[first:])
    assert backlog
    assert sink.historical == [second < sink.taken[0] for second in sink.taken]


async def test_a_reader_that_keeps_up_gets_everything_in_order_and_nothing_is_historical(tmp_path):
    outbox, sink = Outbox(tmp_path, POINTS), Database()
    delivery = delivery_over(tmp_path, sink)
    for second in range(0, 60, 3):
        appended(outbox, range(second, second + 3))
        await run_dry(delivery)
    assert sink.taken == [float(second) for second in range(60)]
    assert not any(sink.historical)


async def test_a_live_row_waits_for_one_backlog_batch_at_most(tmp_path):
    outbox, sink = Outbox(tmp_path, POINTS), Database()
    appended(outbox, range(100))
    delivery = delivery_over(tmp_path, sink)
    await delivery.step()
    for second in range(100, 120):
        await delivery.step()
        appended(outbox, [second])
        await delivery.step()
        assert sink.taken[-1] == float(second)


async def test_the_backlog_gets_on_however_much_is_live(tmp_path):
    outbox, sink = Outbox(tmp_path, POINTS), Database()
    appended(outbox, range(40))
    delivery = delivery_over(tmp_path, sink)
    for second in range(40, 400):
        appended(outbox, [second])
        await delivery.step()
    backlog = [second for second, old in zip(sink.taken, sink.historical, strict=True) if old]
    assert backlog == [float(second) for second in range(len(backlog))]
    assert LIVE_IN_A_ROW <= 8
    assert len(backlog) >= 39


async def test_where_it_stands_survives_the_end_of_the_process_at_any_moment(tmp_path):
    outbox, sink = Outbox(tmp_path, POINTS), Database()
    appended(outbox, range(60))
    second = 60
    for _ in range(200):
        delivery = delivery_over(
            tmp_path, sink
        )  # each reader lives for one step, and is never closed in order
        await delivery.step()
        delivery._reader.close()
        if second < 90:
            appended(outbox, [second])
            second += 1
    assert sorted(sink.taken) == [float(one) for one in range(90)]


async def test_a_second_outage_while_draining_leaves_a_second_stretch_of_backlog(tmp_path):
    outbox, sink = Outbox(tmp_path, POINTS), Database()
    appended(outbox, range(50))
    delivery = delivery_over(tmp_path, sink)
    for _ in range(10):
        await delivery.step()
    appended(outbox, range(50, 100))
    await delivery.step()
    assert sink.taken[-1] > 80.0
    assert len(delivery._reader.taken.ahead) == 2
    await run_dry(delivery)
    assert sorted(sink.taken) == [float(second) for second in range(100)]
    assert delivery._reader.taken.ahead == ()


async def test_the_backlog_batch_shrinks_until_live_rows_wait_no_longer_than_they_may(tmp_path):
    outbox, sink = Outbox(tmp_path, POINTS), Database(most_rows=3000)
    now = [0]

    def slow_clock() -> int:
        return now[0]

    sizes = []

    class Slow(Database):
        async def accept(self, batch):
            now[0] += round(batch.rows * 1e6)  # a thousand rows a second
            if batch.historical:
                sizes.append(batch.rows)
            return await super().accept(batch)

    sink = Slow(most_rows=3000)
    appended(outbox, range(4000))
    delivery = delivery_over(tmp_path, sink, stopwatch_ns=slow_clock)
    for _ in range(12):
        await delivery.step()
    assert sizes[0] == 3000
    assert max(sizes[4:]) <= LONGEST_S * 1000 * 1.1
    assert min(sizes) >= LEAST_ROWS


async def test_a_document_of_the_backlog_is_not_current_once_a_newer_one_went_ahead(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    old, new = order(1), replace_made(order(1, state="closed"), 50)
    outbox.append([reading(1)], [old, order(2)])
    appended(outbox, range(2, 50))
    outbox.append([reading(50)], [new])
    reader = OutboxReader(tmp_path, "mqtt", most_rows=1)
    live = reader.next_live()
    assert live.documents == (new,)
    assert live.is_current(new)
    reader.done(live)
    reader.close()
    backlog = OutboxReader(tmp_path, "mqtt", most_rows=1).next_backlog()
    assert [backlog.is_current(document) for document in backlog.documents] == [False, True]


def replace_made(document, second: int):
    import msgspec

    return msgspec.structs.replace(document, made_at_ns=second * 10**9)


async def test_a_batch_of_the_past_cannot_be_done_twice(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    appended(outbox, range(40))
    reader = OutboxReader(tmp_path, "history", most_rows=1)
    reader.done(reader.next_live())
    batch = reader.next_backlog()
    reader.done(batch)
    with pytest.raises(ValueError, match="not ahead"):
        reader.done(batch)
    with pytest.raises(ValueError, match="not ahead"):
        reader.done(replace(batch, historical=False))


def test_segments_that_the_live_lane_has_taken_are_deleted_before_the_backlog_is_drained(tmp_path):
    outbox = Outbox(tmp_path, POINTS, segment_bytes=2000, quota_bytes=1 << 20)
    appended(outbox, range(60))
    reader = OutboxReader(tmp_path, "history", most_rows=1)
    for second in range(60, 160):
        while (batch := reader.next_live()) is not None:
            reader.done(batch)
        appended(outbox, [second])
    first_live = reader.taken.ahead[0].after.segment
    there = segments_in(tmp_path)
    assert there[0] == 1
    assert [segment for segment in there if segment > first_live] == there[-len(there) + first_live :]
    assert len([segment for segment in there if segment > first_live]) <= 2


def test_spans_are_bounded(tmp_path):
    taken = Taken()
    for nth in range(2 * MOST_SPANS):
        taken = taken.jumped(Place(1, 100 * nth + 50))
        taken = taken.live_to(Place(1, 100 * nth + 60))
    assert len(taken.ahead) == MOST_SPANS
    assert taken.live == Place(1, 100 * (2 * MOST_SPANS - 1) + 60)


def test_a_jump_with_nothing_taken_since_the_last_one_adds_no_span():
    taken = Taken(Place(1, 3)).jumped(Place(1, 20)).jumped(Place(1, 40))
    assert taken.ahead == (Span(Place(1, 40), Place(1, 40)),)


@pytest.mark.parametrize("place", [Place(1, 2), Place(1, 1), Place(1, 21)], ids=["same", "back", "beyond"])
def test_the_backlog_lane_goes_neither_back_nor_beyond_its_stretch(place):
    taken = Taken(Place(1, 2)).jumped(Place(1, 20))
    with pytest.raises(ValueError, match=r"ahead|beyond"):
        taken.backlog_to(place)


def test_a_batch_that_does_not_follow_what_was_taken_is_refused(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    appended(outbox, range(3))
    reader = OutboxReader(tmp_path, "history", most_rows=1)
    first = reader.next_live()
    reader.done(first)
    with pytest.raises(ValueError, match="not ahead"):
        reader.done(replace(first, place=Place(1, 3)))


def test_a_reader_that_gets_everything_in_one_batch_does_not_jump(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    appended(outbox, range(100))
    reader = OutboxReader(tmp_path, "history", most_rows=1000)
    assert len(reader.next_live().blocks) == 100
    assert reader.taken.ahead == ()


def test_a_batch_of_the_backlog_ends_where_the_live_lane_began(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    appended(outbox, range(100))
    reader, seen = OutboxReader(tmp_path, "history", most_rows=21), []
    while (batch := reader.next_batch()) is not None:
        seen += [float(block.value[0]) for block in batch.blocks]
        reader.done(batch)
    assert sorted(seen) == [float(second) for second in range(100)]


@pytest.mark.parametrize(("most_rows", "least"), [(20_000, LEAST_ROWS), (1, 1)], ids=["many", "one"])
def test_a_backlog_batch_has_a_least_size(most_rows, least):
    pace = Pace(most_rows=most_rows)
    for _ in range(30):
        pace.took(pace.rows, 60.0)
    assert pace.rows == least
