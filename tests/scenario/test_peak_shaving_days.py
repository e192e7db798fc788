"""Peak shaving through whole days: noise, wrong forecasts, recharging, and too little energy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tests.scenario.peak_world import (
    LIMIT_KW,
    World,
    forecast,
)


def evening(hour: np.ndarray) -> np.ndarray:
    """A day's load with a peak of about 19.5 MW at 19 h and a valley at night, kW."""
    return 12_000 + 7500 * np.exp(-(((hour - 19) / 1.6) ** 2)) - 3000 * np.exp(-(((hour - 4) / 4) ** 2))


def day(world: World, *, noise_kw: float, hours: int = 30, forecast_error: float = 1.0) -> np.ndarray:
    """Run from noon on with a new forecast every quarter; return the interval means of the demand, kW."""
    rng = np.random.default_rng(7)
    for minute in range(hours * 60):
        hour = 12.0 + minute / 60.0
        if minute % 15 == 0:
            ahead = (hour + 0.25 * np.arange(96) + 0.125) % 24
            world.forecasts = forecast(
                [float(kw) for kw in forecast_error * evening(ahead)], made_ns=world.now_ns
            )
        world.tick(float(evening(np.array(hour % 24)) + noise_kw * rng.standard_normal()))
    return np.array(world.means)


def test_with_a_forecast_no_interval_of_a_noisy_day_passes_the_limit():
    world = World()
    means = day(world, noise_kw=120.0)
    uncontrolled = evening(np.arange(12, 36, 0.25) % 24).max()
    assert uncontrolled > LIMIT_KW + 1500.0
    assert means.max() <= LIMIT_KW


def test_a_forecast_10_percent_too_low_is_caught_by_the_running_mean():
    world = World(soc=80.0)
    assert day(world, noise_kw=50.0, forecast_error=0.9).max() <= LIMIT_KW


def test_after_the_peak_it_recharges_for_the_next_one_without_a_new_peak():
    world = World()
    means = day(world, noise_kw=50.0, hours=24)
    emptied = world.soc
    day_after = world.plans[-1]
    assert means[40:].max() < LIMIT_KW - 2 * 150.0
    assert emptied >= 50.0
    assert "kWh to keep now" in day_after.why


def test_where_the_energy_cannot_suffice_the_highest_mean_is_lowered_evenly():
    small = World(soc=25.0, settings={"soc_rest": 25.0, "soc_high": 26.0})
    means = day(small, noise_kw=0.0, hours=12)
    peak = evening(np.arange(12, 24, 0.25)).max()
    assert means.max() < peak - 500.0
    assert np.sort(means)[-4:].std() < 150.0
    assert any("suffices for" in plan.why for plan in small.plans)


def test_the_set_point_does_not_follow_noise():
    world = World()
    rng = np.random.default_rng(3)
    wishes = [world.proposal(world.tick(19_000.0 + 30.0 * rng.standard_normal())).wanted for _ in range(45)]
    changes = sum(after != before for before, after in pairwise(wishes))
    assert changes <= 10
    assert max(world.means) <= LIMIT_KW


def test_a_plan_is_published_once_an_interval_not_every_tick():
    world = World()
    world.forecasts = forecast([12_000.0] * 192, made_ns=world.now_ns)
    for _ in range(45):
        world.tick(12_000.0)
    assert 3 <= len(world.plans) <= 4
