"""A loop that steers by what its bus cannot bring in time is named, with the rate reached and needed."""

import pytest

from kernel.schedule.carriage import Uncarried, uncarried
from kernel.schedule.loop import ControlLoop


class Steering:
    name = "shave"
    reads = ("f/power", "f/current", "b/charge", "x/computed")
    proposes = ("b/setpoint",)

    def start(self, past): ...

    def step(self, view, state): ...


class Watching(Steering):
    proposes = ()


DEVICE = {"f/power": "meter", "f/current": "meter", "b/charge": "inverter"}


def loop(agent=Steering, **more) -> ControlLoop:
    given = {"name": "shave", "period_s": 2.0, "deadline_s": 1.0, "priority": "control"} | more
    return ControlLoop(agent=agent(), **given)


def found(reached_s, one: ControlLoop | None = None, **more) -> list[Uncarried]:
    """Judge a loop where every point of a device comes as often as this says of the device."""
    points = {point: reached_s[device] for point, device in DEVICE.items() if device in reached_s}
    return list(uncarried([one or loop()], DEVICE, points, **more))


def test_a_loop_whose_devices_are_read_in_its_period_is_carried():
    assert found({"meter": 2.0, "inverter": 0.1}) == []


def test_a_device_that_is_read_too_seldom_is_named_once_with_the_first_point():
    (one,) = found({"meter": 6.0, "inverter": 2.0})
    assert (one.loop, one.point, one.device) == ("shave", "f/power", "meter")
    assert (one.reached_s, one.needed_s) == (6.0, 2.0)


def test_a_point_that_comes_more_seldom_than_the_others_of_its_device_is_the_one_that_is_named():
    (one,) = uncarried([loop()], DEVICE, {"f/power": 1.0, "f/current": 30.0, "b/charge": 1.0})
    assert (one.point, one.device, one.reached_s) == ("f/current", "meter", 30.0)


def test_every_device_that_is_too_slow_is_named():
    assert [one.device for one in found({"meter": 6.0, "inverter": 3.0})] == ["meter", "inverter"]


def test_a_site_may_say_that_a_loop_can_live_with_older_values():
    assert found({"meter": 6.0}, loop(fresh_s=6.0)) == []
    assert [one.needed_s for one in found({"meter": 6.1}, loop(fresh_s=6.0))] == [6.0]


def test_a_site_may_say_that_a_loop_needs_fresher_values_than_its_period():
    assert [one.needed_s for one in found({"meter": 1.0}, loop(fresh_s=0.5))] == [0.5]


def test_a_loop_that_steers_nothing_may_read_what_it_likes():
    assert found({"meter": 1e6}, loop(Watching)) == []


def test_a_device_that_is_not_judged_is_carried():
    assert found({}) == []


@pytest.mark.parametrize(("reached_s", "count"), [(3.0, 0), (3.1, 1)])
def test_a_margin_is_left_to_who_runs(reached_s, count):
    assert len(found({"meter": reached_s}, margin=1.5)) == count
