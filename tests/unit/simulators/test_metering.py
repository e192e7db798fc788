import math

import numpy as np

from simulators.metering import Instruments

TRUE = {"active_power": 8000.0, "voltage": 20.0, "top_oil_temperature": 40.0, "cooling_state": 1.0}


def many(instruments, device="m", count=4000):
    shown = [instruments.read(device, TRUE) for _ in range(count)]
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
    first, later = many(instruments)["active_power"].mean(), many(instruments)["active_power"].mean()
    other = many(instruments, "n")["active_power"].mean()
    assert abs(first - later) < 1.0
    assert abs(first - other) > 1.0


def test_two_readings_of_the_same_value_differ():
    instruments = Instruments(seed=1)
    assert instruments.read("m", TRUE)["voltage"] != instruments.read("m", TRUE)["voltage"]


def test_codes_are_exact_and_nothing_stays_nothing():
    shown = Instruments(seed=1).read("m", {"cooling_state": 1.0, "current": 0.0})
    assert shown == {"cooling_state": 1.0, "current": 0.0}


def test_a_missing_value_stays_missing():
    assert math.isnan(Instruments(seed=1).read("m", {"active_power": math.nan})["active_power"])


def test_the_same_seed_gives_the_same_readings():
    assert Instruments(seed=5).read("m", TRUE) == Instruments(seed=5).read("m", TRUE)
    assert Instruments(seed=5).read("m", TRUE) != Instruments(seed=6).read("m", TRUE)


def test_errors_are_drawn_in_the_order_of_the_readings_however_these_are_cut():
    whole, cut = Instruments(seed=9), Instruments(seed=9)
    names = [f"power_{number}" for number in range(700)]
    together = whole.read("m", dict.fromkeys(names, 1.0))
    apart = [cut.read("m", {name: 1.0})[name] for name in names]
    assert list(together.values()) == apart
