"""Gas in oil: a sound unit raises nothing, a ramp is found early, and the words say what the ratios say."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping

import pytest

from edge.alarms.gas import DissolvedGas
from edge.alarms.gas_limits import gas_limits
from kernel.site import Site
from tests.fakes.nord_images import nord
from tests.fakes.oil_monitors import SOUND, frame, watched_nord
from tests.fakes.oil_world import BEGIN_S, gas_fault, monitored

LEVEL, RATE = 0, 1
"""Numbers of the alarms of t1."""
HOUR_S = 3600.0
Shown = Mapping[str, Mapping[str, float]]


def both(**gas: float) -> dict[str, dict[str, float]]:
    return {"t1": SOUND | gas, "t2": dict(SOUND)}


def found(readings: Iterable[tuple[float, Shown]], family: DissolvedGas) -> dict[int, float]:
    """When each alarm was seen first, hours since the begin."""
    first: dict[int, float] = {}
    for now_s, shown in readings:
        for number, over in family.look(frame(now_s, shown)).items():
            if over is not None and over > 0.0:
                first.setdefault(number, (now_s - BEGIN_S) / HOUR_S)
    return first


def test_a_site_without_gas_monitors_has_none_of_these_alarms() -> None:
    assert DissolvedGas(nord()).definitions == ()
    assert [one.id for one in DissolvedGas(watched_nord()).definitions] == [
        "gas_level:t1", "gas_rate:t1", "gas_level:t2", "gas_rate:t2",
    ]  # fmt: skip


def test_a_sound_month_raises_nothing_and_is_known_to_be_well_after_two_days() -> None:
    family = DissolvedGas(watched_nord())
    readings = list(monitored(31.0))
    assert found(readings[:47], family) == {}
    assert not family.knows(RATE)
    assert found(readings[47:60], family) == {}
    assert family.knows(RATE)
    assert found(readings[60:], family) == {}


def test_a_monitor_that_scatters_far_more_raises_nothing_in_half_a_year_of_unit_days() -> None:
    family, drawn = DissolvedGas(watched_nord()), random.Random(5)
    readings = (
        (
            BEGIN_S + hour * HOUR_S,
            {
                unit: {gas: ppm * drawn.gauss(1.0, 0.05) for gas, ppm in SOUND.items()}
                for unit in ("t1", "t2")
            },
        )
        for hour in range(30 * 24)
    )
    assert found(readings, family) == {}


def test_a_daily_course_of_the_readings_with_the_temperature_is_no_rise() -> None:
    readings = (
        (
            BEGIN_S + hour * HOUR_S,
            both(**{gas: ppm * (1.0 + 0.05 * math.sin(math.pi * hour / 12.0)) for gas, ppm in SOUND.items()}),
        )
        for hour in range(7 * 24)
    )
    assert found(readings, DissolvedGas(watched_nord())) == {}


def test_a_ramp_is_found_by_its_rate_long_before_its_level() -> None:
    fault = gas_fault("partial_discharge", ppm_per_day=20.0, after_days=2.0)
    first = found(monitored(14.0, faults=[fault]), DissolvedGas(watched_nord()))
    assert first[RATE] < 24.0 * 2.0 + 60.0
    assert first[LEVEL] > 24.0 * 2.0 + 120.0


@pytest.mark.parametrize(
    ("kind", "ppm_per_day", "above_oil_k", "words"),
    [
        ("partial_discharge", 400.0, 0.0, "partial discharges (PD)"),
        ("low_energy_discharge", 400.0, 0.0, "discharges of low energy (D1)"),
        ("high_energy_discharge", 400.0, 0.0, "discharges of high energy (D2)"),
        ("thermal", 10.0, 1000.0, "a thermal fault of 300 to 700 degC (T2)"),
    ],
)
def test_what_has_been_added_tells_the_class_of_the_fault(
    kind: str, ppm_per_day: float, above_oil_k: float, words: str
) -> None:
    family = DissolvedGas(watched_nord())
    fault = gas_fault(kind, ppm_per_day=ppm_per_day, above_oil_k=above_oil_k)
    for reading in monitored(1.0, faults=[fault]):
        if (family.look(frame(*reading)).get(RATE) or -1.0) > 0.0:
            break
    told = family.words(RATE, frame(*reading))
    assert words in told.text
    assert "T1 rises by" in told.text
    assert told.point.startswith("t1/")
    assert len(told.evidence) == 7


def test_a_level_is_judged_by_how_air_is_kept_out() -> None:
    sealed, breathing = watched_nord(), watched_nord(", breathing = 1.0")
    for site, levels in ((sealed, gas_limits().sealed), (breathing, gas_limits().breathing)):
        for gas, limit in levels.high.items():
            assert _level(site, **{gas: 0.99 * limit}) < 0.0 < _level(site, **{gas: 1.01 * limit})


def test_a_tap_changer_that_shares_its_oil_gives_acetylene_that_is_no_fault() -> None:
    site, arcs = watched_nord(", communicating_tap_changer = 1.0"), {"acetylene": 100.0}
    assert _level(watched_nord(), **arcs) > 0.0 > _level(site, **arcs)
    assert _level(site, acetylene=290.0) > 0.0
    assert _level(site, **arcs, hydrogen=201.0) > 0.0
    _, rises = gas_limits().of(site.asset["t1"].ratings)
    assert rises.limit_per_day("acetylene", 1.0, 100.0) == pytest.approx(37.0 / 365.25)


def _level(site: Site, **gas: float) -> float:
    over = DissolvedGas(site).look(frame(1.0, both(**gas), site=site)).get(LEVEL, -99.0)
    assert over is not None
    return over


def test_the_words_of_a_level_name_the_gases_and_carbon_oxides_alone_no_class() -> None:
    family = DissolvedGas(watched_nord())
    arcs = both(hydrogen=260.0, methane=120.0, ethane=30.0, ethylene=180.0, acetylene=210.0)
    text = family.words(LEVEL, frame(1.0, arcs)).text
    assert text.startswith("gas in the oil of T1: acetylene 210 ppm (19 in 20 have less than 2), ")
    assert (
        text.endswith("say discharges of low energy (D1) or discharges of high energy (D2)") or "(D2)" in text
    )
    paper = family.words(LEVEL, frame(1.0, both(carbon_monoxide=1300.0))).text
    assert "carbon monoxide 1300 ppm (19 in 20 have less than 1100)" in paper
    assert "60599" not in paper


def test_a_gas_that_cannot_be_read_lets_nothing_be_called_well() -> None:
    family = DissolvedGas(watched_nord())
    overs = family.look(frame(1.0, both(), holes=("t1/acetylene",)))
    assert overs == {LEVEL: None, RATE: None}
    worst = family.look(frame(2.0, both(hydrogen=500.0), holes=("t1/acetylene",)))[LEVEL]
    assert worst == pytest.approx(150.0)


def test_a_hole_is_no_reading() -> None:
    family, ramp = DissolvedGas(watched_nord()), [float(hour) for hour in range(12)]
    for hour in ramp:
        shown = both(hydrogen=20.0 + 10.0 * hour)
        family.look(frame(BEGIN_S + hour * HOUR_S, shown, holes=("t1/hydrogen",)))
    assert family.look(frame(BEGIN_S + 13.0 * HOUR_S, both())).get(RATE) is None


def test_a_restart_and_a_monitor_that_was_adjusted_raise_no_rate() -> None:
    site, first = watched_nord(), {}
    for begin in (0, 30):  # the second life knows nothing of the first
        family = DissolvedGas(site)
        readings = (
            (BEGIN_S + hour * HOUR_S, both(hydrogen=60.0 if hour < 20 else 90.0))
            for hour in range(begin, begin + 72)
        )
        first |= found(readings, family)
        assert family.knows(RATE)
    assert first == {}
    fresh = DissolvedGas(site)
    fresh.look(frame(BEGIN_S, both()))
    assert not fresh.knows(RATE)
    assert fresh.knows(LEVEL)
