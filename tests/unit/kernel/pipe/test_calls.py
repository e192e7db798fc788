"""System calls: granted within a capability, denied beyond it, answered in a later view, and recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kernel.capability import AskPeople, Infer, Inferred, May, Store, Stored
from kernel.image import View
from kernel.instruction import Reply
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import state_of, state_record
from kernel.measurement import block
from kernel.pipe.calls import newest, restored
from kernel.pipe.pipe import Pipe
from kernel.pipe.tick import Decided, Inputs, WorkerStep
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.quality import BLOCKED
from kernel.schedule.loop import ControlLoop
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, S, make_site


@dataclass
class Caller:
    """Makes the calls that a test gives it, once."""

    name: str = "caller"
    reads: tuple[str, ...] = (METER, BATTERY)
    proposes: tuple[str, ...] = (BATTERY,)
    infers: tuple[str, ...] = ("oracle",)
    store_bytes: int = 100
    asks: bool = True
    calls: tuple[Any, ...] = ()
    wants: Priority | None = None
    views: list[View] = field(default_factory=list)

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        self.views.append(view)
        calls, self.calls = self.calls, ()
        wish = () if self.wants is None else (
            Proposal(
                agent=self.name, point=BATTERY, priority=self.wants, wanted=1.0, reason="r",
                made_at_ns=view.now_ns, expires_at_ns=view.now_ns + 9 * S,
            ),
        )  # fmt: skip
        return Step(state=state, calls=calls, proposals=wish)


@dataclass
class Oracle:
    """A model in a worker: it is never stepped here, its steps come from the test."""

    name: str = "oracle"
    reads: tuple[str, ...] = (METER,)
    proposes: tuple[str, ...] = ()

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        raise NotImplementedError


class Desk:
    """A pipe with a caller on the loop and a model in a worker."""

    def __init__(self, may: May | None = None) -> None:
        self.caller = Caller()
        loops = (
            ControlLoop(
                name="caller", agent=self.caller, period_s=1, deadline_s=0.5, priority="control",
                narrowed=may, budget_ms=7.0,
            ),
            ControlLoop(name="oracle", agent=Oracle(), period_s=1, deadline_s=1, priority="learning"),
        )  # fmt: skip
        site = make_site()
        limits = {point.name: (-100.0, 100.0) for point in site.writable}
        self.pipe = Pipe(site, loops, limits=limits, run="r", revision="test")
        self.state = self.pipe.begin(EmptyPast(), now_ns=999 * S)
        self.number = 0

    def tick(self, *calls: Any, step_s: int = 1, **inputs: Any) -> Decided:
        self.caller.calls = calls
        now_ns = (1000 + self.number) * S
        read = block([0, 1], [80.0, 0.0], [0, 0], at_ns=now_ns)
        draft = self.pipe.draft(self.state, Inputs(tick=self.number, now_ns=now_ns, blocks=(read,), **inputs))
        decided = self.pipe.conclude(draft, ())
        self.state = decided.state
        self.number += step_s
        self.state = decided.state
        return decided

    @property
    def view(self) -> View:
        return self.caller.views[-1]


def denials(decided: Decided) -> list[str]:
    return [denied.why for denied in decided.outputs.denied]


def test_a_view_carries_deadline_budget_and_trace() -> None:
    desk = Desk()
    desk.tick()
    assert desk.view.deadline_ns == 1000 * S + S // 2
    assert desk.view.budget_ms == 7.0
    assert desk.view.trace == "r-0-caller"


def test_what_is_stored_stands_in_the_next_view_and_is_told_to_the_journal() -> None:
    desk = Desk()
    decided = desk.tick(Store(key="phase", value=b"two"))
    assert decided.outputs.stored == (Stored(agent="caller", key="phase", value=b"two"),)
    assert decided.outputs.is_news()
    desk.tick()
    assert desk.view.stored == {"phase": b"two"}
    assert desk.tick(Store(key="phase", value=b"two")).outputs.stored == (), "the same again is nothing new"
    desk.tick(Store(key="phase", value=b""))
    desk.tick()
    assert desk.view.stored == {}


def test_more_than_it_may_keep_is_denied_and_what_was_kept_stays() -> None:
    desk = Desk()
    desk.tick(Store(key="a", value=b"x" * 60))
    decided = desk.tick(Store(key="b", value=b"x" * 60))
    assert denials(decided) == ["122 bytes to keep; it may keep 100"]
    desk.tick()
    assert list(desk.view.stored) == ["a"]


def test_what_is_stored_survives_a_restart_through_the_journal(tmp_path: Path) -> None:
    desk, journal = Desk(), CommandJournal(tmp_path / "commands.db")
    for call in (Store(key="a", value=b"1"), Store(key="a", value=b"2"), Store(key="b", value=b"3")):
        journal.append(desk.tick(call).outputs)
    journal.append(desk.tick(Store(key="b", value=b"")).outputs)
    kept = journal.stored()
    journal.close()
    assert restored(kept)["caller"].stored == {"a": b"2"}
    assert [(one.key, one.value) for one in newest(kept)] == [("a", b"2")]


def test_a_model_answers_with_one_of_its_next_steps() -> None:
    desk = Desk()
    desk.tick(Infer(model="oracle", inputs={"load": 3.0}))
    decided = desk.tick()
    (job,) = decided.jobs
    (wanted,) = job.view.inferences
    assert (wanted.asked_by, wanted.inputs) == ("caller", {"load": 3.0})
    reply = WorkerStep(agent="oracle", made_at_ns=0, calls=(Inferred(id=wanted.id, values={"peak": 9.0}),))
    desk.tick(steps=(reply,))
    desk.tick()
    (answer,) = desk.view.answers
    assert (answer.id, answer.values, answer.by) == ("r-0-caller.0", {"peak": 9.0}, "oracle")
    desk.tick()
    assert desk.view.answers == (), "each answer is told once"


def test_an_inference_that_nobody_answers_fails_by_its_time() -> None:
    desk = Desk()
    desk.tick(Infer(model="oracle", inputs={}), step_s=3601)
    desk.tick()
    desk.tick()
    assert "gave no answer within 3600 s" in desk.view.answers[0].failure


def test_a_person_answers_the_question_of_an_agent() -> None:
    desk = Desk()
    (asked,) = desk.tick(AskPeople(question="may I?")).outputs.asked
    told = Reply(key="k", person="m", reason="r", question=asked.id, text="yes")
    decided = desk.tick(instructions=(told,))
    assert decided.outputs.instructions[0].refused == ""
    (answer,) = desk.view.answers
    assert (answer.text, answer.by) == ("yes", "person:m")
    again = desk.tick(instructions=(told,))
    assert "no agent has asked" in again.outputs.instructions[0].refused


@pytest.mark.parametrize(
    ("may", "call", "why"),
    [
        (May(ask=False), AskPeople(question="?"), "it may not ask people"),
        (May(infer=()), Infer(model="oracle", inputs={}), "it may not ask the model oracle"),
        (May(), Infer(model="stranger", inputs={}), "it may not ask the model stranger"),
        (May(store_bytes=0), Store(key="a", value=b"1"), "2 bytes to keep; it may keep 0"),
        (May(), Inferred(id="made-up", values={}), "nobody asked it for the inference made-up"),
    ],
    ids=["ask", "infer", "undeclared model", "store", "answer"],
)
def test_what_it_may_not_have_is_denied_journalled_and_leads_to_the_rule(
    may: May, call: Any, why: str
) -> None:
    desk = Desk(may)
    decided = desk.tick(call)
    assert denials(decided) == [why]
    assert decided.outputs.denied[0].trace == "r-0-caller.0"
    assert decided.state.rungs["caller"].rung == "rule", "no lower than the table says"
    assert decided.state.rungs["caller"].condition == "call_denied"


def test_questions_of_one_agent_are_bounded() -> None:
    desk = Desk()
    decided = desk.tick(*(AskPeople(question=str(number)) for number in range(5)))
    assert denials(decided) == ["4 questions of it are open"]


def test_a_point_that_the_site_does_not_leave_it_is_a_hole_blocked_on_purpose() -> None:
    desk = Desk(May(read=(BATTERY,)))
    desk.tick()
    assert desk.view.usable(METER) is None
    assert desk.view.readings[METER].quality & BLOCKED
    assert desk.view.usable(BATTERY) == 0.0


@pytest.mark.parametrize(
    "may", [May(propose=()), May(highest_priority="operation")], ids=["point", "priority"]
)
def test_a_proposal_that_the_site_does_not_leave_it_is_not_admitted(may: May) -> None:
    desk = Desk(may)
    desk.caller.wants = Priority.CONTROL
    decided = desk.tick()
    assert decided.state.standing == {}
    assert "its site does not leave it" in decided.state.rungs["caller"].why


def test_a_site_may_narrow_and_never_widen() -> None:
    desk = Desk(May(read=(METER, "cb/position"), store_bytes=10**9, propose=(BATTERY, "cb/close"), ask=True))
    capability = desk.pipe.loops[0].capability
    assert capability.read == {METER}
    assert capability.propose == {BATTERY}
    assert capability.store_bytes == 100


def test_what_is_kept_for_agents_comes_back_from_the_recorder() -> None:
    desk = Desk()
    desk.tick(Store(key="a", value=b"1"), Infer(model="oracle", inputs={"x": 1.0}), AskPeople(question="?"))
    back = state_of(
        msgspec.convert(state_record(desk.state), type(state_record(desk.state))), {"caller": int}
    )
    assert back.agencies == desk.state.agencies


def test_a_step_with_a_call_of_the_wrong_type_is_a_failed_step() -> None:
    desk = Desk()
    decided = desk.tick("give me everything")
    assert decided.state.rungs["caller"].condition == "agent_failed"
