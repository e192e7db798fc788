"""Puts a repair order and an assessment together; every number in them is computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from edge.maintenance.coming_day import ComingDay
from edge.maintenance.consequence import Prices
from edge.maintenance.cost_of_waiting import SAMPLED_DAYS, DailyCost, Stake, daily_costs, waited
from edge.maintenance.diagnosis import Cause, Witnesses
from edge.maintenance.evidence import Readings, peak_finding, top_oil_finding, witness_finding
from edge.maintenance.failure import duty_factor, failure_per_year, health_score, temperature_factor
from edge.maintenance.history import STEP_S, History, share_of_rise
from edge.maintenance.observer import Observed
from edge.maintenance.repair_work import Partner, causes, counterfactuals, feasibility, title, work
from edge.maintenance.uncertain import Z80, Uncertain, within_factor
from edge.maintenance.unit import Unit
from kernel.finding import Assessment, Finding
from kernel.point import NANOSECONDS
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.site import Site

MODEL: Final = "transformer-health 0.2.0"
RECENT: Final = 8
"""Quarters that the size of a young fault is taken from: two hours."""
WARMING: Final = 16
"""Quarters in which the oil still warms up after a sudden fault: four hours."""
WAITING: Final = (1.0, 7.0, 30.0)
"""Days for which waiting is priced."""
DAY_NS: Final = 86_400 * NANOSECONDS


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One transformer at the moment it is written about."""

    unit: Unit
    site: Site
    prices: Prices
    line_per_day: float
    now_ns: int
    seen: Observed
    limit_k: float
    over_ns: int
    """When the residual first passed its limit; 0 where it did not."""
    cause: Cause
    cooling_share: float
    """Probability that the cooler is at fault and not the sensor, 1."""
    votes: Witnesses
    readings: Readings
    history: History
    day: ComingDay
    partners: tuple[Partner, ...]

    def stake(self) -> Stake:
        """Return what the costs need."""
        return Stake(
            thermal=self.unit.observing.fans_on,
            limit=self.unit.limit,
            paper=self.unit.paper,
            category=self.unit.category,
            prices=self.prices,
            age_years=self.unit.age_years,
            replacement=self.unit.replacement,
            kw_per_pu=self.unit.kw_per_pu,
            residual_limit_k=self.limit_k,
        )

    def partner_load_pu(self) -> tuple[float, ...]:
        """Return the load of the most loaded partner, pu of this transformer; empty without one."""
        loads = [
            tuple(load * partner.unit.kw_per_pu / self.unit.kw_per_pu for load in partner.day.load_pu)
            for partner in self.partners
        ]
        return max(loads, key=max, default=())


def rise_factor(case: Case) -> float:
    """Return how much higher the top oil rises than with a healthy cooler, 1 to the unit's worst.

    The least-squares share of the rise since the residual passed its limit: one day at most, without the
    first hours in which the oil still warms up. The residual's sign does not matter: a sensor that reads too
    low may hide a fault as large as one that reads too high shows.
    """
    quarters = [q for q in case.history.quarters if q.start_ns >= case.over_ns]
    share = share_of_rise(quarters[WARMING:] if len(quarters) > 2 * WARMING else quarters[-RECENT:])
    if share is None:
        share = (case.seen.residual_k or 0.0) / max(1.0, case.seen.rise_k)
    return min(case.unit.worst_factor, 1.0 + abs(share))


def factors_ahead(case: Case) -> tuple[float, ...]:
    """Return the rise factor at each of `SAMPLED_DAYS`, with the growth seen since the fault settled."""
    now = rise_factor(case)
    settled_ns = case.over_ns + 5 * 3600 * NANOSECONDS if case.over_ns else case.now_ns
    growth = max(0.0, case.history.growth_per_day(settled_ns=settled_ns))
    return tuple(min(case.unit.worst_factor, now + growth * day) for day in SAMPLED_DAYS)


def assess(case: Case, condition: str) -> Assessment:
    """Return the condition of the transformer with its probability of failure in the coming year."""
    unit, residual = case.unit, abs(case.seen.residual_k or 0.0)
    score = health_score(
        unit.category,
        age_years=unit.age_years,
        duty=duty_factor(max(case.day.load_pu)),
        health_factor=temperature_factor(residual, case.limit_k),
    )
    chance = within_factor(failure_per_year(unit.category, score), 2.0 if unit.age_known else 3.0)
    return Assessment(
        asset=unit.asset,
        made_at_ns=case.now_ns,
        condition=condition,
        failure_per_year=chance.median,
        failure_low=chance.low,
        failure_high=min(1.0, chance.high),
        findings=_first_findings(case),
        model=MODEL,
    )


def _first_findings(case: Case) -> tuple[Finding, ...]:
    quarters = case.history.quarters
    top_oil = top_oil_finding(
        case.unit,
        case.seen,
        limit_k=case.limit_k,
        quality=case.readings.top_oil_quality,
        quarters=quarters,
    )
    return top_oil, witness_finding(case.unit, case.seen, case.votes, case.readings, quarters)


def compose(case: Case) -> RepairOrder:
    """Return the repair order for a transformer whose residual is confirmed."""
    stake, partner, ahead = case.stake(), case.partner_load_pu(), factors_ahead(case)
    doubt = Z80 * case.seen.sigma_k(case.unit.observing) / max(5.0, case.seen.rise_k)
    costs = daily_costs(stake, case.day, partner, (*ahead, ahead[0] + doubt, 1.0))
    sick, worse, well = costs[0], costs[-2], costs[-1]
    share, extra = case.cooling_share, _extra_doubt(sick, worse)
    waits = tuple(
        _priced(days, waited(days, costs[:-2], share=share, extra_log_sigma=extra)) for days in WAITING
    )
    ambient = max(case.day.ambient_c)
    return RepairOrder(
        id=f"{case.unit.asset}:top_oil_residual",
        asset=case.unit.asset,
        title=title(case.seen, case.cause, case.votes),
        work=work(case.unit, case.cause),
        causes=causes(case.cause, case.votes, cooling_share=share),
        made_at_ns=case.now_ns,
        decide_by_ns=decide_by_ns(case, costs),
        cost_per_day=waits[0],
        if_you_wait=waits,
        confidence=confidence(case),
        evidence=(*_first_findings(case), peak_finding(case.unit, case.now_ns, sick, well)),
        what_would_change=(
            *_load_below_line(case, stake, partner, factor=ahead[0], cost=waits[0].median),
            *counterfactuals(case.unit, case.seen, factor=ahead[0], limit_k=case.limit_k, ambient_c=ambient),
        ),
        feasible=feasibility(case.unit, case.site, case.day, case.partners),
        model=MODEL,
    )


def _priced(days: float, cost: Uncertain) -> CostOfWaiting:
    return CostOfWaiting(days=days, median=cost.median, low=cost.low, high=cost.high)


def _extra_doubt(sick: DailyCost, worse: DailyCost) -> float:
    """Doubt about the size of the fault: how much dearer one at the edge of its 80 % interval is."""
    now, edge = sick.sum.median, worse.sum.median
    return math.log(min(10.0, max(1.0, edge / now))) / Z80 if now > 0.0 else 0.0


def decide_by_ns(case: Case, costs: Sequence[DailyCost]) -> int:
    """Return the last time to decide.

    The first quarter of the coming day that passes a temperature limit; else the peak of the day if it ages
    faster than rated; else the first sampled day on which growth leads there; else 30 days.
    """
    today = costs[0]
    step_ns = round(STEP_S) * NANOSECONDS
    if today.limit_step is not None:
        return max(case.now_ns, case.day.start_ns + today.limit_step * step_ns)
    if today.ageing_h > 24.0:
        peak = max(range(len(case.day.load_pu)), key=lambda step: case.day.load_pu[step])
        return max(case.now_ns, case.day.start_ns + peak * step_ns)
    for day, cost in zip(SAMPLED_DAYS, costs, strict=False):
        if cost.limit_step is not None or cost.ageing_h > 24.0:
            return case.now_ns + round(day * DAY_NS)
    return case.now_ns + 30 * DAY_NS


def confidence(case: Case) -> int:
    """Return 1 (weak) to 3 (strong): what was heard, what the day rests on, what is known of the unit."""
    doubts = (
        (case.votes.heard < 2)
        + (case.cause is Cause.UNCLEAR)
        + (case.day.source == "flat")
        + (not case.unit.age_known)
    )
    return max(1, 3 - doubts)


def _load_below_line(
    case: Case, stake: Stake, partner: tuple[float, ...], *, factor: float, cost: float
) -> tuple[str, ...]:
    """Say which share of the coming day's load would bring the order below the line, if any does."""
    line, unit = case.line_per_day, f"{case.prices.currency} per day"
    if cost <= line:
        return (f"Stands below the line of {line:.0f} {unit} already: may wait for the next round",)
    scales = [1.0 - 0.05 * step for step in range(1, 15)]
    costs = daily_costs(stake, case.day, partner, [factor] * len(scales), scales)
    share = case.cooling_share
    for scale, one in zip(scales, costs, strict=True):
        if share * one.sum.median <= line:
            peak = 100.0 * scale * max(case.day.load_pu)
            return (f"Peak load below {peak:.0f} % drops it below the line of {line:.0f} {unit}",)
    return (f"No load above {100 * scales[-1]:.0f} % of the coming day's drops it below {line:.0f} {unit}",)
