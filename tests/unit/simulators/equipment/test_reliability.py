import math

import pytest

from simulators.equipment.reliability import Outage, indices

MINUTE = 60 * 1_000_000_000


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
