from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.demand_response.battery import Battery
from edge.demand_response.expected_demand import ExpectedDemand, NoForecast, expected_demand
from edge.demand_response.peak_shaving import power_needed
from edge.demand_response.plan import Goal, schedule
from edge.demand_response.running_mean import RunningMean
from edge.demand_response.wish import steady_wish
from kernel.forecast import Forecast
from kernel.point import NANOSECONDS

BATTERY = Battery(power_kw=4000.0, energy_kwh=8000.0, soc_low=10.0, soc_high=90.0, round_trip=0.9)
GOAL = Goal(target_kw=17_350.0, charge_below_kw=17_200.0, rest_kwh=3200.0)


def demand(loads_kw: list[float], spread_kw: float = 300.0) -> ExpectedDemand:
    return ExpectedDemand(
        start_ns=0,
        step_s=900.0,
        median_kw=tuple(loads_kw),
        high_kw=tuple(load + spread_kw for load in loads_kw),
        made_at_ns=0,
        rung="model",
    )


def test_it_discharges_what_the_median_has_above_the_target_and_nothing_else():
    made = schedule(demand([15_000.0] * 4 + [18_350.0] * 4 + [15_000.0] * 4), BATTERY, 6000.0, GOAL)
    assert made.power_kw[4:8] == pytest.approx((1000.0,) * 4)
    assert made.need_kwh == pytest.approx(1000.0 / BATTERY.one_way)
    assert made.power_kw[:4] == (0.0,) * 4


def test_it_fills_the_valley_before_the_peak_where_demand_is_lowest():
    loads = [16_000.0] * 8 + [9000.0] * 8 + [16_000.0] * 8 + [19_000.0] * 12
    made = schedule(demand(loads), BATTERY, 0.0, GOAL)
    assert sum(made.power_kw[8:16]) < -10_000.0
    assert made.power_kw[:8] == (0.0,) * 8


def test_where_the_energy_cannot_suffice_the_target_rises_as_little_as_possible():
    made = schedule(demand([19_350.0] * 8), BATTERY, 1000.0, GOAL)
    kept = 1000.0 * BATTERY.one_way / 2.0
    assert made.target_kw == pytest.approx(19_350.0 - kept, abs=1.0)
    assert made.power_kw == pytest.approx((kept,) * 8, abs=1.0)


def test_a_peak_beyond_the_power_raises_the_target():
    assert schedule(demand([23_000.0] * 2), BATTERY, 6400.0, GOAL).target_kw == pytest.approx(
        19_000.0, abs=1.0
    )


def test_the_confidence_falls_with_what_is_stored():
    loads = [18_350.0] * 8
    full, half, empty = (
        schedule(demand(loads), BATTERY, kwh, GOAL).confidence for kwh in (6400.0, 2400.0, 0.0)
    )
    assert full > 0.95
    assert full > half > empty
    assert empty < 0.05


@pytest.mark.parametrize("loads", [[18_350.0] * 40, [23_000.0]], ids=["energy", "power"])
def test_a_full_battery_that_cannot_keep_the_limit_is_not_confident(loads):
    assert schedule(demand(loads), BATTERY, 6400.0, GOAL).confidence < 0.05


@settings(max_examples=60)
@given(
    st.lists(st.floats(5000.0, 22_000.0), min_size=4, max_size=96),
    st.floats(0.0, 6400.0),
    st.floats(0.0, 2000.0),
)
def test_no_plan_makes_a_new_peak_leaves_the_battery_or_its_power(loads, stored, spread):
    made = schedule(demand(loads, spread), BATTERY, stored, GOAL)
    energy = stored
    for load, power in zip(loads, made.power_kw, strict=True):
        assert abs(power) <= BATTERY.power_kw + 1e-6
        if power < 0.0:
            assert load + spread - power <= GOAL.charge_below_kw + 1e-6
        else:
            assert load - power <= max(load - 0.0, made.target_kw)
        energy -= power * 0.25 / BATTERY.one_way if power > 0.0 else power * 0.25 * BATTERY.one_way
        assert -1e-3 <= energy <= BATTERY.usable_kwh + 1e-3


@given(
    st.floats(0.0, 25_000.0), st.floats(0.0, 700.0), st.floats(0.0, 25_000.0), st.floats(10_000.0, 20_000.0)
)
def test_the_needed_power_ends_the_interval_at_the_target(so_far, elapsed, uncontrolled, target):
    mean = RunningMean(so_far_kw=so_far, elapsed_s=elapsed, interval_s=900.0, uncontrolled_kw=uncontrolled)
    power = power_needed(mean, target, horizon_s=180.0)
    end = (so_far * elapsed + (uncontrolled - power) * (900.0 - elapsed)) / 900.0
    assert end == pytest.approx(target, abs=1e-6)


@given(st.floats(-5000.0, 5000.0), st.floats(-4000.0, 4000.0), st.floats(0.0, 4000.0), st.floats(0.0, 4000.0))
def test_a_wish_stays_inside_what_the_battery_can_do(raw, before, down, up):
    wish = steady_wish(raw, before_kw=before, deadband_kw=100.0, step_kw=50.0, low_kw=-down, high_kw=up)
    assert -down <= wish <= up


def feeder(point: str, kw: float, spread: float, *, made_ns: int = 0, quantiles=(0.1, 0.5, 0.9)) -> Forecast:
    row = (kw - spread, kw, kw + spread)[: len(quantiles)]
    return Forecast(
        point=point,
        made_at_ns=made_ns,
        start_ns=0,
        step_s=900.0,
        quantiles=quantiles,
        values=(row,) * 96,
        model="test",
    )


def added(forecasts: list[Forecast], *, correlation: float = 0.5, now_s: float = 0.0):
    return expected_demand(
        {forecast.point: forecast for forecast in forecasts},
        ["a", "b"],
        now_ns=round(now_s * NANOSECONDS),
        max_age_s=7200.0,
        loss_share=0.0,
        correlation=correlation,
        naive_spread=0.1,
    )


@pytest.mark.parametrize(("correlation", "spread"), [(0.0, 500.0), (1.0, 700.0)])
def test_spreads_add_as_correlated_deviations(correlation, spread):
    result = added([feeder("a", 5000.0, 300.0), feeder("b", 4000.0, 400.0)], correlation=correlation)
    assert isinstance(result, ExpectedDemand)
    assert result.median_kw[0] == 9000.0
    assert result.high_kw[0] == pytest.approx(9000.0 + spread)


def test_a_forecast_that_began_earlier_is_cut_to_the_running_interval():
    result = added([feeder("a", 1.0, 0.0), feeder("b", 1.0, 0.0)], now_s=2000.0)
    assert isinstance(result, ExpectedDemand)
    assert (result.start_ns, len(result.median_kw)) == (1800 * NANOSECONDS, 94)


def test_a_forecast_with_only_a_median_gets_the_usual_spread():
    only = feeder("a", 5000.0, 0.0, quantiles=(0.4, 0.5))
    result = added([only, feeder("b", 0.0, 0.0)])
    assert isinstance(result, ExpectedDemand)
    assert result.high_kw[0] == pytest.approx(1.1 * 5000.0)


@pytest.mark.parametrize(
    ("forecasts", "now_s", "why"),
    [
        ([feeder("a", 1.0, 0.0)], 0.0, "no forecast for b"),
        ([feeder("a", 1.0, 0.0), feeder("b", 1.0, 0.0)], 7300.0, "122 min old"),
        ([feeder("a", 1.0, 0.0), feeder("b", 1.0, 0.0, quantiles=(0.1, 0.9))], 0.0, "lacks the median"),
        (
            [feeder("a", 1.0, 0.0, made_ns=10**14), feeder("b", 1.0, 0.0, made_ns=10**14)],
            80_000.0,
            "does not cover",
        ),
    ],
    ids=["missing", "old", "quantiles", "short"],
)
def test_what_cannot_be_planned_by_says_why(forecasts, now_s, why):
    result = added(forecasts, now_s=now_s)
    assert isinstance(result, NoForecast)
    assert why in result.why
