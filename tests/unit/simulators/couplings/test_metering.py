import math

import numpy as np
import pytest

from simulators.couplings.metering import JITTER, Instruments

TRUE = {"active_power": 8000.0, "voltage": 20.0, "top_oil_temperature": 40.0, "cooling_state": 1.0}


MINUTE_NS = 60 * 1_000_000_000


def many(instruments, device="m", count=4000, first=0):
    shown = [instruments.read(device, TRUE, (first + k) * MINUTE_NS) for k in range(count)]
    return {name: np.array([one[name] for one in shown]) for name in TRUE}


def test_electrical_quantities_stay_within_class_half_a_percent():
    for device in ("a", "b", "c", "d", "e"):
        shown = many(Instruments(seed=1), device)
        for name in ("active_power", "voltage"):
            assert np.abs(shown[name] / TRUE[name] - 1.0).max() < 0.005


def test_temperatures_stay_within_six_tenths_of_a_kelvin():
    assert np.abs(many(Instruments(seed=1))["top_oil_temperature"] - 40.0).max() <= 0.6


def test_an_instrument_has_a_gain_error_of_its_own_that_stays():
    instruments = Instruments(seed=1)
    first, later = (many(instruments, first=first)["active_power"].mean() for first in (0, 4000))
    other = many(instruments, "n")["active_power"].mean()
    assert abs(first - later) < 1.0
    assert abs(first - other) > 1.0


def test_readings_of_the_same_value_at_two_moments_differ_and_at_one_do_not():
    instruments = Instruments(seed=1)
    one, other = (instruments.read("m", TRUE, now_ns)["voltage"] for now_ns in (0, MINUTE_NS))
    assert one != other
    assert instruments.read("m", TRUE, 0)["voltage"] == one


def test_a_gas_monitor_measures_once_an_hour_within_its_class_and_a_laboratory_result_is_what_it_is():
    instruments = Instruments(seed=1)
    shown = [
        instruments.read("gas_t1", {"hydrogen": 100.0 + minute % 60, "furfural": 2.0}, minute * MINUTE_NS)
        for minute in range(0, 60 * 500, 20)
    ]
    hydrogen = np.array([one["hydrogen"] for one in shown]).reshape(500, 3)
    assert np.ptp(hydrogen, axis=1).max() == 0.0
    assert 0.015 < hydrogen[:, 0].std() / 100.0 < 0.025
    assert abs(hydrogen.mean() / 100.0 - 1.0) < 0.055
    assert {one["furfural"] for one in shown} == {2.0}


def test_a_gas_monitor_that_had_nothing_to_measure_measures_as_soon_as_it_has():
    instruments = Instruments(seed=1)
    shown = [
        instruments.read("gas_t1", {"moisture": true}, minute * MINUTE_NS)["moisture"]
        for minute, true in enumerate((math.nan, 8.0, 16.0, math.nan))
    ]
    assert math.isnan(shown[0])
    assert 7.0 < shown[1] < 9.0
    assert shown[1] == shown[2] == shown[3], "what was measured is shown until the next hour"


def test_codes_are_exact_and_nothing_stays_nothing():
    shown = Instruments(seed=1).read("m", {"cooling_state": 1.0, "current": 0.0}, 0)
    assert shown == {"cooling_state": 1.0, "current": 0.0}


def test_a_missing_value_stays_missing():
    assert math.isnan(Instruments(seed=1).read("m", {"active_power": math.nan}, 0)["active_power"])


def test_the_same_seed_gives_the_same_readings():
    assert Instruments(seed=5).read("m", TRUE, 0) == Instruments(seed=5).read("m", TRUE, 0)
    assert Instruments(seed=5).read("m", TRUE, 0) != Instruments(seed=6).read("m", TRUE, 0)


def test_noise_does_not_depend_on_what_else_is_measured_or_how_often():
    alone, busy = Instruments(seed=9), Instruments(seed=9)
    for now_ns in range(0, 20 * MINUTE_NS, MINUTE_NS):
        busy.read("other", TRUE, now_ns)
        busy.read("m", {"power_factor": 0.9}, now_ns - MINUTE_NS // 2)
        more = busy.read("m", {"first": 1.0, **dict(reversed(TRUE.items())), "last": 1.0}, now_ns)
        assert alone.read("m", TRUE, now_ns) == {name: more[name] for name in TRUE}


def test_jitter_has_its_spread_and_neither_a_memory_nor_a_twin():
    instruments, names = Instruments(seed=3), [f"power_{number}" for number in range(20)]
    asked = dict.fromkeys(names, 1.0)
    shown = [list(instruments.read("m", asked, second * 10**9).values()) for second in range(2000)]
    errors = np.array(shown) - np.mean(shown, axis=0)
    assert errors.std(axis=0) == pytest.approx(JITTER, rel=0.06)
    alike = np.corrcoef(errors.T) - np.eye(len(names))
    before = [np.corrcoef(errors[1:, row], errors[:-1, row])[0, 1] for row in range(len(names))]
    assert np.abs(alike).max() < 0.1  # 4.5 standard errors
    assert np.abs(before).max() < 0.1


def test_an_instrument_shows_the_same_whether_it_was_known_before_the_moment_or_not():
    known, new = Instruments(7), Instruments(7)
    known.read("m1", {"voltage": 20.0}, 1)
    known.read("m2", {"voltage": 20.0}, 1)
    new.read("m2", {"current": 1.0}, 2)
    assert known.read("m1", {"voltage": 20.0}, 2) == new.read("m1", {"voltage": 20.0}, 2)
