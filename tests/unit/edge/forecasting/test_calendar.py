from datetime import UTC, date, datetime

import numpy as np
import pytest

from edge.forecasting.calendar import Calendar
from edge.forecasting.horizon import DAY, STEP_NS


def ns(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.fixture
def berlin() -> Calendar:
    changes = np.array([ns(2016, 3, 27, 1), ns(2016, 10, 30, 1)], dtype=np.int64)
    return Calendar(
        changes_ns=changes,
        offset_s=(3600, 7200, 3600),
        holidays=frozenset({(date(2016, 3, 28) - date(1970, 1, 1)).days}),
    )


def test_a_step_starts_at_local_midnight_not_at_midnight_utc(berlin):
    assert berlin.step(ns(2016, 1, 4, 23)) % DAY == 0
    assert berlin.step(ns(2016, 7, 4, 22)) % DAY == 0


def test_every_instant_of_a_quarter_hour_is_one_step():
    start = ns(2016, 1, 4, 12)
    assert (
        Calendar().step(start) == Calendar().step(start + STEP_NS - 1) == Calendar().step(start + STEP_NS) - 1
    )


def test_spring_skips_four_steps(berlin):
    change = ns(2016, 3, 27, 1)
    assert berlin.step(change) - berlin.step(change - STEP_NS) == 5


def test_autumn_repeats_four_steps(berlin):
    change = ns(2016, 10, 30, 1)
    assert berlin.step(change) - berlin.step(change - STEP_NS) == -3


def test_leads_count_one_by_one_on_a_common_day(berlin):
    at = ns(2016, 7, 4, 12)
    assert berlin.leads(at, berlin.step(at)).tolist() == list(range(1, DAY + 1))


def test_leads_jump_over_the_hour_that_spring_leaves_out(berlin):
    at = ns(2016, 3, 27, 0, 45)
    assert berlin.leads(at, berlin.step(at))[:3].tolist() == [5, 6, 7]


def test_leads_stay_within_the_horizon_when_the_clock_changes(berlin):
    for at in (ns(2016, 3, 27, 0, 45), ns(2016, 10, 30, 0, 45)):
        leads = berlin.leads(at, berlin.step(at))
        assert leads.min() >= 1
        assert leads.max() <= DAY


def test_the_epoch_was_a_thursday():
    assert [Calendar().day_class(day) for day in range(5)] == [3, 4, 5, 6, 0]


def test_a_holiday_is_lived_as_a_sunday(berlin):
    easter_monday = (date(2016, 3, 28) - date(1970, 1, 1)).days
    assert berlin.day_class(easter_monday) == 6
    assert berlin.day_class(easter_monday + 7) == 0


def test_an_offset_for_every_stretch_is_demanded():
    with pytest.raises(ValueError, match="1 changes need 2 offsets"):
        Calendar(changes_ns=np.array([5], dtype=np.int64), offset_s=(0,))


def test_a_fixed_calendar_has_one_offset():
    assert Calendar.fixed(3600).step(0) == 4
