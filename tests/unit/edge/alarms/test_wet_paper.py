"""Paper is judged by warm oil over whole days; the equilibrium is that of the literature, not the world's."""

from __future__ import annotations

import math

import pytest

from edge.alarms.wet_paper import MoistPaper, paper_percent
from simulators.equipment.insulation import UnitPlate
from tests.fakes.oil_monitors import SOUND, frame, watched_nord
from tests.fakes.oil_world import BEGIN_S, monitored

HOUR_S = 3600.0


def fessler_ppm(percent: float, celsius: float) -> float:
    """Fessler's equilibrium of the paper and Oommen's solubility, written here anew."""
    kelvin = celsius + 273.15
    atm = (percent / 100.0 / (2.173e-7 * math.exp(4725.6 / kelvin))) ** (1.0 / 0.6685)
    saturated = 611.2 * math.exp(17.62 * celsius / (243.12 + celsius)) / 101_325.0
    return atm / saturated * 10.0 ** (7.09 - 1567.0 / kelvin)


@pytest.mark.parametrize("percent", [0.5, 1.0, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("celsius", [40.0, 50.0, 60.0, 70.0, 80.0])
def test_the_estimate_is_near_another_equilibrium(percent: float, celsius: float) -> None:
    assert paper_percent(fessler_ppm(percent, celsius), celsius) == pytest.approx(percent, abs=0.5)


def seen(water: float, *, days: float = 10.0, oil_c: float = 52.0) -> tuple[float | None, MoistPaper]:
    """How far t1 was beyond the limit at the end, if it was near it, and the family."""
    family, over = MoistPaper(watched_nord()), None
    for now_s, shown in monitored(days, plates={"t1": UnitPlate(water_percent=water)}, oil_c=oil_c):
        over = family.look(frame(now_s, shown)).get(0)
    return over, family


def test_four_percent_of_water_are_seen_and_a_sound_unit_is_not() -> None:
    over, family = seen(4.0)
    assert over is not None
    assert over > 0.3
    assert family.knows(0)
    over, family = seen(1.5, days=31.0)
    assert over is None
    assert family.knows(0)


def test_cold_oil_says_nothing() -> None:
    over, family = seen(4.0, oil_c=20.0, days=2.0)
    assert over is None
    assert not family.knows(0)
    assert (
        family.words(0, frame(1.0, {})).unjudged == "oil of 20 degC is too cold to say how wet the paper is"
    )


@pytest.mark.parametrize("minutes", [10, 60])
def test_it_takes_a_day_of_readings_and_a_warm_hour_is_no_wet_paper(minutes: int) -> None:
    family, over = MoistPaper(watched_nord()), -1.0
    for count in range(30 * 60 // minutes):
        hour = count * minutes / 60.0
        wet = {"moisture": 60.0 if 8.0 <= hour < 10.0 else 8.0, "oil_temperature": 50.0}
        overs = family.look(frame(BEGIN_S + hour * HOUR_S, {"t1": wet, "t2": SOUND}))
        over = max(over, overs.get(0) or -1.0)
        assert family.knows(0) == (hour >= 24.0)
    assert over < 0.0


def test_a_hole_is_not_judged() -> None:
    family = MoistPaper(watched_nord())
    assert family.look(frame(1.0, {}, holes=("t1/oil_temperature",))) == {0: None}


def test_the_words_have_water_and_temperature() -> None:
    _, family = seen(4.0, days=2.0)
    words = family.words(0, frame(1.0, {}))
    assert words.text.startswith("paper of T1 holds 3.")
    assert "ppm in oil of 52 degC over days" in words.text
    assert [one.name for one in words.evidence] == ["moisture", "oil_temperature"]
