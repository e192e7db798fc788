"""What the page offers is what the state machines take: no button leads nowhere."""

from __future__ import annotations

import msgspec
import pytest

from aios.control_room.acts.on_agents import agent_offers, reply_offers
from aios.control_room.acts.on_alarms import alarm_offers
from aios.control_room.acts.on_orders import order_offers
from aios.control_room.acts.on_points import point_offers
from aios.control_room.acts.on_questions import question_offers
from edge.access.limits import LONGEST_SHELVED_S
from edge.access.right import right_of
from edge.alarms.machine import TRANSITIONS
from kernel.alarm import AlarmState
from kernel.capability import AskedPeople
from kernel.dispatch import Dispatch, WorkStage
from kernel.instruction import (
    AgentChange,
    AlarmAct,
    Change,
    Mode,
    OnAlarm,
    OnOrder,
    OrderAct,
    PointMode,
    Unfit,
)
from kernel.pipe.agent_change import change_agent
from kernel.pipe.dispatching import act_on_order
from kernel.question import OPEN, Stage
from kernel.shell.wire import Instruct
from tests.fakes.nord_alarms import alarm
from tests.fakes.nord_questions import question
from tests.fakes.nord_repairs import orders
from tests.fakes.snapshots import snapshot
from tests.unit.kernel.ticking import Line


@pytest.mark.parametrize("state", AlarmState)
def test_an_alarm_offers_the_transitions_that_people_have_from_its_state(state: AlarmState) -> None:
    events = {event.value.replace("_", "-") for at, event in TRANSITIONS if at is state}
    offered = {offer.path.rpartition("/")[2] for offer in alarm_offers(alarm(state=state))}
    assert offered == events - {"occurs", "returns", "suppress", "unsuppress"}


@pytest.mark.parametrize("state", AlarmState)
def test_no_letter_stands_for_two_acts_and_each_stands_in_its_word(state: AlarmState) -> None:
    offers = alarm_offers(alarm(state=state))
    assert len({offer.key for offer in offers}) == len(offers)
    assert all(
        "".join(offer.parts) == offer.word and offer.parts[1].casefold() == offer.key for offer in offers
    )


@pytest.mark.parametrize("stage", WorkStage)
def test_what_an_order_offers_is_what_the_gateway_takes_from_whoever_has_it(stage: WorkStage) -> None:
    (order, *_) = orders()
    known = Dispatch(order=order.id, stage=stage, by="anna", since_ns=0, reason="seen")
    state = msgspec.structs.replace(Line().state, orders={order.id: order}, dispatches={order.id: known})
    for offer in order_offers(order, stage):
        act = OnOrder(offer.path.rpartition("/")[2])
        told = OrderAct(
            key="k", person="anna", reason="seen", at_ns=1, order=order.id, act=act,
            until_ns=2 if offer.asks else 0,
        )  # fmt: skip
        assert not isinstance(act_on_order(state, told), Unfit), offer
    assert bool(order_offers(order, stage)) == (stage is not WorkStage.CLOSED)


@pytest.mark.parametrize("mode", [Mode.NORMAL, Mode.LOCAL, Mode.BLOCKED, Mode.TEST])
def test_a_point_offers_every_mode_but_the_one_that_it_is_in(mode: Mode) -> None:
    told = PointMode(key="k", person="p", reason="r", point="f11/current", mode=mode)
    offers = point_offers("f11/current", snapshot(modes=(told,)))
    assert {msgspec.json.decode(offer.fixed)["mode"] for offer in offers} == {
        "normal", "local", "blocked", "test",
    } - {mode.value}  # fmt: skip
    assert point_offers("no/point", snapshot()) == ()


def test_shelving_asks_for_how_long_and_for_no_longer_than_the_door_takes() -> None:
    (shelve,) = [offer for offer in alarm_offers(alarm()) if offer.word == "Shelve…"]
    assert (shelve.asks, shelve.longest_s) == (("for_s",), LONGEST_SHELVED_S)


@pytest.mark.parametrize("stage", WorkStage)
def test_an_act_on_an_order_is_offered_to_whom_the_door_lets_do_it(stage: WorkStage) -> None:
    (order, *_) = orders()
    for offer in order_offers(order, stage):
        act = OnOrder(offer.path.rpartition("/")[2])
        told = OrderAct(key="k", person="anna", reason="seen", order=order.id, act=act)
        assert offer.action == right_of(Instruct(instruction=told)).action


@pytest.mark.parametrize("state", AlarmState)
def test_an_act_on_an_alarm_is_offered_to_whom_the_door_lets_do_it(state: AlarmState) -> None:
    for offer in alarm_offers(alarm(state=state)):
        act = OnAlarm(offer.path.rpartition("/")[2].replace("-", "_"))
        told = AlarmAct(key="k", person="anna", reason="seen", alarm="a", act=act)
        assert offer.action == right_of(Instruct(instruction=told)).action


def test_an_answer_carries_the_digest_of_what_the_person_saw() -> None:
    offers = question_offers(question(), "close CB14")
    bodies = [body for offer in offers if (body := msgspec.json.decode(offer.fixed))]
    assert bodies == [{"granted": True, "digest": "5e1f"}, {"granted": False, "digest": "5e1f"}]


@pytest.mark.parametrize(("holder", "act"), [("", "claim"), ("B. Kranz", "release")])
def test_a_question_of_nobody_is_claimed_and_one_of_somebody_given_back(holder: str, act: str) -> None:
    *_, look = question_offers(question(claimed_by=holder), "close CB14")
    assert look.path.endswith(f"/{act}")


@pytest.mark.parametrize("suspended", [False, True])
def test_an_agent_at_work_is_suspended_and_a_suspended_one_resumes(*, suspended: bool) -> None:
    held = AgentChange(key="s", person="lena", reason="it swings", agent="shaver", change=Change.SUSPEND)
    state = msgspec.structs.replace(Line().state, suspended={"shaver": held} if suspended else {})
    offers = agent_offers("shaver", suspended=suspended)
    for offer in offers:
        told = AgentChange(
            key="k", person="anna", reason="seen", at_ns=1, agent="shaver",
            change=Change(offer.path.rpartition("/")[2]),
        )  # fmt: skip
        assert not isinstance(change_agent(("shaver",), state, told), Unfit), offer
    assert len({offer.key for offer in offers}) == len(offers) == 2


def test_what_an_agent_asks_is_answered_in_words() -> None:
    (offer,) = reply_offers(AskedPeople(id="t1.0", agent="shaver", question="In test?", at_ns=1))
    assert (offer.path, offer.reason) == ("/agent-questions/t1.0", "text")


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in OPEN])
def test_a_question_that_is_not_open_takes_no_answer(stage: Stage) -> None:
    assert question_offers(question(stage=stage), "close CB14") == ()
