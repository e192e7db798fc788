"""R15: no operation without permit, people, fresh data and a reservation, whatever happens in whatever order.

A state machine drives a breaker that must be selected and that two people must agree to; a reference model of
a few lines keeps what a reader of the design would: who has agreed to which question, what the device has
confirmed and when, what policy said last. Every operation is held against it.

Source: the control model of IEC 61850-7-2 (select before operate); promises of the project, R15.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kernel.command import Command, Outcome, Transmission
from kernel.instruction import Approval
from kernel.ports import GateRequest
from kernel.quality import is_good
from kernel.question import OPEN
from kernel.verdict import Allow, Ask, Deny, Judgement, Verdict
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER, S
from tests.unit.kernel.pipe.test_selecting import SELECT, select_line
from tests.unit.kernel.ticking import Line, close_breaker

PEOPLE = st.sampled_from(["anna", "berta", "carl", "p", " Anna "])
ROLES = st.sampled_from(["OPERATOR", "OPERATOR", "ENGINEER", "VIEWER"])
RESERVED_S = 6
FULL = settings(max_examples=int(os.environ.get("AIOS_R15", "60")), stateful_step_count=50, deadline=None)


class Model:
    """What the design says must be true of an operation."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[str, int]] = {}
        """By question: who asks, and the last time to decide."""
        self.agreed: dict[str, set[str]] = {}
        """By question: names of those who agreed in a role that may, without spaces and case."""
        self.position: dict[str, float] = {}
        """By question: where the breaker stood when it was asked."""
        self.selected_ns = -1
        """When the device was last selected; -1 where nothing is reserved."""
        self.confirmed = False
        self.policy = "ask"

    def entitled(self, question: str, person: str, role: str, now_ns: int) -> bool:
        asker, decide_by_ns = self.asked[question]
        name = person.strip().casefold()
        return role != "VIEWER" and f"person:{name}" != asker and now_ns < decide_by_ns


class CommandMachine(RuleBasedStateMachine):
    """People, policy, device and wire do what they like; the pipe must not operate without right."""

    @initialize()
    def begin(self) -> None:
        self.line: Line = select_line(select_s=float(RESERVED_S))
        self.model = Model()
        self.told: list[Approval] = []
        self.number = 0
        self.tick()

    def answer(self, request: GateRequest) -> Judgement:
        if self.model.policy == "gone":
            return Judgement(failure="gone")
        revision = "old" if self.model.policy == "stale" else "test"
        return Judgement(
            revision=revision, verdicts={c.id: self.verdict(c, request) for c in request.commands}
        )

    def verdict(self, command: Command, request: GateRequest) -> Verdict:
        if self.model.policy == "stale":
            return Allow(revision="old")
        if command.point == BATTERY:
            return Allow(revision="test")
        if self.model.policy == "deny":
            return Deny(rule="no", reason="no", revision="test")
        people = request.approvals.get(command.id, ())
        if command.point == BREAKER and len(people) < 2:
            return Ask(
                rule="two", reason="two people", revision="test", approvals=2,
                roles=("OPERATOR", "ENGINEER"), approval_s=20.0, holds_s=15.0,
            )  # fmt: skip
        return Allow(revision="test")

    def tick(self, *requests: Any) -> None:
        before_ns = self.line.now_ns
        outputs = self.line.tick(self.answer, *requests, told=self.told).outputs
        self.told = []
        for receipt in outputs.receipts:
            if receipt.outcome is Outcome.DONE and receipt.command == self.reserving:
                self.model.confirmed = True
        for command in outputs.commands:
            self.check(command, before_ns)
        for change in outputs.questions:
            question = change.question
            if question.id not in self.model.asked:
                self.model.asked[question.id] = (question.asked_by, question.decide_by_ns)
                self.model.position[question.id] = self.line.values["cb/position"]

    reserving = ""

    def check(self, command: Command, now_ns: int) -> None:
        model, line = self.model, self.line
        if command.point == BATTERY:
            return
        if command.authority == "safe_set":
            assert (command.point, command.value) == (SELECT, 0.0), "only a reservation is given back"
            model.selected_ns, model.confirmed = -1, False
            return
        assert model.policy == "ask", "policy permits it in this tick, under the expected revision"
        held = [
            question
            for question, people in model.agreed.items()
            if len(people) >= 2 and model.position[question] == line.values["cb/position"]
        ]
        assert held, "two different people have agreed, none of them who asks, on what still is"
        row = line.pipe.site.row["cb/position"]
        assert is_good(int(line.state.image.quality[row])), "the device is seen"
        assert now_ns - int(line.state.image.at_ns[row]) <= 2 * S, "fresh data"
        if command.point == SELECT:
            assert command.value == 1.0
            model.selected_ns, model.confirmed, self.reserving = now_ns, False, command.id
            return
        assert command.point == BREAKER
        assert model.confirmed, "the device has confirmed its reservation"
        assert model.selected_ns >= 0, "selected"
        assert now_ns < model.selected_ns + RESERVED_S * S, "unexpired select"
        assert command.valid_until_ns <= model.selected_ns + RESERVED_S * S
        model.selected_ns, model.confirmed = -1, False
        for question in held:
            del model.agreed[question]  # an approval is for one operation

    @rule(seconds=st.integers(1, 8))
    def time_passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.tick()

    @rule(stands_s=st.sampled_from([1.0, 5.0, 60.0]))
    def somebody_asks(self, stands_s: float) -> None:
        self.tick(close_breaker(self.line, stands_s=stands_s))

    @rule(person=PEOPLE, role=ROLES, granted=st.sampled_from([True, True, True, False]))
    def somebody_answers(self, person: str, role: str, granted: bool) -> None:  # noqa: FBT001
        question = next(iter(self.line.state.asked), "r-9-9")
        self.number += 1
        now_ns = self.line.now_ns
        self.told.append(
            Approval(
                key=str(self.number),
                person=person,
                role=role,
                reason="seen",
                asked=question,
                granted=granted,
                at_ns=now_ns,
            )
        )
        stands = self.line.state.asked.get(question)
        if stands is None or stands.stage not in OPEN:
            return
        if granted and self.model.entitled(question, person, role, now_ns):
            self.model.agreed.setdefault(question, set()).add(person.strip().casefold())

    @rule(policy=st.sampled_from(["ask", "ask", "ask", "deny", "gone", "stale"]))
    def policy_changes(self, policy: str) -> None:
        self.model.policy = policy
        self.tick()

    @rule(position=st.sampled_from([1.0, 1.0, 2.0, 3.0]))
    def breaker_moves(self, position: float) -> None:
        self.line.values["cb/position"] = position
        self.tick()

    @rule(away=st.frozensets(st.sampled_from([METER, "cb/position", SELECT]), max_size=2))
    def devices_come_and_go(self, away: frozenset[str]) -> None:
        self.line.away = set(away)
        self.tick()

    @rule(
        wire=st.sampled_from([Transmission.WRITTEN] * 3 + [Transmission.NO_ANSWER, Transmission.REFUSED]),
        follows=st.sampled_from([True, True, False]),
    )
    def wire_changes(self, wire: Transmission, follows: bool) -> None:  # noqa: FBT001
        self.line.wire, self.line.follows = wire, follows

    @invariant()
    def nothing_is_written_twice(self) -> None:
        if hasattr(self, "line"):
            ids = [command.id for command in self.line.commands]
            assert len(ids) == len(set(ids))


CommandMachine.TestCase.settings = FULL
TestCommandMachine = CommandMachine.TestCase


def test_the_machine_reaches_an_operation() -> None:
    """The rules above can lead to an operation: a machine that never operates would hold for nothing."""
    machine = CommandMachine()
    machine.begin()
    machine.somebody_asks(60.0)
    machine.somebody_answers("anna", "OPERATOR", granted=True)
    machine.somebody_answers("berta", "OPERATOR", granted=True)
    machine.time_passes(3)
    assert [c.point for c in machine.line.commands if c.point != BATTERY] == [SELECT, BREAKER]
