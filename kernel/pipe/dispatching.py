"""Dispatching: what people do with repair orders, and when an order that was put aside comes back.

Pure. Who has claimed an order decides on it, until they release it or hand it over. What was put aside comes
back by itself where its time is over, where it has become dearer, or where something else is wrong; it says
which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from kernel.dispatch import ASIDE, Dispatch, Turn, WorkStage
from kernel.instruction import HandOver, OnOrder, OrderAct, Unfit
from kernel.pipe.state import PipeState
from kernel.point import NANOSECONDS
from kernel.repair import RepairOrder

DEARER: Final = 1.5
"""An order that was put aside comes back where a day of waiting costs this many times what it did then."""
SETTLES_NS: Final = 86_400 * NANOSECONDS
"""An order that is still there a day after it was done comes back."""
KEPT: Final = 32
"""Turns kept of one order; older ones stand in the journal."""
STAGES: Final[Mapping[OnOrder, WorkStage]] = {
    OnOrder.CLAIM: WorkStage.CLAIMED,
    OnOrder.RELEASE: WorkStage.OPEN,
    OnOrder.PLAN: WorkStage.PLANNED,
    OnOrder.DEFER: WorkStage.DEFERRED,
    OnOrder.REJECT: WorkStage.REJECTED,
    OnOrder.DONE: WorkStage.DONE,
}
"""Where each act leads."""
HELD: Final = frozenset({WorkStage.CLAIMED, WorkStage.PLANNED})
"""Stages in which only one person acts on an order."""


def act_on_order(state: PipeState, told: OrderAct) -> PipeState | Unfit:
    """Take what a person does with an order, or say why it cannot be done."""
    order, known = state.orders.get(told.order), state.dispatches.get(told.order)
    if known is None and (order is None or order.state != "open"):
        return Unfit(f"no order {told.order} is open; `aios orders` lists those that are")
    if why := _unfit(told, known):
        return Unfit(why)
    is_free = told.act is OnOrder.RELEASE
    after = _turned(
        known or _untouched(told.order, told.at_ns),
        STAGES[told.act],
        by=told.person,
        holder="" if is_free else told.person,
        at_ns=told.at_ns,
        why=told.reason,
        until_ns=told.until_ns,
    )
    if order is not None:
        after = msgspec.structs.replace(after, cost=order.cost_per_day.median, condition=wrong(order))
    return msgspec.structs.replace(state, dispatches={**state.dispatches, told.order: after})


def hand_over(state: PipeState, told: HandOver) -> PipeState | Unfit:
    """Let one person's orders and questions go on as another's, with the note that goes with them."""
    giver, taker = told.giver.strip(), told.taker.strip()
    if not giver or not taker or _same(giver, taker):
        return Unfit("a shift is handed over from one person to another")
    if not any(_same(told.person, one) for one in (giver, taker)):
        return Unfit(f"{told.person} is neither {giver} nor {taker}: who hands over or takes over says so")
    moved = {
        name: _turned(
            one,
            one.stage,
            by=told.person,
            holder=taker,
            at_ns=told.at_ns,
            why=f"handed over by {giver}",
            until_ns=one.until_ns,
        )
        for name, one in state.dispatches.items()
        if one.stage in HELD and _same(one.by, giver)
    }
    asked = {
        name: msgspec.structs.replace(one, claimed_by=taker) if _same(one.claimed_by, giver) else one
        for name, one in state.asked.items()
    }
    return msgspec.structs.replace(
        state, dispatches={**state.dispatches, **moved}, asked=asked, hand_over=told
    )


def heard_order(known: Dispatch | None, order: RepairOrder, now_ns: int) -> Dispatch | None:
    """Return how the work on an order stands after news of it; None where nothing is known of it."""
    if known is None or known.stage is WorkStage.CLOSED:
        return None
    if order.state != "open":
        return _turned(known, WorkStage.CLOSED, by="", holder="", at_ns=now_ns, why="the condition is over")
    why = _grown(known, order) if known.stage in ASIDE else ""
    if not why and known.stage is WorkStage.DONE and now_ns - known.since_ns >= SETTLES_NS:
        why = f"{known.by} said that it is done, and a day later it is still there"
    return _back(known, now_ns, why) if why else known


def work_goes_on(state: PipeState, before: Mapping[str, Dispatch], now_ns: int) -> PipeState:
    """Let orders whose time is over come back, and forget those that closed in the tick before."""
    known = state.dispatches
    work = {name: _in_time(one, now_ns) for name, one in known.items() if not _over(one, before)}
    if len(work) == len(known) and all(work[name] is one for name, one in known.items()):
        return state
    return msgspec.structs.replace(state, dispatches=work)


def changed(before: Mapping[str, Dispatch], after: Mapping[str, Dispatch]) -> tuple[Dispatch, ...]:
    """Return what a tick has changed, for the journal."""
    return tuple(one for name, one in after.items() if before.get(name) is not one)


def left(dispatches: Iterable[Dispatch]) -> dict[str, Dispatch]:
    """Return how the work stands after all of these, in their order; what is closed is over."""
    newest = {one.order: one for one in dispatches}
    return {name: one for name, one in newest.items() if one.stage is not WorkStage.CLOSED}


def wrong(order: RepairOrder) -> str:
    """Name what is wrong, without figures that move from day to day."""
    return order.causes[0].text if order.causes else order.work


def _unfit(told: OrderAct, known: Dispatch | None) -> str:
    stage = WorkStage.OPEN if known is None else known.stage
    if not told.reason.strip():
        return "an act on an order needs a reason"
    if known is not None and stage in HELD and not _same(known.by, told.person):
        return f"{known.by} has order {told.order}: they release it or hand it over first"
    if told.act is OnOrder.RELEASE and stage not in HELD:
        return f"order {told.order} is {stage.value}: nobody has it"
    if told.act is OnOrder.CLAIM and stage is WorkStage.CLAIMED:
        return f"{told.person} has claimed order {told.order} already"
    if (told.act in {OnOrder.PLAN, OnOrder.DEFER}) != (told.until_ns > told.at_ns):
        return "planning and deferring need a time that is to come, and nothing else has one"
    return ""


def _grown(known: Dispatch, order: RepairOrder) -> str:
    """Say what has grown since an order was put aside; empty where nothing has."""
    cost = order.cost_per_day.median
    if known.cost > 0.0 and cost >= DEARER * known.cost:
        return f"a day of waiting costs {cost:.0f}, and cost {known.cost:.0f} when {known.by} put it aside"
    if known.condition and wrong(order) != known.condition:
        return f"something else is wrong: {wrong(order)}; it was {known.condition}"
    return ""


def _over(one: Dispatch, before: Mapping[str, Dispatch]) -> bool:
    return one.stage is WorkStage.CLOSED and before.get(one.order) is one


def _in_time(known: Dispatch, now_ns: int) -> Dispatch:
    """Return an order as it stands, or back where its time is over."""
    waits = known.stage in {WorkStage.PLANNED, WorkStage.DEFERRED}
    return _back(known, now_ns, _late(known)) if waits and 0 < known.until_ns <= now_ns else known


def _late(known: Dispatch) -> str:
    if known.stage is WorkStage.DEFERRED:
        return f"{known.by} deferred it until now"
    return f"{known.by} planned it until now, and nobody has said that it is done"


def _back(known: Dispatch, now_ns: int, why: str) -> Dispatch:
    return _turned(known, WorkStage.BACK, by="", holder="", at_ns=now_ns, why=why)


def _turned(
    known: Dispatch, stage: WorkStage, *, by: str, holder: str, at_ns: int, why: str, until_ns: int = 0
) -> Dispatch:
    turn = Turn(stage=stage, by=by, at_ns=at_ns, why=why)
    return msgspec.structs.replace(
        known,
        stage=stage,
        by=holder,
        since_ns=at_ns,
        until_ns=until_ns,
        reason=why,
        history=(*known.history[1 - KEPT :], turn),
    )


def _untouched(order: str, at_ns: int) -> Dispatch:
    return Dispatch(order=order, stage=WorkStage.OPEN, by="", since_ns=at_ns, reason="")


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
