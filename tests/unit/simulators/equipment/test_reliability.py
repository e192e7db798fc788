import math

import pytest

from simulators.equipment.reliability import Outage, daily_saidi, indices, major_event_threshold

MINUTE = 60 * 1_000_000_000
DAY = 1440 * MINUTE


def outage(minutes, customers=100, begin=0, load="a"):
    return Outage(
        load=load, customers=customers, begin_ns=begin, end_ns=begin + round(minutes * MINUTE), cause="x"
    )


def test_customer_minutes_add_up():
    found = [outage(30.0), outage(60.0, customers=40, load="b"), outage(3.0, customers=500, load="c")]
    total = indices(found, served=1000)
    assert total.saidi_min == pytest.approx((100 * 30.0 + 40 * 60.0) / 1000)
    assert total.saifi == pytest.approx(0.14)
    assert total.maifi == pytest.approx(0.5)
    assert total.caidi_min == pytest.approx(total.saidi_min / total.saifi)


def test_five_minutes_are_momentary_and_a_second_more_is_sustained():
    assert not outage(5.0).sustained
    assert outage(5.0 + 1.0 / 60.0).sustained


def test_nobody_served_has_no_indices():
    assert math.isnan(indices([], served=0).saidi_min)
    assert math.isnan(indices([], served=10).caidi_min)


def test_days_add_up_to_the_whole():
    found = [outage(30.0), outage(90.0, begin=DAY + 5 * MINUTE, load="b"), outage(20.0, begin=3 * DAY)]
    days = daily_saidi(found, served=1000, first_ns=0, days=4)
    assert sum(days) == pytest.approx(indices(found, served=1000).saidi_min)
    assert days[2] == 0.0


def test_a_storm_day_lies_above_the_threshold_and_usual_days_below():
    usual = [0.2 + 0.1 * math.sin(day) for day in range(1825)]
    threshold = major_event_threshold(usual)
    assert max(usual) < threshold < 20.0
    assert math.isnan(major_event_threshold([0.0, 1.0]))
