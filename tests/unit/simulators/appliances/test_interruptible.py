from datetime import UTC, datetime, timedelta

import pytest

from simulators.appliances.hold import DemandResponseEvent
from simulators.appliances.planned import InterruptibleLoads
from tests.unit.simulators.appliances.conftest import HOUR, MINUTE, MONDAY, Alone

BEGIN = datetime(2016, 12, 5, 8, 0, tzinfo=UTC)


def stores(**changes):
    given = {"name": "cold", "at": "f13", "count": 4, "power_kw": 200.0, "notice_s": 1800.0}
    return InterruptibleLoads(**(given | changes))


def interruption(hours=2.0, begin=BEGIN, notice_s=0.0):
    end = begin + timedelta(hours=hours)
    return DemandResponseEvent(
        name="short", targets=("cold",), begin=begin, end=end, kind="interrupt", notice_s=notice_s
    )


class Switched:
    """A device that lets through all or nothing."""

    def __init__(self):
        self.limit_kw = float("inf")

    def sense(self, quantities, now_ns):
        pass

    def actuation(self, now_ns):
        return {"active_power_limit": self.limit_kw}


def off_minutes(world, minutes):
    return sum(power == 0.0 for power in world.minutes(minutes, "cold"))


@pytest.mark.parametrize(("announced_s", "minutes"), [(0.0, 90), (900.0, 105), (1800.0, 120), (7200.0, 120)])
def test_an_interruption_begins_when_its_notice_is_over(announced_s, minutes):
    world = Alone(stores(), events=[interruption(notice_s=announced_s)])
    world.advance(MONDAY + 8 * HOUR)
    assert off_minutes(world, 180) == pytest.approx(minutes, abs=1)


def test_nobody_is_interrupted_for_longer_than_agreed():
    world = Alone(
        stores(longest_s=3600.0, notice_s=0.0, least_on_s=86_400.0), events=[interruption(hours=6.0)]
    )
    world.advance(MONDAY + 8 * HOUR)
    assert off_minutes(world, 400) == pytest.approx(60, abs=1)
    assert world.parts[0].account()["refused_minutes"] > 4 * 280


def test_between_two_interruptions_a_plant_works_and_after_the_last_it_is_left_alone():
    events = [interruption(0.5, BEGIN + timedelta(hours=k)) for k in range(8)]
    world = Alone(stores(notice_s=0.0, least_on_s=5400.0, most=2), events=events)
    world.advance(MONDAY + 8 * HOUR)
    world.minutes(600, "cold")
    assert world.parts[0].account()["interruptions"] == 4 * 2


def test_what_is_not_served_is_counted_as_shed():
    held, free = Alone(stores(notice_s=0.0), events=[interruption()]), Alone(stores(notice_s=0.0))
    held.advance(MONDAY + 12 * HOUR)
    free.advance(MONDAY + 12 * HOUR)
    shed = held.parts[0].counted()["shed_kwh"]
    assert shed == pytest.approx(4 * 200.0 * 2.0, rel=0.15)
    served = held.parts[0].account()["served_kwh"]
    assert served + shed == pytest.approx(free.parts[0].account()["served_kwh"], rel=1e-9)


def test_a_device_that_lets_nothing_through_interrupts_after_the_notice():
    device = Switched()
    world = Alone(stores(), banks={"cold": device})
    world.advance(MONDAY + 10 * MINUTE)
    device.limit_kw = 0.0
    world.advance(MONDAY + 11 * MINUTE)
    assert off_minutes(world, 29) == 0
    assert off_minutes(world, 60) == pytest.approx(60, abs=2)
    device.limit_kw = 1000.0
    world.advance(world.now_ns + 2 * MINUTE)
    assert off_minutes(world, 10) == 0
