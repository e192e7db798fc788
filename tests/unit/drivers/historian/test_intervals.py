import pytest

from drivers.historian.intervals import Grid, Mean, grid_of, lay_out


def test_an_interval_holds_its_begin_and_not_its_end():
    grid = grid_of(step_s=900.0, end_ns=1800 * 10**9, count=2)
    assert [grid.place(at * 10**9) for at in (0, 899, 900, 1799, 1800)] == [0, 0, 1, 1, 2]


def test_a_mean_with_less_than_half_good_rows_is_a_hole():
    values, good = lay_out(
        1, Grid(step_ns=1, end_ns=2, count=2), [Mean(0, 0, 7.0, 0.5), Mean(0, 1, 7.0, 0.49)], []
    )
    assert values.tolist() == [[7.0, 0.0]]
    assert good.tolist() == [[True, False]]


@pytest.mark.parametrize("step_s", [0.0, -1.0])
def test_a_grid_needs_a_step(step_s):
    with pytest.raises(ValueError, match="intervals of"):
        grid_of(step_s=step_s, end_ns=0, count=1)
