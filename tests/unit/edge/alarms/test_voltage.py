"""A busbar outside its band raises an alarm; one bad meter on it neither raises nor hides it."""

import pytest

from edge.alarms.family import framed
from edge.alarms.voltage import Voltage
from tests.fakes.nord_images import image, nord

VOLTAGE = Voltage(nord())
PLACES = [definition.id for definition in VOLTAGE.definitions]


def over(name: str, **seen: float) -> float | None:
    """How far an alarm is beyond its limit, -99 where it is well within."""
    return VOLTAGE.look(framed(image(**seen))).get(PLACES.index(name), -99.0)


def test_every_busbar_has_a_limit_and_a_band() -> None:
    places = [
        f"{what}:{asset}" for asset in ("grid", "t1", "t2") for what in ("voltage_limit", "voltage_band")
    ]
    assert places == PLACES


def test_a_sound_morning_says_nothing() -> None:
    assert VOLTAGE.look(framed(image())) == {}


def test_the_median_of_the_meters_counts() -> None:
    assert over("voltage_limit:t2", f13__voltage=30.0) == -99.0
    low = {f"f1{n}__voltage": 17.9 for n in (3, 4, 5)}
    assert over("voltage_limit:t2", **low) == pytest.approx(0.5)
    assert over("voltage_limit:t1", **low) == -99.0


def test_the_band_is_narrower_than_the_limit() -> None:
    high = {f"f1{n}__voltage": 21.2 for n in (1, 2)}
    assert over("voltage_band:t1", **high) > 0.0 > over("voltage_limit:t1", **high)


def test_without_a_meter_nothing_is_judged_and_one_good_meter_is_enough() -> None:
    both = image(holes=("f11/voltage", "f12/voltage"))
    one = image(holes=("f11/voltage",))
    assert VOLTAGE.look(framed(both)) == {
        PLACES.index(f"voltage_{what}:t1"): None for what in ("limit", "band")
    }
    assert VOLTAGE.look(framed(one)) == {}


def test_the_words_name_busbar_voltage_and_limit_with_every_meter_as_evidence() -> None:
    words = VOLTAGE.words(
        PLACES.index("voltage_limit:t1"), framed(image(f11__voltage=17.0, f12__voltage=17.0))
    )
    assert words.text == "voltage of T1 is 17.00 kV, -15.0 % of 20 kV; limit 10 %"
    assert [(found.asset, found.unit) for found in words.evidence] == [("f11", "kV"), ("f12", "kV")]
