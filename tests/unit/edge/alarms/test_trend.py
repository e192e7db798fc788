"""A rise is believed when it cannot be noise, a spike or a step, whatever the time between two readings."""

from __future__ import annotations

import random

import pytest

from edge.alarms.trend import DAY_NS, HOUR_NS, WINDOWS, Dot, Rise, Trend, rise_of

MINUTE_NS = HOUR_NS // 60


def course(values: list[float], every_ns: int = HOUR_NS) -> Trend:
    made = Trend()
    for place, value in enumerate(values):
        made.take((place + 1) * every_ns, value)
    return made


def rises(made: Trend) -> list[Rise | None]:
    return [window.rise for window in made.windows]


@pytest.mark.parametrize("minutes", [1, 10, 60, 110])
def test_a_ramp_has_the_same_rate_at_every_scan(minutes: int) -> None:
    made = course([24.0 * minutes * k / 1440.0 for k in range(4 * 1440 // minutes)], minutes * MINUTE_NS)
    for rise in rises(made)[:2]:
        assert rise is not None
        assert rise.per_day == pytest.approx(24.0, rel=0.02)
        assert rise.at_least_per_day > 20.0


def test_windows_have_points_enough_after_eight_of_their_widths() -> None:
    for place, (hours, _) in enumerate(WINDOWS):
        assert rises(course([1.0] * (8 * hours - 1)))[place] is None
        assert rises(course([1.0] * (9 * hours)))[place] is not None


@pytest.mark.parametrize("at", range(1, 12))
def test_a_step_is_no_rise(at: int) -> None:
    dots = [Dot(day * DAY_NS, 100.0 if day < at else 130.0) for day in range(12)]
    rise = rise_of(dots)
    assert rise is not None
    assert rise.at_least_per_day <= 0.0


def test_a_spike_is_none_either() -> None:
    values = [100.0] * 200
    values[150] = 1e5
    for rise in rises(course(values)):
        assert rise is None or rise.at_least_per_day <= 0.0


def test_noise_hardly_ever_rises() -> None:
    drawn = random.Random(3)
    raised = 0
    for _ in range(4000):
        rise = rise_of([Dot(k * HOUR_NS, drawn.gauss(0.0, 1.0)) for k in range(8)])
        assert rise is not None
        raised += rise.at_least_per_day > 0.0
    assert raised <= 2


def test_what_was_taken_is_not_taken_again_and_a_long_gap_empties_the_window() -> None:
    made = course([1.0] * 12)
    assert not made.take(12 * HOUR_NS, 99.0)
    made.take(40 * HOUR_NS, 1.0)
    assert made.windows[0].rise is None
