from __future__ import annotations

import pytest

from edge.maintenance.failure import (
    CATEGORIES,
    duty_factor,
    failure_per_year,
    health_score,
    temperature_factor,
)

GRID = CATEGORIES["transformer_132"]


def test_a_new_unit_scores_half_and_one_at_the_end_of_its_life_five_and_a_half():
    assert health_score(GRID, age_years=0.0, duty=1.0, health_factor=1.0) == 0.5
    assert health_score(GRID, age_years=50.0, duty=1.0, health_factor=1.0) == pytest.approx(5.5)


def test_heavier_duty_ages_faster():
    light = health_score(GRID, age_years=30.0, duty=duty_factor(0.4), health_factor=1.0)
    assert health_score(GRID, age_years=30.0, duty=duty_factor(1.1), health_factor=1.0) > light


def test_below_the_limit_of_the_curve_age_does_not_change_the_probability():
    assert failure_per_year(GRID, 1.0) == failure_per_year(GRID, 4.0)
    assert failure_per_year(GRID, 5.5) > failure_per_year(GRID, 4.0)


def test_the_probability_at_the_end_of_life_by_hand():
    ch = 1.087 * 5.5
    by_hand = 0.000454 * (1 + ch + ch**2 / 2 + ch**3 / 6)
    assert failure_per_year(GRID, 5.5) == pytest.approx(by_hand)


@pytest.mark.parametrize(("residual", "factor"), [(2.0, 1.0), (5.0, 1.2), (9.0, 1.4)])
def test_a_temperature_reading_is_graded_by_its_limit(residual, factor):
    assert temperature_factor(residual, 4.0) == factor
