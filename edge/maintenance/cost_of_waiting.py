"""What a day with a bad cooler costs, and what waiting some days adds up to.

Each figure is the difference between the coming day with the fault and the same day without it. Four costs
are added: paper that ages faster; a trip where a temperature limit is reached; the higher probability of
failure; and load that could not be carried for a partner that fails meanwhile. docs/repair-ranking.md has
the formulas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from edge.maintenance.ageing import NORMAL_LIFE_H, Paper, loss_of_life_h
from edge.maintenance.coming_day import ComingDay
from edge.maintenance.consequence import Prices, failure_cost, interruption
from edge.maintenance.constants import LoadingLimit, ThermalClass
from edge.maintenance.failure import (
    Category,
    duty_factor,
    failure_per_year,
    health_score,
    temperature_factor,
)
from edge.maintenance.history import STEP_S
from edge.maintenance.rating import lasting_load_pu
from edge.maintenance.thermal import Array, steady, trajectory
from edge.maintenance.uncertain import Uncertain, product, total, within_factor

PEAK_SIGMA_K: Final = 4.0
"""Spread of a forecast peak temperature, K (one sigma): weather, load and model; ours."""
AGEING_FACTOR: Final = 2.0
"""Six kelvin double the ageing, and the hot-spot is known to about six kelvin in 80 % of cases; ours."""
FAILURE_FACTOR: Final = 2.0
"""80 % interval of the methodology's failure rate, as a factor; ours."""
SAMPLED_DAYS: Final = (0.0, 1.0, 3.5, 7.0, 15.0, 30.0)
"""Days ahead at which the daily cost is computed; Simpson's rule joins them."""


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """What the site knows of one transformer that its costs need."""

    thermal: ThermalClass
    limit: LoadingLimit
    paper: Paper
    category: Category
    prices: Prices
    age_years: float
    replacement: float
    """Price of a new unit, currency of the site."""
    kw_per_pu: float
    """Active power at rated current, kW."""
    residual_limit_k: float
    """Residual beyond which a temperature reading is high, K."""


class DailyCost(msgspec.Struct, frozen=True, kw_only=True):
    """Cost of one such day above a healthy one, by reason; currency / day."""

    ageing: Uncertain
    trip: Uncertain
    failure: Uncertain
    contingency: Uncertain
    peak_hot_spot_c: float
    peak_top_oil_c: float
    ageing_h: float
    """Insulation life that the day consumes, hours."""
    limit_step: int | None
    """First quarter of the day that passes a limit; None where none does."""

    @property
    def sum(self) -> Uncertain:
        """All four, currency / day."""
        return total((self.ageing, self.trip, self.failure, self.contingency))


class _Heat(msgspec.Struct, frozen=True, kw_only=True):
    hot_spot_c: Array
    top_oil_c: Array


def _heat(of: Stake, day: ComingDay, factors: Array, scales: Array) -> _Heat:
    """Run the day twice, so that the second has forgotten how the first began; both (96, N)."""
    ambient = np.tile(np.asarray(day.ambient_c), 2)
    load = np.tile(np.asarray(day.load_pu), 2)[:, None] * scales[None, :]
    start = steady(of.thermal, load.mean(axis=0), np.full_like(scales, ambient.mean()))
    run = trajectory(of.thermal, start, load, ambient, dt_s=STEP_S, rise_factor=factors)
    half = len(day.load_pu)
    return _Heat(hot_spot_c=run.hot_spot_c[half:], top_oil_c=run.top_oil_c[half:])


def daily_costs(
    of: Stake,
    day: ComingDay,
    partner_load_pu: Sequence[float],
    factors: Sequence[float],
    scales: Sequence[float] | None = None,
) -> tuple[DailyCost, ...]:
    """Return the cost of the coming day for N cases of the cooler.

    Args:
        of: the transformer and its prices.
        day: load and ambient of the coming day.
        partner_load_pu: load of the partner for each quarter, pu of this transformer; empty without partner.
        factors: N top-oil rises over that of a healthy cooler.
        scales: N shares of the day's load that are kept; None for all of it.
    """
    kept = np.ones(len(factors)) if scales is None else np.asarray(scales)
    sick = _heat(of, day, np.asarray(factors), kept)
    well = _heat(of, day, np.ones(len(factors)), kept)
    return tuple(
        _one(
            of, day, partner_load_pu, factor=factor, scale=float(kept[case]), sick=sick, well=well, case=case
        )
        for case, factor in enumerate(factors)
    )


def _one(  # noqa: PLR0913 - one case of a table: its column in two arrays and what belongs to it
    of: Stake,
    day: ComingDay,
    partner_load_pu: Sequence[float],
    *,
    factor: float,
    scale: float,
    sick: _Heat,
    well: _Heat,
    case: int,
) -> DailyCost:
    hot, oil = sick.hot_spot_c[:, case], sick.top_oil_c[:, case]
    ageing_h = float(loss_of_life_h(hot, dt_h=STEP_S / 3600.0, paper=of.paper))
    healthy_h = float(loss_of_life_h(well.hot_spot_c[:, case], dt_h=STEP_S / 3600.0, paper=of.paper))
    over = np.flatnonzero((hot > of.limit.hot_spot_c) | (oil > of.limit.top_oil_c))
    chance = _trip_chance(of, sick, case) - _trip_chance(of, well, case)
    peak_pu = scale * max(day.load_pu)
    peak_kw = peak_pu * of.kw_per_pu
    residual_k = (factor - 1.0) * float((well.top_oil_c[:, case] - np.asarray(day.ambient_c)).mean())
    return DailyCost(
        ageing=within_factor(max(0.0, ageing_h - healthy_h) / NORMAL_LIFE_H * of.replacement, AGEING_FACTOR),
        trip=_times(interruption(of.prices, peak_kw), max(0.0, chance)),
        failure=_times(
            product(within_factor(1.0, FAILURE_FACTOR), failure_cost(of.prices, of.category, peak_kw)),
            _added_failure_per_year(of, peak_pu, residual_k) / 365.0,
        ),
        contingency=_contingency(of, day, partner_load_pu, factor=factor, scale=scale),
        peak_hot_spot_c=float(hot.max()),
        peak_top_oil_c=float(oil.max()),
        ageing_h=ageing_h,
        limit_step=int(over[0]) if over.size else None,
    )


def _times(of: Uncertain, share: float) -> Uncertain:
    return Uncertain(median=of.median * share, log_sigma=of.log_sigma)


def _trip_chance(of: Stake, heat: _Heat, case: int) -> float:
    """Probability that the day's peak passes the hot-spot or top-oil limit, 0 to 1."""
    margin = max(
        float(heat.hot_spot_c[:, case].max()) - of.limit.hot_spot_c,
        float(heat.top_oil_c[:, case].max()) - of.limit.top_oil_c,
    )
    return 0.5 * math.erfc(-margin / (PEAK_SIGMA_K * math.sqrt(2.0)))


def _added_failure_per_year(of: Stake, peak_pu: float, residual_k: float) -> float:
    duty = duty_factor(peak_pu)
    factor = temperature_factor(residual_k, of.residual_limit_k)
    with_fault = health_score(of.category, age_years=of.age_years, duty=duty, health_factor=factor)
    without = health_score(of.category, age_years=of.age_years, duty=duty, health_factor=1.0)
    return failure_per_year(of.category, with_fault) - failure_per_year(of.category, without)


def _contingency(
    of: Stake, day: ComingDay, partner_load_pu: Sequence[float], *, factor: float, scale: float
) -> Uncertain:
    """Load that cannot be carried for a failed partner because of the fault, at any time of the day.

    The partner fails `outages_per_year` times; this unit then carries both for `contingency_h` hours. What is
    above its lasting load limit must be shed. Begun at a random time, the expected energy is the day's excess
    times contingency_h / 24.
    """
    if not partner_load_pu:
        return Uncertain(median=0.0, log_sigma=0.0)
    ambient = max(day.ambient_c)
    limits = [
        lasting_load_pu(of.thermal, of.limit, ambient_c=ambient, rise_factor=rise) for rise in (factor, 1.0)
    ]
    both = [scale * own + other for own, other in zip(day.load_pu, partner_load_pu, strict=True)]
    excess = [sum(max(0.0, load - limit) for load in both) for limit in limits]
    kwh = max(0.0, excess[0] - excess[1]) * of.kw_per_pu * STEP_S / 3600.0
    per_outage = kwh * of.prices.contingency_h / 24.0
    cost = product(of.prices.outages_per_year, of.prices.lost_load_per_kwh)
    return _times(cost, per_outage / 365.0)


def waited(days: float, costs: Sequence[DailyCost], *, share: float, extra_log_sigma: float) -> Uncertain:
    """Return what waiting some days costs: 1, 7 or 30, by Simpson's rule over `SAMPLED_DAYS`.

    Args:
        days: 1, 7 or 30.
        costs: one for each of `SAMPLED_DAYS`.
        share: probability that the cooler is at fault, 0 to 1.
        extra_log_sigma: doubt about the size of the fault, added to that of the costs.
    """
    at = dict(zip(SAMPLED_DAYS, costs, strict=True))
    middle = {1.0: 0.0, 7.0: 3.5, 30.0: 15.0}[days]
    first, between, last = (at[day].sum for day in (0.0, middle, days))
    median = days / 6.0 * (first.median + 4.0 * between.median + last.median)
    if days == 1.0:
        median = 0.5 * (first.median + last.median)
    return Uncertain(median=share * median, log_sigma=math.hypot(between.log_sigma, extra_log_sigma))
