"""An agent is foreign code: what it may not ask for goes nowhere, and the others go on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest

from kernel.alarm import Alarm, AlarmState
from kernel.finding import Assessment, Finding
from kernel.forecast import Forecast
from kernel.image import View
from kernel.measurement import block
from kernel.pipe.agent_step import admit, attempt, flaw
from kernel.pipe.pipe import Pipe
from kernel.pipe.tick import GATEWAY, Decided, Inputs, WorkerStep
from kernel.plan import Plan
from kernel.ports import Calculated, Past, Published, Step
from kernel.proposal import Priority, Proposal
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.schedule.loop import ControlLoop
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, S, Shaver, make_pipe, make_site

WISH = Proposal(
    agent="odd",
    point=BATTERY,
    priority=Priority.CONTROL,
    wanted=1.0,
    reason="r",
    made_at_ns=0,
    expires_at_ns=2**62,
)


@dataclass
class Odd:
    """Does what a test says."""

    does: Any
    name: str = "odd"
    reads: tuple[str, ...] = ()
    proposes: tuple[str, ...] = (BATTERY,)

    def start(self, past: Past) -> int:
        return 7

    def step(self, view: View, state: int) -> Any:
        return self.does(view, state)


def two_loops(odd: Odd, priority: str = "control") -> Pipe:
    pipe = make_pipe(make_site())
    loop = ControlLoop(name="odd", agent=odd, period_s=1, deadline_s=1, priority=priority)
    pipe.loops = (loop, *pipe.loops)
    return pipe


def first_tick(pipe: Pipe, **more: Any) -> Decided:
    read = block([0, 1], [80.0, 0.0], [0, 0], at_ns=1000 * S)
    state = pipe.begin(EmptyPast(), now_ns=999 * S)
    draft = pipe.draft(state, Inputs(tick=0, now_ns=1000 * S, blocks=(read,), **more))
    return pipe.conclude(draft, ())


def gives(**fields: Any) -> Any:
    return lambda view, state: Step(state=state, **fields)


def wish(**changes: Any) -> Proposal:
    return msgspec.structs.replace(WISH, **changes)


def raises(view: View, state: int) -> Step:
    raise ValueError("odd")


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (raises, "agent failed: ValueError: odd (test_agent_step.py:"),
        (lambda view, state: None, "agent failed: it gave NoneType"),
        (gives(proposals=(wish(point="cb/close"),)), "cb/close, which it did not declare"),
        (gives(proposals=(wish(agent="person:me"),)), "in the name of person:me"),
        (gives(proposals=(wish(priority=Priority.POLICY),)), "the priority of policy"),
        (gives(proposals=(wish(wanted=math.nan),)), "not all numbers"),
        (gives(calculated=(Calculated(point=METER, value=0.0),)), f"{METER}, whose source it is not"),
        (gives(calculated=(Calculated(point="no/where", value=0.0),)), "no/where, whose source it is not"),
        (gives(proposals=(wish(wanted="5"),)), "Expected `float | null`, got `str`"),
        (gives(proposals=(None,)), "Expected `object`, got `None`"),
        (gives(proposals=None), "Expected `array`, got `None`"),
        (gives(published=(object(),)), "not as declared"),
        (gives(calculated=(Calculated(point="x/y", value=0.0, quality=np.int64(1)),)), "numpy.int64"),
        (gives(rung=3), "Expected `str`, got `int`"),
    ],
    ids=["raises", "no step", "foreign point", "name", "priority", "no number", "overwrites", "unknown",
         "text", "no proposal", "no proposals", "no document", "numpy", "no rung"],
)  # fmt: skip
def test_an_agent_that_goes_wrong_stands_on_the_rung_safe_and_the_others_go_on(does: Any, why: str) -> None:
    decided = first_tick(two_loops(Odd(does)))
    assert decided.state.rungs["odd"].rung == "safe"
    assert why in decided.state.rungs["odd"].why
    assert list(decided.state.standing) == [("shaver", BATTERY)]
    assert decided.state.image.value[0] == 80.0
    assert decided.state.agents == {"odd": 7, "shaver": 1}


def test_what_is_right_in_a_step_is_kept_beside_what_is_wrong() -> None:
    pipe, wrong = two_loops(Odd(raises)), msgspec.structs.replace(WISH, point=METER)
    given = WorkerStep(agent="odd", made_at_ns=1000 * S, proposals=(wrong, WISH))
    admitted = admit(pipe.site, pipe.loops, given)
    assert admitted.proposals == (WISH,)
    assert (admitted.rung, admitted.condition) == ("safe", "not_admitted")


def test_of_an_agent_that_asked_for_too_much_nothing_stands() -> None:
    wrong = msgspec.structs.replace(WISH, point=METER)
    decided = first_tick(two_loops(Odd(gives(proposals=(wrong, WISH)))))
    assert [agent for agent, _ in decided.state.standing] == ["shaver"]


BY_NOBODY: dict[str, Any] = dict(
    asset="bat", priority=1, event="occurs", at_ns=1, since_ns=1, text="t", evidence=(), consequence="",
    response="", respond_within_s=60.0,
)  # fmt: skip
CANARY_OF_ITS_OWN = Alarm(
    id="s:canary", condition="canary", state=AlarmState.NORMAL, active=False, **BY_NOBODY
)
END = Alarm(id="bat:overload", condition="overload", state=AlarmState.NORMAL, active=False, **BY_NOBODY)
OVERLOAD = msgspec.structs.replace(END, state=AlarmState.UNACKNOWLEDGED, active=True)


@pytest.mark.parametrize("priority", ["control", "learning"])
@pytest.mark.parametrize("told", [CANARY_OF_ITS_OWN, END], ids=["canary", "end"])
def test_an_agent_publishes_no_alarm_neither_the_canary_nor_the_end_of_another(
    told: Alarm, priority: str
) -> None:
    pipe = two_loops(Odd(gives(published=(told,))), priority)
    raised = WorkerStep(agent=GATEWAY, made_at_ns=1000 * S, published=(OVERLOAD,))
    forged = WorkerStep(agent="odd", made_at_ns=1000 * S, published=(told,))
    decided = first_tick(pipe, steps=(raised, forged) if priority == "learning" else (raised,))
    assert (list(decided.state.alarms), decided.state.canary) == (["bat:overload"], None)
    assert decided.outputs.published == (OVERLOAD,)
    rung = decided.state.rungs["odd"]
    assert (rung.rung, "raised and ended by the gateway alone" in rung.why) == ("safe", True)


FORESEEN = Forecast(
    point=BATTERY, made_at_ns=0, start_ns=0, step_s=900.0, quantiles=(0.5,), values=((1.0,),), model="m"
)
PLAN = Plan(
    point=BATTERY, made_at_ns=0, start_ns=0, step_s=900.0, values=(1.0,), valid_until_ns=1, maker="odd"
)
FINDING = Finding(asset="bat", name="n", text="t", value=0.0, unit="K", limit=None, at_ns=0)
HEALTH = Assessment(
    asset="bat", made_at_ns=0, condition="normal", failure_per_year=0.0, failure_low=0.0, failure_high=0.0
)
WAITS = CostOfWaiting(days=1.0, median=1.0, low=1.0, high=1.0)
WORK = RepairOrder(
    id="cb1:slow", asset="bat", title="t", work="w", made_at_ns=0, decide_by_ns=1, cost_per_day=WAITS,
    if_you_wait=(), confidence=1, evidence=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (msgspec.structs.replace(FORESEEN, point=METER), f"a forecast of {METER}, which it neither reads"),
        (msgspec.structs.replace(PLAN, point=METER), f"a plan of {METER}, which it neither reads"),
        (msgspec.structs.replace(PLAN, maker="shaver"), "a plan in the name of shaver"),
        (
            msgspec.structs.replace(FINDING, asset="grid"),
            "evidence or work about grid, of which it neither reads",
        ),
        (
            msgspec.structs.replace(HEALTH, asset="grid"),
            "evidence or work about grid, of which it neither reads",
        ),
        (
            msgspec.structs.replace(WORK, asset="grid"),
            "evidence or work about grid, of which it neither reads",
        ),
        (msgspec.structs.replace(WORK, asset="bat"), "a repair order cb1:slow, which is one of cb"),
    ],
    ids=["forecast", "plan", "maker", "finding", "assessment", "order", "order of another"],
)
def test_an_agent_tells_only_of_what_it_sees_or_sets_and_in_its_own_name(told: Published, why: str) -> None:
    pipe = two_loops(Odd(raises))
    given = WorkerStep(agent="odd", made_at_ns=0, published=(told, FORESEEN, PLAN, FINDING, HEALTH))
    open_orders = {WORK.id: msgspec.structs.replace(WORK, asset="cb")}
    admitted = admit(pipe.site, pipe.loops, given, open_orders)
    assert admitted.published == (FORESEEN, PLAN, FINDING, HEALTH)
    assert (admitted.rung, admitted.condition) == ("safe", "not_admitted")
    assert why in admitted.why_rung


def test_a_step_from_a_worker_is_admitted_like_one_on_the_loop() -> None:
    step = WorkerStep(agent="odd", made_at_ns=1000 * S, calculated=(Calculated(point=METER, value=0.0),))
    decided = first_tick(two_loops(Odd(raises), "learning"), steps=(step,))
    assert decided.state.image.value[0] == 80.0
    assert decided.state.rungs["odd"].rung == "safe"


def test_a_step_of_an_agent_that_has_no_loop_goes_nowhere() -> None:
    step = WorkerStep(
        agent="stranger", made_at_ns=0, proposals=(msgspec.structs.replace(WISH, agent="stranger"),)
    )
    decided = first_tick(make_pipe(make_site()), steps=(step,))
    assert [agent for agent, _ in decided.state.standing] == ["shaver"]


@pytest.mark.parametrize(
    "changes",
    [
        {"point": "no/where"},
        {"point": METER},
        {"wanted": math.nan},
        {"wanted": math.inf},
        {"low": math.nan},
        {"high": math.nan},
        {"low": 2.0, "high": 1.0},
    ],
    ids=str,
)
def test_a_request_of_a_person_that_is_no_request_does_not_stand(changes: dict[str, Any]) -> None:
    bad = msgspec.structs.replace(WISH, agent="person:p", priority=Priority.PERSON, **changes)
    assert flaw(bad, make_site())
    decided = first_tick(make_pipe(make_site(), Shaver(limit_kw=1e9)), requests=(bad,))
    assert [agent for agent, _ in decided.state.standing] == ["shaver"]


def test_half_open_bounds_may_stand() -> None:
    assert flaw(msgspec.structs.replace(WISH, low=-math.inf, high=math.inf), make_site()) == ""


def test_a_failed_step_keeps_the_state_of_before() -> None:
    view = View(tick=0, now_ns=0, readings={})
    assert attempt(Odd(raises), view, 41).state == 41
