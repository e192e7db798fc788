"""The benchmark of the alarm on a missed forecast, at small size: it finds more of what is larger."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.bench_foretold import WARM_UP, Found, delays, live, rate, rows
from benchmarks.foretold_ends import ENDS, End, cries, with_faults
from benchmarks.foretold_year import Year, year_of
from edge.forecasting.horizon import DAY


@pytest.fixture(scope="module")
def lived() -> tuple[Year, Found]:
    """A week after four that were learnt."""
    year = year_of(most=WARM_UP + 7 * DAY)
    return year, live(year)


def test_the_larger_a_change_the_more_of_it_is_found(lived: tuple[Year, Found]) -> None:
    year, found = lived
    shares = [float(np.isfinite(delays(year, found, share)).mean()) for share in (0.0, -0.2, -0.5, -1.0)]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] > 0.95


def test_it_is_told_after_three_quarter_hours_and_within_five(lived: tuple[Year, Found]) -> None:
    year, found = lived
    told = delays(year, found, -1.0)
    told = told[np.isfinite(told)]
    assert told.min() > 1800.0
    assert told.max() <= 4500.0


def test_a_sound_week_of_february_is_quiet(lived: tuple[Year, Found]) -> None:
    year, found = lived
    assert rate(year, found, [point.name for point in year.site.points]) <= 0.25
    named = {row["name"]: row["value"] for row in rows(year, found, found, 1.0)}
    assert named["foretold.alarms_a_point_week.feeders"] <= 0.25


@pytest.mark.parametrize("end", [ENDS[0], ENDS[2]], ids=lambda end: end.name)
def test_when_a_fault_ends_the_alarm_does_not_cry_the_other_way(lived: tuple[Year, Found], end: End) -> None:
    year, _ = lived
    struck, faults = with_faults(year, end, first=WARM_UP)
    assert len(faults) >= 8
    assert cries(live(struck).raised, struck, faults, end) == 0
