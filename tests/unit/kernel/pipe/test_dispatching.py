"""Work on repair orders: who has one decides on it, what was put aside comes back and says why."""

from __future__ import annotations

import msgspec
import pytest

from kernel.dispatch import Dispatch, WorkStage
from kernel.instruction import HandOver, OnOrder, OrderAct, Unfit
from kernel.pipe.dispatching import (
    DEARER,
    KEPT,
    SETTLES_NS,
    act_on_order,
    hand_over,
    heard_order,
    left,
    work_goes_on,
)
from kernel.pipe.state import PipeState
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import S, make_pipe, make_site

T2 = "t2:top_oil_residual"
NOW = 1000 * S


def order(cost: float = 100.0, *, work: str = "look at the cooler", state: str = "open") -> RepairOrder:
    waits = CostOfWaiting(days=1.0, median=cost, low=0.5 * cost, high=2.0 * cost)
    return RepairOrder(
        id=T2,
        asset="t2",
        title="T2 runs hot",
        work=work,
        made_at_ns=NOW,
        decide_by_ns=NOW + 3600 * S,
        cost_per_day=waits,
        if_you_wait=(waits,),
        confidence=2,
        evidence=(),
        state=state,
    )


def begin() -> PipeState:
    state = make_pipe(make_site()).begin(EmptyPast(), now_ns=NOW)
    return msgspec.structs.replace(state, orders={T2: order()})


def act(what: OnOrder, person: str = "m.jansen", *, until_ns: int = 0, at_ns: int = NOW) -> OrderAct:
    return OrderAct(key="k", person=person, reason="crew", order=T2, act=what, until_ns=until_ns, at_ns=at_ns)


def after(*acts: OrderAct | HandOver) -> PipeState:
    state = begin()
    for one in acts:
        went = act_on_order(state, one) if isinstance(one, OrderAct) else hand_over(state, one)
        assert isinstance(went, PipeState), went
        state = went
    return state


def note(giver: str = "m.jansen", taker: str = "a.weber", *, by: str = "m.jansen") -> HandOver:
    return HandOver(key="h", person=by, reason="end of shift", note="quiet", giver=giver, taker=taker)


@pytest.mark.parametrize(
    ("what", "until_ns", "stage", "by"),
    [
        (OnOrder.CLAIM, 0, WorkStage.CLAIMED, "m.jansen"),
        (OnOrder.PLAN, NOW + S, WorkStage.PLANNED, "m.jansen"),
        (OnOrder.DEFER, NOW + S, WorkStage.DEFERRED, "m.jansen"),
        (OnOrder.REJECT, 0, WorkStage.REJECTED, "m.jansen"),
        (OnOrder.DONE, 0, WorkStage.DONE, "m.jansen"),
    ],
)
def test_an_act_leads_to_its_stage(what: OnOrder, until_ns: int, stage: WorkStage, by: str) -> None:
    work = after(act(what, until_ns=until_ns)).dispatches[T2]
    assert (work.stage, work.by, work.until_ns, work.cost) == (stage, by, until_ns, 100.0)


@pytest.mark.parametrize("what", OnOrder)
def test_who_has_not_claimed_an_order_does_not_act_on_it(what: OnOrder) -> None:
    until_ns = NOW + S if what in {OnOrder.PLAN, OnOrder.DEFER} else 0
    told = act_on_order(after(act(OnOrder.CLAIM)), act(what, "a.weber", until_ns=until_ns))
    assert isinstance(told, Unfit)
    assert "m.jansen has order" in told.reason


def test_a_name_in_other_letters_is_the_same_person() -> None:
    assert after(act(OnOrder.CLAIM), act(OnOrder.REJECT, " M.Jansen ")).dispatches[T2].stage == "rejected"


def test_a_released_order_is_everybodys() -> None:
    work = after(act(OnOrder.CLAIM), act(OnOrder.RELEASE), act(OnOrder.CLAIM, "a.weber")).dispatches[T2]
    assert (work.by, [turn.stage.value for turn in work.history]) == (
        "a.weber",
        ["claimed", "open", "claimed"],
    )


def test_a_shift_hands_its_orders_over() -> None:
    state = after(act(OnOrder.CLAIM), note(), act(OnOrder.REJECT, "a.weber"))
    assert state.dispatches[T2].by == "a.weber"
    assert state.dispatches[T2].history[1].why == "handed over by m.jansen"
    assert state.hand_over == note()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (note(taker=""), "from one person to another"),
        (note(taker=" M.Jansen"), "from one person to another"),
        (note(by="c.roth"), "c.roth is neither m.jansen nor a.weber"),
    ],
)
def test_a_shift_is_not_handed_over_by_a_stranger(told: HandOver, why: str) -> None:
    refused = hand_over(after(act(OnOrder.CLAIM)), told)
    assert isinstance(refused, Unfit)
    assert why in refused.reason


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (act(OnOrder.RELEASE), "nobody has it"),
        (act(OnOrder.PLAN), "need a time"),
        (act(OnOrder.DEFER, until_ns=NOW), "need a time"),
        (act(OnOrder.REJECT, until_ns=NOW + S), "nothing else has one"),
        (msgspec.structs.replace(act(OnOrder.REJECT), reason=" "), "needs a reason"),
        (msgspec.structs.replace(act(OnOrder.CLAIM), order="t9:x"), "no order t9:x is open"),
    ],
)
def test_what_cannot_be_is_refused(told: OrderAct, why: str) -> None:
    refused = act_on_order(begin(), told)
    assert isinstance(refused, Unfit)
    assert why in refused.reason


@pytest.mark.parametrize("what", [OnOrder.DEFER, OnOrder.REJECT, OnOrder.DONE])
def test_an_order_that_was_put_aside_comes_back_dearer_and_says_so(what: OnOrder) -> None:
    work = after(act(what, until_ns=NOW + S if what is OnOrder.DEFER else 0)).dispatches[T2]
    assert heard_order(work, order(100.0 * DEARER - 0.1), NOW) == work
    back = heard_order(work, order(100.0 * DEARER), NOW)
    assert back is not None
    assert (back.stage, back.by, back.until_ns) == (WorkStage.BACK, "", 0)
    assert back.reason == "a day of waiting costs 150, and cost 100 when m.jansen put it aside"


def test_an_order_comes_back_where_something_else_is_wrong() -> None:
    back = heard_order(after(act(OnOrder.REJECT)).dispatches[T2], order(work="replace the sensor"), NOW)
    assert back is not None
    assert back.reason == "something else is wrong: replace the sensor; it was look at the cooler"


def test_an_order_that_somebody_has_does_not_come_back_dearer() -> None:
    work = after(act(OnOrder.CLAIM)).dispatches[T2]
    assert heard_order(work, order(1e6), NOW) == work


def test_what_was_done_and_is_still_there_after_a_day_comes_back() -> None:
    work = after(act(OnOrder.DONE)).dispatches[T2]
    assert heard_order(work, order(), NOW + SETTLES_NS - 1) == work
    back = heard_order(work, order(), NOW + SETTLES_NS)
    assert back is not None
    assert "a day later it is still there" in back.reason


@pytest.mark.parametrize(("what", "words"), [(OnOrder.PLAN, "planned it"), (OnOrder.DEFER, "deferred it")])
def test_an_order_comes_back_when_its_time_is_over(what: OnOrder, words: str) -> None:
    state = after(act(what, until_ns=NOW + S))
    assert work_goes_on(state, state.dispatches, NOW + S - 1) is state
    back = work_goes_on(state, state.dispatches, NOW + S).dispatches[T2]
    assert back.stage is WorkStage.BACK
    assert words in back.reason


def test_work_ends_with_its_order_and_is_forgotten_a_tick_later() -> None:
    closed = heard_order(after(act(OnOrder.CLAIM)).dispatches[T2], order(state="closed"), NOW)
    assert closed is not None
    assert closed.stage is WorkStage.CLOSED
    state = msgspec.structs.replace(begin(), dispatches={T2: closed})
    assert work_goes_on(state, {}, NOW).dispatches == {T2: closed}
    assert work_goes_on(state, state.dispatches, NOW).dispatches == {}
    assert left([closed]) == {}


def test_an_order_that_nobody_has_touched_has_no_work() -> None:
    assert heard_order(None, order(), NOW) is None


def test_the_history_of_an_order_is_bounded() -> None:
    acts = [act(what) for _ in range(KEPT) for what in (OnOrder.CLAIM, OnOrder.RELEASE)]
    work: Dispatch = after(*acts).dispatches[T2]
    assert len(work.history) == KEPT
    assert work.history[-1].stage is WorkStage.OPEN
