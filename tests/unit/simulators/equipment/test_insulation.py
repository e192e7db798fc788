"""Gas, paper and water against published tables that are written here, not taken from the gateway."""

from itertools import pairwise

import numpy as np
import pytest

from simulators.equipment.furans import sampled
from simulators.equipment.gases import GASES, FaultClass, proportions, speed
from simulators.equipment.insulation import GasFault, Insulation, UnitPlate
from simulators.equipment.moisture import Wet, equilibrium_ppm, soluble_ppm, wet_after
from simulators.equipment.paper import KRAFT, UPGRADED, Paper, scission_per_h
from simulators.heat import ThermalReading
from simulators.networks.file import shipped
from simulators.part import Stretch
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid
from simulators.weather.model import Weather

NETWORK = shipped("nord")
DAY = 86_400 * 1_000_000_000
SKY = Weather(seed=1).at(0)
FLOWS = PowerGrid(NETWORK).solve(
    Injections(
        load_kw=np.full(len(NETWORK.loads), 6000.0),
        load_kvar=np.zeros(len(NETWORK.loads)),
        plant_kw=np.zeros(len(NETWORK.plants)),
        plant_kvar=np.zeros(len(NETWORK.plants)),
    )
)


def iec_60599(gas):
    """IEC 60599:2015, table 1."""
    r1 = gas["methane"] / gas["hydrogen"]
    r2 = gas["acetylene"] / gas["ethylene"]
    r5 = gas["ethylene"] / gas["ethane"]
    rows = {
        "PD": r1 < 0.1 and r5 < 0.2,
        "D1": r2 > 1.0 and 0.1 <= r1 <= 0.5 and r5 > 1.0,
        "D2": 0.6 <= r2 <= 2.5 and 0.1 <= r1 <= 1.0 and r5 > 2.0,
        "T1": r1 > 1.0 and r5 < 1.0,
        "T2": r2 < 0.1 and r1 > 1.0 and 1.0 <= r5 <= 4.0,
        "T3": r2 < 0.2 and r1 > 1.0 and r5 > 4.0,
    }
    return [name for name, holds in rows.items() if holds]


def duval(gas):
    """Duval triangle 1 (IEC 60599:2015, annex B)."""
    three = np.array([gas["methane"], gas["ethylene"], gas["acetylene"]])
    ch4, c2h4, c2h2 = 100.0 * three / three.sum()
    if ch4 >= 98.0:
        return "PD"
    if c2h2 < 4.0 and c2h4 < 50.0:
        return "T1" if c2h4 < 20.0 else "T2"
    if c2h4 >= 50.0 and c2h2 < 15.0:
        return "T3"
    if c2h2 >= 13.0 and c2h4 < 23.0:
        return "D1"
    return "D2" if c2h2 >= 29.0 or (c2h2 >= 13.0 and c2h4 < 40.0) else "DT"


CASES = [
    (FaultClass.PD, 0.0, "PD"),
    (FaultClass.D1, 0.0, "D1"),
    (FaultClass.D2, 0.0, "D2"),
    *((FaultClass.THERMAL, hot_c, "T1") for hot_c in (160.0, 220.0, 290.0)),
    *((FaultClass.THERMAL, hot_c, "T2") for hot_c in (310.0, 500.0, 690.0)),
    *((FaultClass.THERMAL, hot_c, "T3") for hot_c in (710.0, 850.0, 1000.0)),
]


@pytest.mark.parametrize(("kind", "hot_c", "expected"), CASES)
def test_the_gas_of_a_fault_lies_in_the_published_region_of_its_class(kind, hot_c, expected):
    gas = dict(zip(GASES, proportions(kind, hot_c), strict=True))
    assert expected in iec_60599(gas)
    assert duval(gas) == expected


def lived(days, *, faults=(), air=0.0, hot_c=98.0, oil_c=75.0, step_h=6.0, water=1.5):
    plates = {"t1": UnitPlate(air=air, water_percent=water)}
    insulation = Insulation(NETWORK, seed=3, plates=plates, faults=faults)
    heat = {
        "t1": ThermalReading(
            top_oil_c=oil_c, winding_c=hot_c, hot_spot_c=hot_c, fan_current_a=0.0, cooling_on=True
        )
    }
    course, step = [], round(step_h / 24.0 * DAY)
    for count in range(round(days * 24.0 / step_h)):
        since = count * step
        insulation.live(Stretch(since_ns=since, until_ns=since + step, flows=FLOWS, sky=SKY, heat=heat))
        course.append(insulation.ppm("t1"))
    return insulation, course


@pytest.mark.parametrize("kind", list(FaultClass))
def test_gas_never_falls_in_a_sealed_unit_and_ramps_where_there_is_a_fault(kind):
    fault = GasFault(
        asset="t1", kind=kind, ppm_per_day=20.0, begin_ns=5 * DAY, ramp_s=432_000.0, above_oil_k=1500.0
    )
    _, course = lived(30, faults=[fault])
    for gas in GASES:
        values = [ppm[gas] for ppm in course]
        assert all(later >= earlier for earlier, later in pairwise(values))
    _, sound = lived(30)
    assert course[-1]["hydrogen"] > sound[-1]["hydrogen"] + 10.0
    assert course[10] == sound[10]


def test_the_increase_of_gas_tells_the_class_of_the_fault():
    fault = GasFault(asset="t1", kind=FaultClass.D2, ppm_per_day=40.0, begin_ns=0)
    _, course = lived(20, faults=[fault])
    rise = {gas: course[-1][gas] - course[0][gas] for gas in GASES}
    assert "D2" in iec_60599(rise)


def test_degassing_takes_the_gas_and_the_fault_and_leaves_the_paper_old():
    fault = GasFault(asset="t1", kind=FaultClass.D1, ppm_per_day=20.0, begin_ns=0)
    insulation, course = lived(10, faults=[fault])
    dp = insulation.paper["t1"].dp
    insulation.mend("t1", 10 * DAY)
    assert insulation.ppm("t1")["acetylene"] < 0.1 * course[-1]["acetylene"]
    assert insulation.paper["t1"].dp == dp


def test_a_laboratory_finds_more_furfural_in_older_paper_once_in_half_a_year():
    for dp, low, high in ((1000.0, 0.005, 0.06), (600.0, 0.15, 1.0), (250.0, 2.0, 12.0)):
        for seed in range(20):
            one = sampled(None, asset="t1", dp=dp, now_ns=3 * DAY, seed=seed)
            assert low < one.furfural_ppm < high
    later = sampled(one, asset="t1", dp=240.0, now_ns=181 * DAY, seed=19)
    assert later is one
    assert sampled(one, asset="t1", dp=240.0, now_ns=183 * DAY, seed=19).taken_ns == 183 * DAY


def test_a_monitor_that_was_just_switched_on_has_measured_no_water_and_no_laboratory_result_is_there():
    shown = Insulation(NETWORK, seed=3).show()["t1"]
    assert shown["hydrogen"] == 20.0
    missing = ("moisture", "relative_moisture", "oil_temperature", "furfural", "sample_age")
    assert all(np.isnan(shown[name]) for name in missing)
    insulation, _ = lived(3)
    shown = insulation.show()["t1"]
    assert shown["sample_age"] == pytest.approx(2.75)
    assert shown["furfural"] > 0.0


def test_a_breathing_unit_loses_gas():
    _, sealed = lived(60)
    _, breathing = lived(60, air=1.0)
    assert breathing[-1]["hydrogen"] < sealed[-1]["hydrogen"]


@pytest.mark.parametrize("kind", [KRAFT, UPGRADED])
def test_paper_ages_faster_hotter_wetter_and_with_air(kind):
    rates = [scission_per_h(kind, hot_c=c, water_percent=1.5, air=0.2) for c in range(60, 161, 5)]
    assert rates == sorted(rates)
    wet = [scission_per_h(kind, hot_c=90.0, water_percent=w, air=0.0) for w in (0.5, 1.0, 1.5, 2.5, 3.5, 5.0)]
    assert wet == sorted(wet)
    dry, airy = (scission_per_h(kind, hot_c=80.0, water_percent=0.5, air=air) for air in (0.0, 1.0))
    assert airy > dry


def test_the_rates_are_those_of_the_table():
    # IEC 60076-7:2018, table A.2: at 98 degC, kraft, 1.5 % water, without air.
    assert scission_per_h(KRAFT, hot_c=98.0, water_percent=1.5, air=0.0) == pytest.approx(
        1.5e11 * np.exp(-128_000.0 / (8.314462618 * 371.15))
    )


def test_ageing_does_not_depend_on_how_time_is_cut():
    whole = Paper().after(1000.0, hot_c=110.0, water_percent=2.0, air=0.1)
    cut = Paper()
    for _ in range(100):
        cut = cut.after(10.0, hot_c=110.0, water_percent=2.0, air=0.1)
    assert cut.dp == pytest.approx(whole.dp, rel=1e-12)
    assert 200.0 < whole.dp < 1000.0


def test_water_goes_into_the_oil_when_it_warms_and_never_beyond_what_dissolves():
    warm = wet_after(Wet(2.0, 5.0), 24.0, oil_c=70.0)
    assert 5.0 < warm.oil_ppm < equilibrium_ppm(2.0, 70.0) < soluble_ppm(70.0)
    assert 20.0 < equilibrium_ppm(2.0, 70.0) < 60.0


def test_hotter_metal_makes_gas_faster():
    assert speed(200.0) < speed(300.0) < speed(700.0)


def test_a_fault_in_no_transformer_is_refused():
    with pytest.raises(KeyError, match="t9"):
        Insulation(
            NETWORK, seed=1, faults=[GasFault(asset="t9", kind=FaultClass.PD, ppm_per_day=1.0, begin_ns=0)]
        )
