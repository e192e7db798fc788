"""What control believes: bad values are marked and never become the measure of the next one."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from kernel.image import ProcessImage, empty_image, next_image
from kernel.measurement import block
from kernel.pipe.plausibility import Rules, Watch, no_watch, screen
from kernel.point import Plausibility, Point
from kernel.quality import (
    BLOCKED,
    FAILURE,
    GOOD,
    INCONSISTENT,
    INVALID,
    NEVER_READ,
    OLD,
    OUT_OF_RANGE,
    QUESTIONABLE,
    SUBSTITUTED,
    TEST,
    describe,
    is_good,
)

S = 1_000_000_000
START = 1000 * S
POWER = Plausibility(low=-30_000.0, high=30_000.0, rate_per_s=500.0)
STICKY = Plausibility(low=-1e9, high=1e9, unchanged_s=5.0)
POINTS = (
    Point(name="a/power", unit="kW", stale_s=3.0, plausibility=POWER),
    Point(name="a/level", unit="1", stale_s=3.0, plausibility=STICKY),
    Point(name="a/free", unit="1", stale_s=3.0),
)


class Line:
    """Readings one after the other, and what became of them."""

    def __init__(self) -> None:
        self.rules = Rules.of(POINTS)
        self.image: ProcessImage = empty_image(len(POINTS), now_ns=START)
        self.watch: Watch = no_watch(len(POINTS))

    def read(
        self, value: float | None, at_s: float, *, row: int = 0, quality: int = GOOD, now_s: float = -1.0
    ) -> int:
        """Read a value, or nothing; return the quality of the row."""
        at_ns = START + round(at_s * S)
        now_ns = START + round(now_s * S) if now_s >= 0 else at_ns
        blocks = [] if value is None else [block([row], [value], [quality], at_ns=at_ns)]
        raw = next_image(self.image, blocks, tick=self.image.tick + 1, now_ns=now_ns)
        self.image, self.watch = screen(raw, self.watch, self.rules)
        return int(self.image.quality[row])

    def value(self, row: int = 0) -> float:
        return float(self.image.value[row])


@pytest.fixture
def line() -> Line:
    made = Line()
    assert made.read(1000.0, 0.0) == GOOD
    return made


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_never_enters(line: Line, odd: float) -> None:
    assert line.read(odd, 1.0) == INVALID | FAILURE
    assert line.value() == 1000.0
    assert line.image.at_ns[0] == START


def test_a_value_outside_its_range_is_questionable_and_not_believed(line: Line) -> None:
    quality = line.read(30_001.0, 100.0)
    assert quality == QUESTIONABLE | OUT_OF_RANGE
    assert not is_good(quality)
    assert line.watch.believed[0] == 1000.0


def test_the_ends_of_the_range_are_believed(line: Line) -> None:
    assert line.read(30_000.0, 100.0) == GOOD
    assert line.read(-30_000.0, 300.0) == GOOD


def test_a_jump_faster_than_declared_is_inconsistent_until_time_makes_it_believable(line: Line) -> None:
    assert line.read(2600.0, 3.0) == QUESTIONABLE | INCONSISTENT
    assert line.read(2600.0, 3.1) == QUESTIONABLE | INCONSISTENT
    assert line.read(2600.0, 3.2) == GOOD
    assert line.watch.believed[0] == 2600.0


def test_a_spike_does_not_become_the_measure_of_the_next_value(line: Line) -> None:
    line.read(9000.0, 1.0)
    assert line.read(1100.0, 2.0) == GOOD


@pytest.mark.parametrize("factor", [1000.0, 0.001, -1.0], ids=["times 1000", "a thousandth", "wrong sign"])
def test_a_value_of_the_wrong_scale_is_not_believed(factor: float) -> None:
    line = Line()
    line.read(8000.0, 0.0)
    assert not is_good(line.read(8000.0 * factor, 1.0))


def test_a_word_swapped_number_within_the_range_is_caught_by_its_rate() -> None:
    def swapped(value: float) -> float:
        high, low = struct.unpack(">HH", struct.pack(">i", round(value)))
        return float(struct.unpack(">i", struct.pack(">HH", low, high))[0])

    line = Line()
    wide = Plausibility(low=-(2.0**31), high=2.0**31, rate_per_s=500.0)
    line.rules = Rules.of((Point(name="a/power", unit="kW", plausibility=wide), *POINTS[1:]))
    line.read(8000.0, 0.0)
    assert line.read(swapped(8001.0), 1.0) == QUESTIONABLE | INCONSISTENT


def test_a_value_that_never_changes_has_failed_only_where_that_is_declared() -> None:
    line = Line()
    stuck = [line.read(7.0, float(second), row=1) for second in range(8)]
    free = [line.read(7.0, float(second), row=2) for second in range(8, 16)]
    assert stuck == [GOOD] * 6 + [QUESTIONABLE | FAILURE] * 2
    assert free == [GOOD] * 8


def test_a_stuck_value_is_good_again_once_it_moves() -> None:
    line = Line()
    for second in range(8):
        line.read(7.0, float(second), row=1)
    assert line.read(7.1, 8.0, row=1) == GOOD


def test_a_row_that_nobody_reads_grows_old_and_keeps_its_number(line: Line) -> None:
    assert line.read(None, 3.0) == GOOD
    assert line.read(None, 3.001) == QUESTIONABLE | OLD
    assert line.value() == 1000.0
    assert line.image.reading(0).age_s == pytest.approx(3.001)
    assert line.read(1001.0, 4.0) == GOOD


def test_a_reading_that_is_old_when_it_arrives_is_not_used(line: Line) -> None:
    assert line.read(1000.0, 10.0, now_s=14.0) == QUESTIONABLE | OLD


def test_a_late_row_never_replaces_a_newer_one(line: Line) -> None:
    line.read(1200.0, 2.0)
    assert line.read(900.0, 1.0, now_s=2.5) == GOOD
    assert line.value() == 1200.0


def test_a_device_that_reports_itself_away_turns_its_last_reading_invalid(line: Line) -> None:
    assert line.read(1000.0, 0.0, quality=INVALID | FAILURE, now_s=1.0) == INVALID | FAILURE


@pytest.mark.parametrize("value", [1000.0, 99_999.0, 5000.0], ids=["plain", "out of range", "jumped"])
def test_invalid_stays_invalid_whatever_else_is_wrong(line: Line, value: float) -> None:
    quality = line.read(value, 1.0, quality=INVALID, now_s=9.0)
    assert quality & 3 == INVALID
    assert quality & OLD


@pytest.mark.parametrize(
    "quality", [INVALID, QUESTIONABLE, GOOD | TEST, GOOD | SUBSTITUTED, GOOD | BLOCKED], ids=describe
)
def test_the_believed_value_is_never_one_that_control_may_not_use(line: Line, quality: int) -> None:
    line.read(1200.0, 1.0, quality=quality)
    assert line.watch.believed[0] == 1000.0
    assert line.watch.believed_at_ns[0] == START


def test_before_the_first_reading_every_point_is_a_hole() -> None:
    line = Line()
    line.read(None, 0.0)
    assert [int(q) for q in line.image.quality] == [NEVER_READ] * 3
    assert all(line.image.reading(row).usable is None for row in range(3))


def test_the_first_reading_is_no_jump() -> None:
    assert Line().read(29_000.0, 0.0) == GOOD


def test_the_image_that_was_screened_cannot_be_written(line: Line) -> None:
    with pytest.raises(ValueError, match="read-only"):
        line.image.quality[0] = np.uint16(0)
