"""Where phases differ each is judged by itself: EN 50160 knows no mean of three."""

from dataclasses import replace

import numpy as np
import pytest

from aios.studies.series import Series
from simulators.indicators.voltage import Voltage
from simulators.networks.network import Network, Source
from tests.unit.simulators.indicators.courses import BUSES, HOUR_NS, RATED_KV, course

SOURCE = Source(name="s", bus="hv", voltage_pu=1.0, short_circuit_mva=1.0, rx_ratio=0.1)


def uneven(of_phases_pu, *, minutes=60, steps=4):
    """Return a course whose last bus has these voltages, (3,) or (steps, 3) pu."""
    spans = np.full(steps, minutes / 60)
    whole = course((1 + np.arange(steps)) * minutes * HOUR_NS // 60, spans, import_kw=np.ones(steps))
    phases = np.ones((steps, 3, 3))
    phases[:, 2] = of_phases_pu
    mean = np.nanmean(phases, axis=2) * RATED_KV
    return replace(whole, bus_kv=mean, phase_kv=phases * RATED_KV[:, None] / 3.0**0.5)


@pytest.mark.parametrize("minutes", [60, 5])
def test_the_lowest_and_the_highest_phase_are_those_of_the_bus(minutes):
    voltage = Voltage(BUSES)
    voltage.enter(uneven((0.69, 1.0, 1.12), minutes=minutes))
    found = voltage.values()
    assert (found["voltage_min_pu"], found["voltage_max_pu"]) == pytest.approx((0.69, 1.12))
    assert found["voltage_low_bus_h"] == found["voltage_high_bus_h"] == 4 * minutes / 60
    assert found["en50160_bus_weeks"] == 1.0


def test_the_mean_of_ten_minutes_is_that_of_one_phase():
    voltage = Voltage(BUSES)
    voltage.enter(uneven([(0.8, 1.0, 1.0), (1.0, 0.8, 1.0)] * 2, minutes=5))
    assert voltage.values()["voltage_min_pu"] == pytest.approx(0.9)


def test_a_dead_phase_is_interrupted_and_not_low_and_a_bus_is_dark_without_any():
    voltage = Voltage(BUSES)
    voltage.enter(uneven((0.0, 0.97, np.nan)))
    assert voltage.values()["voltage_min_pu"] == pytest.approx(0.97)
    assert voltage.values()["dark_bus_h"] == 0.0
    voltage.enter(uneven((0.0, 0.01, np.nan)))
    assert voltage.values()["dark_bus_h"] == 4.0


def test_a_step_without_phases_between_others_changes_nothing():
    voltage = Voltage(BUSES)
    hole = course([HOUR_NS], [1.0], import_kw=[1.0], converged=[False])
    voltage.enter(hole)
    voltage.enter(uneven((0.8, 1.0, 1.0)))
    voltage.enter(hole)
    assert voltage.values()["voltage_low_bus_h"] == 4.0


def test_the_series_shows_the_lowest_phase():
    series = Series(Network(name="n", source=SOURCE, buses=BUSES))
    series.enter(uneven((0.69, 1.0, 1.12)))
    table = series.table()
    assert table["voltage_min_pu"][0] == pytest.approx(0.69)
    assert table["voltage_max_pu"][0] == pytest.approx(1.12)
