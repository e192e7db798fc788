from datetime import UTC, date, datetime

import numpy as np
import pytest

from simulators.networks.file import shipped
from simulators.profiles import load_profiles
from tests.unit.simulators.demo_day import limit_for, midnight_ns, pick_day


@pytest.fixture(scope="module")
def chosen():
    return pick_day(load_profiles(), shipped("nord"), first=date(2016, 12, 12), last=date(2016, 12, 16))


def test_the_day_is_a_winter_working_day_with_its_peak_in_the_evening(chosen):
    assert chosen.day == date(2016, 12, 14)
    assert chosen.day.weekday() < 5
    end = datetime.fromtimestamp(chosen.peak_end_ns / 1e9, UTC)
    assert (end.hour, end.minute) == (17, 0)  # 18:00 local winter time
    assert chosen.peak_kw > chosen.rest_kw + 1000.0


def test_the_limit_can_be_kept_by_the_battery_with_a_reserve(chosen):
    assert chosen.rest_kw - 500.0 < chosen.limit_kw < chosen.peak_kw - 1000.0
    assert 0.0 < chosen.needed_kw <= 0.8 * 4000.0
    assert 0.0 < chosen.needed_kwh <= 0.5 * 8000.0


def test_the_limit_is_the_lowest_that_the_battery_can_keep():
    import_kw = np.array([10_000.0, 14_000.0, 14_000.0, 10_000.0])
    assert limit_for(import_kw, power_kw=4000.0, energy_kwh=8000.0) == 11_000.0
    assert limit_for(import_kw, power_kw=4000.0, energy_kwh=1000.0) == 13_000.0
    assert limit_for(import_kw, power_kw=1000.0, energy_kwh=8000.0) == 13_500.0


def test_midnight_is_an_hour_before_the_universal_one():
    assert midnight_ns(date(2016, 12, 14)) == 1_481_670_000 * 1_000_000_000


def test_a_year_without_an_evening_peak_has_no_demo_day(network, profiles):
    with pytest.raises(LookupError, match="evening"):
        pick_day(profiles, network, first=date(2016, 12, 12), last=date(2016, 12, 13))
