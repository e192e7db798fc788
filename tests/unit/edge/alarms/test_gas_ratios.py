"""The ratios of gases say what the table says, row by row, and nothing where no row holds."""

from __future__ import annotations

import pytest

from edge.alarms.gas_ratios import GasClass as G
from edge.alarms.gas_ratios import classes, told


def gases(r1: float, r2: float, r5: float) -> dict[str, float]:
    """Amounts with these ratios: CH4/H2, C2H2/C2H4, C2H4/C2H6."""
    return {
        "hydrogen": 100.0,
        "methane": 100.0 * r1,
        "ethane": 100.0,
        "ethylene": 100.0 * r5,
        "acetylene": 100.0 * r5 * r2,
    }


ROWS = [
    (0.09, 0.0, 0.19, {G.PD}),
    (0.11, 0.0, 0.19, set()),
    (0.09, 0.0, 0.21, set()),
    (0.3, 3.0, 1.1, {G.D1}),
    (0.3, 3.0, 0.9, set()),
    (0.6, 3.0, 1.1, set()),
    (0.05, 3.0, 1.1, set()),
    (0.3, 0.9, 1.5, set()),
    (0.7, 0.7, 2.1, {G.D2}),
    (0.7, 0.5, 2.1, set()),
    (0.7, 2.6, 2.1, set()),
    (0.7, 0.7, 1.9, set()),
    (1.1, 0.7, 2.1, set()),
    (0.3, 1.5, 2.5, {G.D1, G.D2}),
    (1.1, 0.5, 0.9, {G.T1}),
    (0.9, 0.0, 0.9, set()),
    (1.1, 0.09, 1.1, {G.T2}),
    (1.1, 0.11, 1.1, set()),
    (1.1, 0.0, 4.0, {G.T2}),
    (1.1, 0.19, 4.1, {G.T3}),
    (1.1, 0.21, 4.1, set()),
    (0.9, 0.0, 4.1, set()),
]


@pytest.mark.parametrize(("r1", "r2", "r5", "expected"), ROWS)
def test_each_row_holds_between_its_borders(r1: float, r2: float, r5: float, expected: set[G]) -> None:
    assert set(classes(gases(r1, r2, r5))) == expected


def test_no_gas_is_no_fault() -> None:
    assert classes(dict.fromkeys(("hydrogen", "methane", "ethane", "ethylene", "acetylene"), 0.0)) == ()
    assert classes(gases(0.05, 0.0, 0.1) | {"hydrogen": -1.0, "methane": -1.0}) == ()


def test_the_words_name_the_class_or_say_that_there_is_none() -> None:
    assert told(gases(1.1, 0.0, 2.0)) == (
        "the ratios of IEC 60599 say a thermal fault of 300 to 700 degC (T2)"
    )
    assert told(gases(0.5, 0.0, 0.5)) == "the ratios of IEC 60599 give no diagnosis"
    assert "not all gases" in told({"hydrogen": 500.0})
