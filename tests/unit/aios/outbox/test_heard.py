"""The outbox listener: what was judged is what history hears, once a second, and documents at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from aios.outbox.heard import EVERY_TICKS, HistoryListener, rows_since
from aios.outbox.writer import OutboxWriter
from drivers.historian.batch import Batch
from drivers.historian.outbox import Outbox, OutboxReader
from kernel.forecast import Forecast
from kernel.image import ProcessImage, empty_image, next_image
from kernel.measurement import Block, block
from kernel.pipe.plausibility import Rules, no_watch, screen
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Inputs, Outputs
from kernel.point import NANOSECONDS as S
from kernel.point import Plausibility, Point
from kernel.ports import Published
from kernel.quality import GOOD, INVALID, NEVER_READ, OLD, OUT_OF_RANGE, QUESTIONABLE
from tests.fakes.nord_alarms import alarm
from tests.unit.drivers.historian.outbox_samples import order
from tests.unit.kernel.ticking import Line

POINTS = (
    Point(name="f11/active_power", unit="kW", plausibility=Plausibility(low=-100.0, high=100.0)),
    Point(name="t1/hot_spot_temperature", unit="degC"),
    Point(name="f12/active_power", unit="kW"),
)


class Day:
    """Images of three points as the pipe judges them, heard by a listener one a second."""

    def __init__(self, directory: Path, *, live: bool) -> None:
        self.directory = directory
        self.real_ns = 0
        self.writer = OutboxWriter(Outbox(directory, POINTS), threaded=False)
        self.listener = HistoryListener(self.writer, live=live, stopwatch_ns=lambda: self.real_ns)
        self.reader = OutboxReader(directory, "history")
        self.image, self.watch, self.tick = empty_image(3, now_ns=0), no_watch(3), 0
        self.state = Line().state

    def hear(self, blocks: Sequence[Block] = (), *, documents: tuple[Published, ...] = ()) -> None:
        now_ns = (1000 + self.tick) * S
        raw = next_image(self.image, blocks, tick=self.tick, now_ns=now_ns)
        self.image, self.watch = screen(raw, self.watch, Rules.of(POINTS))
        self.listener.heard(
            Inputs(tick=self.tick, now_ns=now_ns, blocks=tuple(blocks)),
            decided(self.state, self.image, Outputs(tick=self.tick, now_ns=now_ns, published=documents)),
        )
        self.tick += 1

    def batches(self) -> list[Batch]:
        """What was kept and not looked at yet."""
        found = []
        while (batch := self.reader.next_batch()) is not None:
            found.append(batch)
            self.reader.done(batch)
        return found

    def rows(self) -> list[tuple[int, float, int, int]]:
        """Row, value, quality and second of everything that was kept."""
        self.listener.flush()
        return [
            (int(row), float(value), int(quality), int(at_ns) // S)
            for batch in self.batches()
            for one in batch.blocks
            for row, value, quality, at_ns in zip(one.index, one.value, one.quality, one.at_ns, strict=True)
        ]


def decided(state: PipeState, image: ProcessImage, outputs: Outputs) -> Decided:
    return Decided(state=msgspec.structs.replace(state, image=image), outputs=outputs, jobs=(), judgements=())


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    made = Day(tmp_path, live=True)
    yield made
    made.reader.close()
    made.listener.close()


def forecast() -> Forecast:
    return Forecast(
        point="f11/active_power",
        model="naive",
        made_at_ns=0,
        start_ns=0,
        step_s=900.0,
        quantiles=(0.5,),
        values=((1.0,),),
    )


def test_a_value_beyond_belief_reaches_history_with_its_judged_quality(day: Day) -> None:
    day.hear([block([0], [50.0], [GOOD], at_ns=999 * S)])
    day.hear([block([0], [50_000.0], [GOOD], at_ns=1000 * S)])
    assert day.rows() == [(0, 50.0, GOOD, 999), (0, 50_000.0, QUESTIONABLE | OUT_OF_RANGE, 1000)]


def test_a_value_that_an_agent_computed_reaches_history_though_no_device_was_read(day: Day) -> None:
    """The pipe lays it over the image; the blocks that were read know nothing of it."""
    day.image = next_image(day.image, [block([1], [88.5], [GOOD], at_ns=999 * S)], tick=0, now_ns=999 * S)
    day.hear()
    assert day.rows() == [(1, 88.5, GOOD, 999)]


def test_a_value_that_was_not_read_again_is_told_once(day: Day) -> None:
    day.hear([block([0, 2], [50.0, 7.0], [GOOD, GOOD], at_ns=999 * S)])
    day.hear([block([2], [8.0], [GOOD], at_ns=1000 * S)])
    day.hear()
    assert day.rows() == [(0, 50.0, GOOD, 999), (2, 7.0, GOOD, 999), (2, 8.0, GOOD, 1000)]


def test_a_device_that_falls_silent_leaves_its_last_good_value_good(day: Day) -> None:
    day.hear([block([0], [50.0], [GOOD], at_ns=999 * S, available_at_ns=999 * S)])
    silent = block([0], [50.0], [INVALID | OLD], at_ns=999 * S, available_at_ns=1000 * S)
    day.hear([silent])
    assert day.rows() == [(0, 50.0, GOOD, 999), (0, 50.0, INVALID | OLD, 1001)]


def test_a_point_that_was_never_read_has_no_row() -> None:
    before = empty_image(2, now_ns=0)
    seen = next_image(before, [block([1], [3.0], [GOOD], at_ns=5)], tick=0, now_ns=6)
    assert rows_since(None, seen).index.tolist() == [1]
    assert rows_since(before, seen).index.tolist() == [1]
    worse = next_image(seen, [block([0], [0.0], [NEVER_READ], at_ns=0, available_at_ns=7)], tick=1, now_ns=8)
    assert len(rows_since(seen, worse)) == 0


def test_rows_keep_the_types_that_a_block_promises() -> None:
    seen = next_image(empty_image(1, now_ns=0), [block([0], [3.0], [GOOD], at_ns=5)], tick=0, now_ns=6)
    rows = rows_since(None, seen)
    assert [a.dtype for a in (rows.index, rows.value, rows.quality, rows.at_ns, rows.available_at_ns)] == [
        np.int32, np.float64, np.uint16, np.int64, np.int64,
    ]  # fmt: skip


def test_a_live_gateway_hands_over_once_a_real_second_however_many_ticks_that_is(day: Day) -> None:
    for value in range(100):
        day.hear([block([0], [float(value)], [GOOD], at_ns=(999 + value) * S)])
    assert day.batches() == []
    day.real_ns = S
    day.hear()
    (batch,) = day.batches()
    assert len(batch.blocks) == 100
    day.hear([block([0], [1.0], [GOOD], at_ns=1200 * S)])
    assert day.batches() == [], "the next second has just begun"


def test_under_the_virtual_clock_ticks_decide_and_real_time_does_not(tmp_path: Path) -> None:
    day = Day(tmp_path, live=False)
    for value in range(EVERY_TICKS - 1):
        day.real_ns += 10 * S
        day.hear([block([0], [float(value)], [GOOD], at_ns=(999 + value) * S)])
    assert day.batches() == []
    day.hear()
    assert len(day.batches()) == 1


def test_a_document_goes_at_once_and_a_forecast_waits(day: Day) -> None:
    day.hear(documents=(forecast(),))
    assert day.batches() == []
    day.hear(documents=(order(1),))
    (batch,) = day.batches()
    assert [type(document).__name__ for document in batch.documents] == ["Forecast", "RepairOrder"]


def test_a_canary_is_no_alarm_for_history_and_broker(day: Day) -> None:
    day.hear(documents=(alarm("nord", condition="canary"), alarm("t1")))
    (batch,) = day.batches()
    assert [getattr(one, "id", "") for one in batch.documents] == ["voltage_limit:t1"]


def test_closing_keeps_what_was_collected(tmp_path: Path) -> None:
    day = Day(tmp_path, live=True)
    day.hear([block([0], [50.0], [GOOD], at_ns=999 * S)])
    day.listener.close()
    assert len(day.batches()) == 1
