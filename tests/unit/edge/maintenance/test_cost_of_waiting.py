from __future__ import annotations

import msgspec
import pytest

from edge.maintenance.ageing import Paper, ageing_rate
from edge.maintenance.coming_day import ComingDay
from edge.maintenance.consequence import Prices
from edge.maintenance.constants import LIMITS, thermal_class
from edge.maintenance.cost_of_waiting import SAMPLED_DAYS, Stake, daily_costs, waited
from edge.maintenance.failure import CATEGORIES
from edge.maintenance.thermal import steady
from edge.maintenance.uncertain import within_factor

STAKE = Stake(
    thermal=thermal_class("power_onaf"),
    limit=LIMITS["normal_cyclic"],
    paper=Paper.KRAFT,
    category=CATEGORIES["transformer_132"],
    prices=Prices(
        currency="EUR",
        per_gbp=1.0,
        lost_load_per_kwh=within_factor(20.0, 2.0),
        restore_h=1.0,
        contingency_h=8.0,
        outages_per_year=within_factor(0.05, 3.0),
    ),
    age_years=40.0,
    replacement=180_000.0,
    kw_per_pu=24_000.0,
    residual_limit_k=4.0,
)


def flat(load_pu: float, ambient_c: float = 20.0) -> ComingDay:
    return ComingDay(start_ns=0, load_pu=(load_pu,) * 96, ambient_c=(ambient_c,) * 96, source="flat")


def test_a_healthy_cooler_costs_nothing():
    (cost,) = daily_costs(STAKE, flat(0.8), (), (1.0,))
    assert cost.sum.median == 0.0


def test_a_worse_cooler_costs_more():
    costs = [cost.sum.median for cost in daily_costs(STAKE, flat(0.8), (), (1.0, 1.2, 1.4, 1.6))]
    assert costs == sorted(costs)
    assert costs[1] > 0.0


def test_ageing_costs_the_extra_hours_of_life_at_the_price_of_a_new_unit():
    (cost,) = daily_costs(STAKE, flat(1.0), (), (1.2,))
    hot = steady(STAKE.thermal, 1.0, 20.0).hot_spot_c + 0.2 * 52.0
    extra_h = 24.0 * (ageing_rate(hot) - ageing_rate(98.0))
    assert cost.ageing.median == pytest.approx(extra_h / 180_000.0 * 180_000.0, rel=1e-6)


def test_at_a_limit_a_trip_has_an_even_chance_and_costs_the_lost_load():
    day = flat(1.0)
    factor = 1.0 + (120.0 - 98.0) / 52.0
    (cost,) = daily_costs(STAKE, day, (), (factor,))
    assert cost.peak_hot_spot_c == pytest.approx(120.0, abs=1e-6)
    assert cost.trip.median == pytest.approx(0.5 * 20.0 * 24_000.0, rel=1e-3)


def test_the_limit_is_dated_by_its_first_quarter():
    load = (0.4,) * 40 + (1.2,) * 12 + (0.4,) * 44
    (cost,) = daily_costs(STAKE, msgspec.structs.replace(flat(0.5), load_pu=load), (), (1.5,))
    assert cost.limit_step is not None
    assert 40 <= cost.limit_step < 50


def test_a_partner_that_cannot_be_carried_costs_only_where_the_fault_lowers_the_limit():
    (alone,) = daily_costs(STAKE, flat(0.6), (), (1.5,))
    (light,) = daily_costs(STAKE, flat(0.3), (0.3,) * 96, (1.5,))
    (heavy,) = daily_costs(STAKE, flat(0.6), (0.55,) * 96, (1.5,))
    assert alone.contingency.median == 0.0
    assert light.contingency.median == 0.0
    assert heavy.contingency.median > 0.0


def test_less_load_costs_less():
    costs = daily_costs(STAKE, flat(1.0), (), (1.3, 1.3), (1.0, 0.7))
    assert costs[1].sum.median < 0.2 * costs[0].sum.median


def test_a_fault_that_does_not_grow_costs_the_same_every_day():
    costs = daily_costs(STAKE, flat(0.9), (), (1.3,) * len(SAMPLED_DAYS))
    day, week, month = (waited(days, costs, share=1.0, extra_log_sigma=0.0) for days in (1.0, 7.0, 30.0))
    assert week.median == pytest.approx(7.0 * day.median)
    assert month.median == pytest.approx(30.0 * day.median)


def test_doubt_about_the_cause_lowers_the_cost_and_doubt_about_its_size_widens_it():
    costs = daily_costs(STAKE, flat(0.9), (), (1.3,) * len(SAMPLED_DAYS))
    sure = waited(7.0, costs, share=1.0, extra_log_sigma=0.0)
    unsure = waited(7.0, costs, share=0.5, extra_log_sigma=0.6)
    assert unsure.median == pytest.approx(0.5 * sure.median)
    assert unsure.high / unsure.low > sure.high / sure.low
