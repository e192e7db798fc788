"""What does not follow its set-point is seen; a device that says that it is limited is excused."""

from edge.alarms.family import framed
from edge.alarms.setpoint import SetpointFollowed
from tests.fakes.nord_images import image, nord

FOLLOWED = SetpointFollowed(nord())
LIMITED = 3.0


def over(**seen: float) -> float | None:
    return FOLLOWED.look(framed(image(**seen))).get(0, -99.0)


def test_the_battery_may_take_as_long_as_its_site_says() -> None:
    (definition,) = FOLLOWED.definitions
    assert definition.id == "setpoint_not_followed:bat1/active_power_setpoint"
    assert definition.timing.on_delay_s == 300.0


def test_what_is_delivered_is_held_against_what_is_set_both_ways() -> None:
    assert over(bat1__active_power_setpoint=1_000.0) == 800.0
    assert over(bat1__active_power=-1_000.0) == 800.0
    assert over(bat1__active_power_setpoint=1_000.0, bat1__active_power=900.0) == -100.0
    assert over() == -99.0


def test_a_device_that_is_limited_is_not_judged_against_its_set_point() -> None:
    assert over(bat1__active_power_setpoint=1_000.0, bat1__operating_state=LIMITED) == -99.0


def test_without_a_good_reading_nothing_is_judged() -> None:
    assert FOLLOWED.look(framed(image(holes=("bat1/active_power",)))) == {0: None}


def test_the_words_say_what_comes_and_what_is_set() -> None:
    words = FOLLOWED.words(0, framed(image(bat1__active_power_setpoint=1_000.0)))
    assert words.text == "BAT-1 gives 0 kW where 1000 kW is set"
    assert words.point == "bat1/active_power"
