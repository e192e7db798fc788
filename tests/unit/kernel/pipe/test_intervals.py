"""Quarter-hour means count good time only, and close exactly at their ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.image import ProcessImage
from kernel.pipe.intervals import INTERVAL_NS, Intervals, accumulate, no_intervals
from kernel.quality import GOOD, INVALID, QUESTIONABLE

S = 1_000_000_000
BEGIN = 1_000 * INTERVAL_NS


def image(now_ns: int, value: float, quality: int = GOOD) -> ProcessImage:
    stamps = np.full(1, now_ns, dtype=np.int64)
    return ProcessImage(
        tick=0,
        now_ns=now_ns,
        value=np.array([value]),
        quality=np.array([quality], dtype=np.uint16),
        at_ns=stamps,
        available_at_ns=stamps,
    )


def run(*ticks: tuple[float, float, int], begin_s: float = 0.0) -> Intervals:
    """Count ticks of (seconds since the begin of the interval, value, quality)."""
    sums = no_intervals(1, now_ns=BEGIN + round(begin_s * S))
    for at_s, value, quality in ticks:
        sums = accumulate(sums, image(BEGIN + round(at_s * S), value, quality))
    return sums


def test_an_interval_closes_at_its_end_and_not_a_nanosecond_before() -> None:
    before = run((900 - 1e-9, 5.0, GOOD)).mean(0)
    at = run((900, 5.0, GOOD)).mean(0)
    assert (before.last, before.last_end_ns) == (None, 0)
    assert (at.last, at.last_end_ns, at.elapsed_s, at.so_far) == (5.0, BEGIN + INTERVAL_NS, 0.0, None)


def test_a_tick_across_the_end_counts_for_both_intervals() -> None:
    mean = run((800, 2.0, GOOD), (1000, 11.0, GOOD)).mean(0)
    assert mean.last == pytest.approx((800 * 2 + 100 * 11) / 900)
    assert (mean.so_far, mean.elapsed_s) == (11.0, 100.0)


@pytest.mark.parametrize(("good_s", "expected"), [(450.0, 4.0), (449.999, None)], ids=["half", "less"])
def test_an_interval_less_than_half_good_has_no_mean(good_s: float, expected: float | None) -> None:
    assert run((good_s, 4.0, GOOD), (900, 99.0, INVALID)).mean(0).last == expected


def test_an_interval_that_began_late_counts_only_what_was_seen() -> None:
    assert run((900, 4.0, GOOD), begin_s=500).mean(0).last is None
    assert run((900, 4.0, GOOD), begin_s=450).mean(0).last == 4.0


@pytest.mark.parametrize("quality", [INVALID, QUESTIONABLE])
def test_time_with_a_bad_value_counts_for_nothing(quality: int) -> None:
    mean = run((300, 4.0, GOOD), (600, 1e6, quality)).mean(0)
    assert mean.so_far == 4.0


def test_a_gap_over_whole_intervals_leaves_none_of_them_a_mean() -> None:
    mean = run((900, 4.0, GOOD), (900 * 3 + 10, 6.0, GOOD)).mean(0)
    assert (mean.last, mean.last_end_ns) == (None, BEGIN + 3 * INTERVAL_NS)
    assert (mean.so_far, mean.elapsed_s) == (6.0, 10.0)


def test_a_mean_stands_until_the_next_interval_has_ended() -> None:
    sums = run((900, 4.0, GOOD), (1799, 6.0, GOOD))
    assert sums.mean(0).last == 4.0
    assert accumulate(sums, image(BEGIN + 2 * INTERVAL_NS, 6.0)).mean(0).last == 6.0


steps = st.lists(
    st.tuples(
        st.integers(1, 2_000),
        st.floats(-1e5, 1e5, allow_nan=False),
        st.sampled_from([GOOD, GOOD, GOOD, INVALID]),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 899), steps)
def test_the_means_equal_those_of_a_signal_sampled_every_second(
    begin_s: int, signal: list[tuple[int, float, int]]
) -> None:
    sums = no_intervals(1, now_ns=BEGIN + begin_s * S)
    values, goods, at_s = [math.nan] * begin_s, [False] * begin_s, begin_s
    for seconds, value, quality in signal:
        skipped = at_s // 900 + 1 < (at_s + seconds) // 900
        at_s += seconds
        sums = accumulate(sums, image(BEGIN + at_s * S, value, quality))
        values += [value] * seconds
        goods += [quality == GOOD] * seconds
        if skipped:  # whole intervals without a tick have no mean, whatever comes after
            goods[: at_s // 900 * 900] = [False] * (at_s // 900 * 900)
    closed, sample = at_s // 900 * 900, np.array(values)
    good = np.array(goods, dtype=bool)
    mean = sums.mean(0)
    last = good[closed - 900 : closed] if closed else good[:0]
    if last.sum() >= 450:
        assert mean.last == pytest.approx(sample[closed - 900 : closed][last].mean(), rel=1e-9, abs=1e-6)
    else:
        assert mean.last is None
    running = good[closed:]
    if running.any():
        assert mean.so_far == pytest.approx(sample[closed:][running].mean(), rel=1e-9, abs=1e-6)
    else:
        assert mean.so_far is None
