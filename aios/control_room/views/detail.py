"""The detail pane: why an order stands where it stands, what waiting costs, what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from aios.control_room.acts.offer import Offer
from aios.control_room.acts.on_orders import order_offers
from aios.control_room.figures import currency_sign, money, number, quantity
from aios.control_room.sight import Place
from aios.control_room.svg.range_bar import range_bar
from aios.control_room.svg.scale import Scale
from aios.control_room.svg.sparkline import sparkline
from aios.control_room.times import duration, seconds_between, to_ms
from aios.control_room.views.repairs import interval, open_orders, severity
from aios.control_room.views.work import UNTOUCHED, Work, works
from kernel.asset import Asset
from kernel.finding import Finding
from kernel.quality import INVALID, VALIDITY, describe, is_good
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.shell.wire import Snapshot

EVIDENCE_SHOWN: Final = 3
BAR: Final = 200.0
LOG_FROM: Final = 20.0
"""Costs further apart than this factor are drawn on a logarithmic scale, and the pane says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One finding behind an order."""

    value: str
    text: str
    limit: str
    sensor: str
    good: bool
    beyond: bool
    trend: str
    at_ms: int
    age: str
    spark: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What leaving the work for some days costs."""

    days: str
    cost: str
    interval: str
    bar: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One order, opened."""

    id: str
    rank: int
    severity: str
    title: str
    subtitle: str
    alternatives: tuple[str, ...]
    """The other causes that the order may have, with their shares."""
    work: str
    evidence: tuple[Evidence, ...]
    more_evidence: int
    waiting: tuple[Waiting, ...]
    logarithmic: bool
    currency: str
    what_would_change: tuple[str, ...]
    feasible: tuple[str, ...]
    model: str
    made_ms: int
    made_age: str
    dispatch: Work
    offers: tuple[Offer, ...]


def details(snapshot: Snapshot, place: Place) -> tuple[Detail, ...]:
    """Word every open order, in the order of the list."""
    worded = works(snapshot, place)
    return tuple(
        _detail(order, worded.get(order.id, UNTOUCHED), snapshot, place) for order in open_orders(snapshot)
    )


def _detail(order: RepairOrder, dispatch: Work, snapshot: Snapshot, place: Place) -> Detail:
    waiting, logarithmic = _waiting(order.if_you_wait)
    return Detail(
        id=order.id,
        rank=order.rank,
        severity=severity(order, snapshot.now_ns),
        title=order.title,
        subtitle=_subtitle(order.asset, place),
        alternatives=tuple(f"{one.text} ({100 * one.share:.0f} %)" for one in order.causes[1:]),
        work=order.work,
        evidence=tuple(_evidence(finding, snapshot.now_ns) for finding in order.evidence[:EVIDENCE_SHOWN]),
        more_evidence=max(0, len(order.evidence) - EVIDENCE_SHOWN),
        waiting=waiting,
        logarithmic=logarithmic,
        currency=currency_sign(snapshot.currency),
        what_would_change=order.what_would_change,
        feasible=order.feasible,
        model=order.model,
        made_ms=to_ms(order.made_at_ns),
        made_age=duration(seconds_between(order.made_at_ns, snapshot.now_ns)),
        dispatch=dispatch,
        offers=order_offers(order, dispatch.stage),
    )


def _subtitle(name: str, place: Place) -> str:
    asset = next((asset for asset in place.assets if asset.name == name), Asset(name=name, kind=""))
    customers = f"{number(asset.customers, 0)} customers behind it" if asset.customers else ""
    return " · ".join(part for part in (name.upper(), place.second_name(name), customers) if part)


def _evidence(finding: Finding, now_ns: int) -> Evidence:
    present = finding.quality & VALIDITY not in {INVALID, 2}
    beyond = present and finding.limit is not None and finding.value > finding.limit
    return Evidence(
        value=quantity(finding.value, finding.unit) if present else "no value",
        text=finding.text,
        limit="no limit" if finding.limit is None else f"limit {quantity(finding.limit, finding.unit)}",
        sensor=f"sensor {describe(finding.quality)}",
        good=is_good(finding.quality),
        beyond=beyond,
        trend=_trend(finding),
        at_ms=to_ms(finding.at_ns),
        age=duration(seconds_between(finding.at_ns, now_ns)),
        spark=sparkline(finding.trend, finding.limit, beyond=beyond),
    )


def _trend(finding: Finding) -> str:
    span_s = finding.trend_step_s * (len(finding.trend) - 1)
    return f"{duration(span_s)} trend" if span_s > 0 else ""


def _waiting(costs: tuple[CostOfWaiting, ...]) -> tuple[tuple[Waiting, ...], bool]:
    if not costs:
        return (), False
    high = max([1e-9, *(cost.high for cost in costs)])
    low = min(cost.low for cost in costs)
    logarithmic = low > 0 and high / low > LOG_FROM
    scale = Scale(low / 1.5 if logarithmic else 0.0, high, 0.0, BAR, logarithmic=logarithmic)
    return tuple(_wait(cost, scale) for cost in costs), logarithmic


def _wait(cost: CostOfWaiting, scale: Scale) -> Waiting:
    return Waiting(
        days=f"+{cost.days:g} {'day' if cost.days == 1 else 'days'}",
        cost=money(cost.median),
        interval=interval(cost),
        bar=range_bar(cost.low, cost.median, cost.high, scale=scale),
    )
