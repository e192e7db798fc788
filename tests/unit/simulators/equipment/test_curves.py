import math

import pytest

from simulators.equipment.curves import (
    CURVES,
    DEFINITE,
    EXTREMELY_INVERSE,
    IEEE_EXTREMELY,
    IEEE_MODERATELY,
    IEEE_VERY,
    STANDARD_INVERSE,
    VERY_INVERSE,
)
from simulators.equipment.overcurrent import Overcurrent, OvercurrentSettings

MULTIPLES = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)
# Printed trip times at dial 1: GE, L90 Line Current Differential System instruction manual, table 5-29.
PRINTED = {
    IEEE_EXTREMELY: (22.682, 9.522, 3.647, 2.002, 1.297, 0.927, 0.709, 0.569, 0.474, 0.407),
    IEEE_VERY: (16.179, 7.028, 2.942, 1.798, 1.308, 1.051, 0.900, 0.802, 0.736, 0.689),
    IEEE_MODERATELY: (6.439, 3.803, 2.432, 1.946, 1.688, 1.526, 1.412, 1.327, 1.260, 1.207),
}
# IEC 60255-151, curves A, B and C at time multiplier 1, as relay manuals print them.
IEC = {
    STANDARD_INVERSE: {2.0: 10.029, 5.0: 4.280, 10.0: 2.971},
    VERY_INVERSE: {2.0: 13.500, 5.0: 3.375, 10.0: 1.500},
    EXTREMELY_INVERSE: {2.0: 26.667, 5.0: 3.333, 10.0: 0.808},
}


@pytest.mark.parametrize("curve", PRINTED, ids=lambda curve: curve.name)
def test_ieee_curves_trip_at_the_printed_times(curve):
    for multiple, seconds in zip(MULTIPLES, PRINTED[curve], strict=True):
        assert curve.trip_s(multiple) == pytest.approx(seconds, abs=0.0006)


@pytest.mark.parametrize("curve", IEC, ids=lambda curve: curve.name)
def test_iec_curves_trip_at_the_printed_times(curve):
    for multiple, seconds in IEC[curve].items():
        assert curve.trip_s(multiple) == pytest.approx(seconds, abs=0.0006)


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_no_curve_trips_at_pickup_or_below(curve):
    assert math.isinf(curve.trip_s(1.0))
    assert math.isinf(curve.trip_s(0.3))


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES.keys())
def test_a_current_a_last_bit_above_pickup_takes_long_and_breaks_nothing(curve):
    assert curve.a == 0.0 or curve.trip_s(math.nextafter(1.0, 2.0)) > 1e9


def test_definite_time_is_the_dial_whatever_the_current():
    assert {DEFINITE.trip_s(multiple, dial=0.4) for multiple in (1.01, 2.0, 15.0)} == {0.4}


def test_ieee_discs_turn_back_in_the_printed_time_and_iec_ones_at_once():
    assert IEEE_VERY.full_reset_s(0.0) == pytest.approx(21.6)
    assert IEEE_EXTREMELY.full_reset_s(0.5, dial=2.0) == pytest.approx(2.0 * 29.1 / 0.75)
    assert STANDARD_INVERSE.full_reset_s(0.5) == 0.0


def test_a_current_that_is_no_number_turns_no_disc_and_lets_none_fall_back():
    settings = OvercurrentSettings(pickup_a=100.0, curve=IEEE_VERY, instantaneous_a=2000.0)
    half = Overcurrent(settings).after(500.0, 0.5 * settings.trip_s(500.0))
    assert half.turned == pytest.approx(0.5)
    assert half.after(math.nan, 3600.0) == half
    assert math.isinf(half.left_s(math.nan))
