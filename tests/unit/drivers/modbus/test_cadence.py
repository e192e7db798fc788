"""Who asks for little gets it; who asks for most of a line is read less often, and nobody else is."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.cadence import MOST, USABLE, Load, settled, stretches

QUICK = Load(reading_s=0.02, request_s=0.02, wanted_s=1.0)


def test_a_line_with_time_for_all_stretches_nobody():
    assert stretches([QUICK] * 30) == [1] * 30


def test_nobody_and_one_alone_are_no_trouble():
    assert stretches([]) == []
    assert stretches([replace(QUICK, reading_s=0.7, request_s=0.7)]) == [1]


def test_a_slow_device_is_read_less_often_and_its_neighbours_are_not():
    slow = Load(reading_s=0.8, request_s=0.8, wanted_s=1.0)
    assert stretches([QUICK, slow, QUICK]) == [1, 8, 1]


def test_a_device_with_many_quick_requests_gives_way_only_where_the_line_is_full():
    large = Load(reading_s=0.5, request_s=0.02, wanted_s=1.0)
    assert stretches([large, QUICK]) == [1, 1]
    assert stretches([large, large, QUICK]) == [2, 2, 1]


def test_equal_devices_share_the_lack_of_time():
    assert stretches([replace(QUICK, reading_s=0.1)] * 16) == [2] * 16


def test_a_cadence_does_not_swing_with_what_was_measured():
    near = [replace(QUICK, reading_s=0.1)] * 8
    assert settled([1] * 8, near) == [1] * 8
    assert settled([2] * 8, near) == [2] * 8
    assert settled([2] * 8, [QUICK] * 8) == [1] * 8


LOADS = st.lists(
    st.builds(Load, reading_s=st.floats(0.0, 3), request_s=st.floats(0.0, 3), wanted_s=st.floats(0.1, 10)),
    max_size=20,
)


@given(LOADS)
def test_what_is_left_fits_the_line(loads):
    found = stretches(loads)
    assert all(1 <= stretch <= MOST for stretch in found)
    left = sum(load.demand / stretch for load, stretch in zip(loads, found, strict=True))
    assert left <= USABLE + 1e-6 or (all(load.demand <= 1.0 for load in loads) and len(loads) == 1)


@given(LOADS)
def test_whoever_asks_for_less_than_a_fair_part_is_left_alone(loads):
    quick = [replace(load, request_s=0.0) for load in loads]
    for load, stretch in zip(quick, stretches(quick), strict=True):
        assert stretch == 1 or load.demand > USABLE / len(quick) - 1e-9
