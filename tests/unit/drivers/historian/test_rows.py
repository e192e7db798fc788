import numpy as np
import pytest

from drivers.historian.rows import flatten
from drivers.historian.sink import HistoryRefused
from kernel.measurement import block

IDS = np.array([30, 10, 20], dtype=np.int32)


def test_rows_are_sorted_by_point_and_time():
    rows = flatten([block([0, 1], [1.0, 2.0], [0, 0], at_ns=9), block([1], [3.0], [0], at_ns=5)], IDS)
    assert rows.point.tolist() == [10, 10, 30]
    assert rows.at_ns.tolist() == [5, 9, 9]
    assert rows.value.tolist() == [3.0, 2.0, 1.0]


def test_of_two_rows_the_one_known_later_stays():
    late = block([0], [2.0], [0], at_ns=5, available_at_ns=8)
    early = block([0], [1.0], [0], at_ns=5, available_at_ns=6)
    assert flatten([late, early], IDS).value.tolist() == [2.0]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_refused(value):
    with pytest.raises(HistoryRefused, match="hole"):
        flatten([block([0], [value], [0], at_ns=5)], IDS)


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_outside_the_table_is_refused(index):
    with pytest.raises(HistoryRefused, match="table of 3"):
        flatten([block([index], [1.0], [0], at_ns=5)], IDS)


def test_no_blocks_are_no_rows():
    assert len(flatten([], IDS)) == 0
