"""`/repair-orders`: ranked pieces of work, each with what waiting costs and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.acting import ACTS, Act, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.findings import ShownFinding, shown_findings
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment, moment_or_none
from edge.access.limits import LONGEST_S
from kernel.dispatch import Dispatch, WorkStage
from kernel.instruction import OnOrder, OrderAct
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.shell.wire import Instruct

router = APIRouter(prefix="/sites/{site}/repair-orders", tags=["repair orders"])
OrderId = Annotated[str, Path(description="Id of the repair order, such as `t1/cooling`.")]


class ForATime(Act):
    """Decides on an order, with a time."""

    for_s: float = Field(
        gt=0, le=LONGEST_S, description="From now until then, operational seconds; thirty days at the most."
    )


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
    work_stage: WorkStage = Field(description="Where the work on it stands.")
    held_by: str = Field(description="Who has it, or put it aside; empty where nobody has.")
    work_until: Moment | None = Field(
        description="When it is to be done, or waits no longer; null where no time was said."
    )
    work_reason: str = Field(description="Why the work stands so; empty where nobody has touched it.")
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


def shown(order: RepairOrder, seen: Seen) -> ShownOrder:
    """Show a repair order, with where the work on it stands."""
    work = _work(order, seen)
    currency = seen.shot.currency
    return ShownOrder(
        id=order.id,
        rank=order.rank,
        asset=order.asset,
        title=order.title,
        work=order.work,
        state=order.state,
        work_stage=WorkStage.OPEN if work is None else work.stage,
        held_by="" if work is None else work.by,
        work_until=None if work is None else moment_or_none(work.until_ns),
        work_reason="" if work is None else work.reason,
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


def _work(order: RepairOrder, seen: Seen) -> Dispatch | None:
    return next((one for one in seen.shot.dispatches if one.order == order.id), None)


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
    items = tuple(shown(one, seen) for one in page.nouns)
    return answered(
        request, ShownOrders(items=items, next=page.next), seen.headers | link(request, page.next)
    )


@router.get("/{order:path}", response_model=ShownOrder, responses=READS)
async def repair_order(request: Request, seen: ThisSite, order: OrderId) -> Response:
    """Tell of one repair order; its entity tag is what an act on it may be conditional on."""
    return answered(request, shown(order_of(seen, order), seen), seen.headers)


@router.post("/{order:path}/claim", response_model=Taken, status_code=202, responses=ACTS)
async def claim(
    attempt: Annotated[Attempt, Depends(May(OnOrder.CLAIM))], order: OrderId, act: Act
) -> Response:
    """Take an order on oneself: nobody else decides on it until it is released or handed over."""
    return await _send(attempt, order, OnOrder.CLAIM, act)


@router.post("/{order:path}/release", response_model=Taken, status_code=202, responses=ACTS)
async def release(
    attempt: Annotated[Attempt, Depends(May(OnOrder.RELEASE))], order: OrderId, act: Act
) -> Response:
    """Give an order back."""
    return await _send(attempt, order, OnOrder.RELEASE, act)


@router.post("/{order:path}/plan", response_model=Taken, status_code=202, responses=ACTS)
async def plan(
    attempt: Annotated[Attempt, Depends(May(OnOrder.PLAN))], order: OrderId, act: ForATime
) -> Response:
    """Say by when the work will be done."""
    return await _send(attempt, order, OnOrder.PLAN, act, for_s=act.for_s)


@router.post("/{order:path}/defer", response_model=Taken, status_code=202, responses=ACTS)
async def defer(
    attempt: Annotated[Attempt, Depends(May(OnOrder.DEFER))], order: OrderId, act: ForATime
) -> Response:
    """Let an order wait; it comes back when the time is over, or when it has become dearer."""
    return await _send(attempt, order, OnOrder.DEFER, act, for_s=act.for_s)


@router.post("/{order:path}/reject", response_model=Taken, status_code=202, responses=ACTS)
async def reject(
    attempt: Annotated[Attempt, Depends(May(OnOrder.REJECT))], order: OrderId, act: Act
) -> Response:
    """Say that the work will not be done."""
    return await _send(attempt, order, OnOrder.REJECT, act)


@router.post("/{order:path}/done", response_model=Taken, status_code=202, responses=ACTS)
async def done(attempt: Annotated[Attempt, Depends(May(OnOrder.DONE))], order: OrderId, act: Act) -> Response:
    """Say that the work is done; where it is still there a day later, the order comes back."""
    return await _send(attempt, order, OnOrder.DONE, act)


async def _send(attempt: Attempt, order: str, what: OnOrder, act: Act, *, for_s: float = 0.0) -> Response:
    found = await attempt.find(order_of, order)
    told = OrderAct(**attempt.told(act.reason), order=order, act=what)
    about = None if found is None else shown(found, attempt.seen)
    return await attempt.send(Instruct(instruction=told, for_s=for_s), about=about, subject=order)
