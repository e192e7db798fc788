"""The repairs pane: open orders ranked by what waiting costs, on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from aios.control_room.figures import currency_sign, money
from aios.control_room.sight import Place
from aios.control_room.svg.range_bar import range_bar
from aios.control_room.svg.scale import Scale
from aios.control_room.times import DAY, duration, moment, seconds_between, to_ms
from aios.control_room.views.work import UNTOUCHED, Work, works
from kernel.dispatch import ASIDE
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.shell.wire import Snapshot

BAR: Final = 150.0
SOON_S: Final = 2 * DAY
LATER_S: Final = 14 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One order in the list."""

    id: str
    rank: int
    severity: str
    asset: str
    asset_title: str
    title: str
    cost: str
    interval: str
    bar: Markup
    decide_ms: int
    decide_within: str
    decide_at: str
    confidence: int
    feasible: str
    age_ms: int
    age: str
    work: Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """The whole list."""

    rows: tuple[Row, ...]
    currency: str


def open_orders(snapshot: Snapshot) -> tuple[RepairOrder, ...]:
    """Return the open orders, first place first; those that people have put aside come last."""
    aside = {one.order for one in snapshot.dispatches if one.stage in ASIDE}
    standing = (order for order in snapshot.orders if order.state == "open")
    return tuple(sorted(standing, key=lambda o: (o.id in aside, o.rank, o.id)))


def severity(order: RepairOrder, now_ns: int) -> str:
    """Derive a priority from the time left to decide: orders carry none of their own.

    Overdue is 1, within two days 2, within two weeks 3, else 4.
    """
    left_s = seconds_between(now_ns, order.decide_by_ns)
    if left_s <= 0:
        return "p1"
    return "p2" if left_s <= SOON_S else "p3" if left_s <= LATER_S else "p4"


def repairs(snapshot: Snapshot, place: Place) -> Repairs:
    """Word the list; one scale for all bars, so that the column compares."""
    orders = open_orders(snapshot)
    dearest = max((order.cost_per_day.high for order in orders), default=1.0)
    scale = Scale(0.0, max(dearest, 1e-9), 0.0, BAR)
    worded = works(snapshot, place)
    return Repairs(
        rows=tuple(_row(order, worded.get(order.id, UNTOUCHED), snapshot, place, scale) for order in orders),
        currency=currency_sign(snapshot.currency),
    )


def _row(order: RepairOrder, work: Work, snapshot: Snapshot, place: Place, scale: Scale) -> Row:
    now_ns, cost = snapshot.now_ns, order.cost_per_day
    return Row(
        id=order.id,
        rank=order.rank,
        severity="" if work.aside else severity(order, now_ns),
        asset=order.asset,
        asset_title=place.second_name(order.asset),
        title=order.title,
        cost=money(cost.median),
        interval=interval(cost),
        bar=range_bar(cost.low, cost.median, cost.high, scale=scale),
        decide_ms=to_ms(order.decide_by_ns),
        decide_within=time_left(order.decide_by_ns, now_ns),
        decide_at=moment(order.decide_by_ns, now_ns, place.zone),
        confidence=min(max(order.confidence, 0), 3),
        feasible=_first(order.feasible),
        age_ms=to_ms(order.made_at_ns),
        age=duration(seconds_between(order.made_at_ns, now_ns)),
        work=work,
    )


def _first(lines: tuple[str, ...]) -> str:
    """The first of some lines, and how many more there are."""
    if len(lines) < 2:
        return "".join(lines)
    return f"{lines[0]} · {len(lines) - 1}\u00a0more"


def interval(cost: CostOfWaiting) -> str:
    """Write the 80 % interval of a cost."""
    return f"{money(cost.low)} – {money(cost.high)}"


def time_left(until_ns: int, now_ns: int) -> str:
    """Write the time left, or how long it is over; `static/ages.js` writes the same words."""
    left_s = seconds_between(now_ns, until_ns)
    return duration(left_s) if left_s > 0 else f"overdue {duration(-left_s)}"
