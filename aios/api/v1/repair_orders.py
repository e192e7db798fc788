"""`/repair-orders`: ranked pieces of work, each with what waiting costs and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.answers import READS, answered
from aios.api.v1.findings import ShownFinding, shown_findings
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment
from kernel.repair import CostOfWaiting, RepairOrder

router = APIRouter(prefix="/sites/{site}/repair-orders", tags=["repair orders"])
OrderId = Annotated[str, Path(description="Id of the repair order, such as `t1/cooling`.")]


class ShownCost(Shown):
    """Expected cost of leaving the work undone, with its 80 % interval."""

    days: float = Field(description="For how long, days.")
    median: float = Field(description="In the currency of the answer.")
    low: float = Field(description="Lower end of the interval, in the currency of the answer.")
    high: float = Field(description="Upper end of the interval, in the currency of the answer.")


class ShownCause(Shown):
    """One of the causes that an order may have."""

    text: str = Field(description="What would be wrong.")
    share: float = Field(description="Probability that it is this one, 0 to 1.")


class ShownOrder(Shown):
    """A ranked piece of work."""

    id: str = Field(description="Stable while the condition lasts.")
    rank: int = Field(description="Place in the list, 1 is first.")
    asset: str = Field(description="Asset that it is about.")
    title: str = Field(description="What is wrong, in one line.")
    work: str = Field(description="What should be done.")
    state: str = Field(description="open or closed.")
    made_at: Moment = Field(description="When it was made.")
    decide_by: Moment = Field(description="Last time to decide.")
    currency: str = Field(description="ISO 4217 code of every cost.")
    cost_per_day: ShownCost = Field(description="What a day of waiting costs.")
    if_you_wait: tuple[ShownCost, ...] = Field(description="What waiting longer costs.")
    confidence: int = Field(description="1 (weak) to 3 (strong).", ge=1, le=3)
    causes: tuple[ShownCause, ...] = Field(description="The likeliest first; empty where only one is seen.")
    evidence: tuple[ShownFinding, ...] = Field(description="What it rests on.")
    what_would_change: tuple[str, ...] = Field(description="What would move it in the list.")
    feasible: tuple[str, ...] = Field(description="What is known about doing it.")
    model: str = Field(description="Name and version of what ranked it.")


class ShownOrders(Listed[ShownOrder]):
    """A page of repair orders, the dearest to leave first."""


def _cost(cost: CostOfWaiting) -> ShownCost:
    return ShownCost(days=cost.days, median=cost.median, low=cost.low, high=cost.high)


def shown(order: RepairOrder, currency: str) -> ShownOrder:
    """Show a repair order."""
    return ShownOrder(
        id=order.id,
        rank=order.rank,
        asset=order.asset,
        title=order.title,
        work=order.work,
        state=order.state,
        made_at=moment(order.made_at_ns),
        decide_by=moment(order.decide_by_ns),
        currency=currency,
        cost_per_day=_cost(order.cost_per_day),
        if_you_wait=tuple(map(_cost, order.if_you_wait)),
        confidence=order.confidence,
        causes=tuple(ShownCause(text=one.text, share=one.share) for one in order.causes),
        evidence=shown_findings(order.evidence),
        what_would_change=order.what_would_change,
        feasible=order.feasible,
        model=order.model,
    )


def order_of(seen: Seen, order: str) -> RepairOrder:
    """Return a repair order of a site.

    Raises:
        HTTPException: 404, no such order stands there.
    """
    found = next((one for one in seen.shot.orders if one.id == order), None)
    if found is None:
        raise HTTPException(404, f"no repair order {order} stands at {seen.view.site}")
    return found


@router.get("", response_model=ShownOrders, responses=READS)
async def repair_orders(
    request: Request,
    seen: ThisSite,
    asset: Annotated[str, Query(max_length=200, description="Only of this asset.")] = "",
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> Response:
    """List repair orders by what a day of waiting costs."""
    wanted = [one for one in seen.shot.orders if not asset or one.asset == asset]
    page = cut(
        wanted,
        lambda one: (-one.cost_per_day.median, one.decide_by_ns, one.id),
        limit=limit,
        cursor=cursor,
    )
    items = tuple(shown(one, seen.shot.currency) for one in page.nouns)
    return answered(
        request, ShownOrders(items=items, next=page.next), seen.headers | link(request, page.next)
    )


@router.get("/{order:path}", response_model=ShownOrder, responses=READS)
async def repair_order(request: Request, seen: ThisSite, order: OrderId) -> Response:
    """Tell of one repair order; its entity tag is what an act on it may be conditional on."""
    return answered(request, shown(order_of(seen, order), seen.shot.currency), seen.headers)
