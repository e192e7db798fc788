"""R15: nothing is operated without everything that an operation needs.

A breaker that must be selected before it is closed, a work permit that forbids closing, people who ask,
answer, change their minds and pretend, readings that go away, a policy that fails or answers for another
revision, a device that does not confirm: fifty steps from each seed, and a judge that keeps books of its own.
It knows only what was put in and what came out. A close on the wire needs: who asked; approvals enough, of
distinct people with a role that may, none of whom asks, given in time, about what stands; interlock and
position read good within two scans and as they were when it was asked; a permit of the expected revision in
this very tick; a select that the device has confirmed within its reservation.

Source: IEC 61850-7-2 (select before operate), IEC 62443-3-3 SR 2.1 RE 4 (dual approval).
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest import mock

import msgspec

from kernel.command import Command, Outcome, Transmission
from kernel.instruction import Approval
from kernel.pipe.tick import Outputs
from kernel.point import Kind, OnLoss, Point, Writing
from kernel.ports import GateRequest
from kernel.quality import is_good
from kernel.question import Question, Stage
from kernel.site import Site
from kernel.verdict import Allow, Ask, Deny, Judgement, Verdict
from tests.reliability.promise import Promise, Tally
from tests.unit.kernel.conftest import BREAKER, S, make_pipe, make_site
from tests.unit.kernel.ticking import Line, close_breaker

STEPS = 50
SELECT, PERMIT, POSITION = "cb/select", "cb/permit", "cb/position"
INTERLOCKS = (PERMIT, POSITION)
ROLES = ("OPERATOR", "ENGINEER")
PEOPLE = ("anna", "Anna ", "bert", "carla", "  ", "BERT")
SCANS_S, RESERVED_S, DECIDE_S = 2.0, 10.0, 12.0


def site() -> Site:
    """The small site, with a breaker that is selected, and a point that tells of a work permit."""
    plain = make_site()
    reserve = Writing(
        low=0.0, high=1.0, safe_value=0.0, on_loss=OnLoss.WRITE_SAFE, feedback_s=3.0, validity_s=3.0
    )
    points = [_selected(point) for point in plain.points]
    return msgspec.structs.replace(
        plain,
        points=(
            *points,
            Point(name=SELECT, unit="1", writing=reserve),
            Point(name=PERMIT, unit="1", kind=Kind.CODE, stale_s=SCANS_S),
        ),
    )


def _selected(point: Point) -> Point:
    if point.name == POSITION:
        return msgspec.structs.replace(point, stale_s=SCANS_S)
    if point.name != BREAKER or point.writing is None:
        return point
    writing = msgspec.structs.replace(
        point.writing, select=SELECT, select_s=RESERVED_S, cancel_value=0.0, feedback_s=2.0
    )
    return msgspec.structs.replace(point, writing=writing)


@dataclass
class Asked:
    """What the judge knows of a question: what stood when it was asked, who has said what."""

    question: Question
    stood: dict[str, float]
    yes: set[str] = field(default_factory=set)
    used: bool = False


@dataclass
class Books:
    """The judge's books: only what was put in and what came out."""

    needed: int
    read_ns: dict[str, int] = field(default_factory=dict)
    read: dict[str, float] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    selects: dict[str, int] = field(default_factory=dict)
    confirmed_ns: int | None = None
    """When the device was told to reserve itself, for the reservation that it has confirmed."""
    permitted: set[str] = field(default_factory=set)
    operated: int = 0

    def told(self, approval: Approval, now_ns: int) -> None:
        """Count an answer, by the judge's own reading of who may answer."""
        about = self.asked.get(approval.asked)
        person = approval.person.strip().casefold()
        if about is None or not person or not approval.reason.strip() or not approval.granted:
            return
        asker = about.question.asked_by.removeprefix("person:").strip().casefold()
        is_meant = approval.digest in {"", about.question.digest}
        if approval.role in ROLES and person != asker and is_meant and now_ns < about.question.decide_by_ns:
            about.yes.add(person)

    def heard(self, outputs: Outputs) -> Iterator[str]:
        """Book what came out of a tick; yield what should not have."""
        for receipt in outputs.receipts:
            if receipt.outcome is Outcome.DONE and receipt.command in self.selects:
                self.confirmed_ns = self.selects[receipt.command]
        for command in outputs.commands:
            if command.point == SELECT:
                self.confirmed_ns = None
                if command.value == 1.0:
                    self.selects[command.id] = command.issued_at_ns
            elif command.point == BREAKER:
                self.operated += 1
                yield from self._lacking(command, outputs.now_ns)
        for change in outputs.questions:
            if change.question.stage is Stage.ASKED and change.question.id not in self.asked:
                self.asked[change.question.id] = Asked(change.question, dict(self.read))

    def _lacking(self, command: Command, now_ns: int) -> Iterator[str]:
        """Name what an operation lacks."""
        if not command.asked_by.removeprefix("person:").strip():
            yield "nobody asked for it"
        for point in INTERLOCKS:
            if now_ns - self.read_ns.get(point, 0) > SCANS_S * S:
                yield f"{point} is older than two scans"
        if self.read.get(PERMIT) != 0.0:
            yield "a work permit is active"
        if command.id not in self.permitted or command.revision != "test":
            yield "no permit of the expected revision in this tick"
        if self.confirmed_ns is None or now_ns - self.confirmed_ns > RESERVED_S * S:
            yield "the device is not reserved"
        yield from self._unapproved(command)

    def _unapproved(self, command: Command) -> Iterator[str]:
        for about in self.asked.values():
            is_same = about.question.asked_by == command.asked_by and about.stood == self.read
            if is_same and not about.used and len(about.yes) >= self.needed:
                about.used = True
                return
        yield f"fewer than {self.needed} have agreed to it as it stands"


class Machine:
    """One seed's fifty steps."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        pipe = make_pipe(site())
        pipe.limits[SELECT] = (0.0, 1.0)
        self.line = Line(pipe)
        self.line.values |= {SELECT: 0.0, PERMIT: 0.0}
        self.silent: set[str] = set()
        self.books = Books(needed=self.dice.choice((1, 2)))
        self.answers = 0

    def judge(self, request: GateRequest) -> Judgement:
        """Be the policy: interlocks first, then people; now and then it fails."""
        luck = self.dice.random()
        if luck < 0.03:
            return self.dice.choice(
                (
                    Judgement(failure="no answer"),
                    Judgement(revision="test"),
                    Judgement(
                        revision="other", verdicts={c.id: Allow(revision="other") for c in request.commands}
                    ),
                )
            )
        verdicts = {command.id: self._verdict(command, request) for command in request.commands}
        self.books.permitted |= {name for name, verdict in verdicts.items() if isinstance(verdict, Allow)}
        return Judgement(revision="test", verdicts=verdicts)

    def _verdict(self, command: Command, request: GateRequest) -> Verdict:
        if command.point != BREAKER:
            return Allow(revision="test")
        seen = [request.readings.get(point) for point in INTERLOCKS]
        if any(one is None or not is_good(one.quality) for one in seen) or request.readings[PERMIT].value:
            return Deny(rule="interlock", reason="not free", revision="test")
        if len(request.approvals.get(command.id, ())) >= self.books.needed:
            return Allow(revision="test")
        return Ask(
            rule="two_person",
            reason="people decide",
            revision="test",
            approvals=self.books.needed,
            roles=ROLES,
            approval_s=DECIDE_S,
            holds_s=8.0,
        )

    def step(self) -> list[str]:
        """Let something happen, tick once, and return what the judge says."""
        dice, line = self.dice, self.line
        self.books.permitted.clear()
        self._world()
        requests = [close_breaker(line, person=dice.choice(PEOPLE[:4]), stands_s=30.0)] * (
            dice.random() < 0.12
        )
        told = [self._answer(question) for question in list(line.state.asked.values()) if dice.random() < 0.4]
        for approval in told:
            self.books.told(approval, line.now_ns)
        for point, value in line.values.items():
            if point not in self.silent and point not in line.away and point in INTERLOCKS:
                self.books.read[point], self.books.read_ns[point] = value, line.now_ns
        held = {point: line.values.pop(point) for point in self.silent & line.values.keys()}
        outputs = line.tick(self.judge, *requests, told=told).outputs
        line.values |= {point: value for point, value in held.items() if point not in line.values}
        return list(self.books.heard(outputs))

    def _world(self) -> None:
        """Let readings go and come, the permit change, the device be deaf or slow."""
        dice, line = self.dice, self.line
        for point in INTERLOCKS:
            if dice.random() < 0.06:
                dice.choice((line.away, self.silent)).add(point)
            if dice.random() < 0.4:
                line.away.discard(point)
                self.silent.discard(point)
        if dice.random() < 0.05:
            line.values[PERMIT] = 1.0 - line.values[PERMIT]
        if dice.random() < 0.04:
            line.values[POSITION] = dice.choice((1.0, 2.0))
        line.follows = dice.random() > 0.1
        line.wire = dice.choices(
            (Transmission.WRITTEN, Transmission.REFUSED, Transmission.NO_ANSWER), (20, 1, 1)
        )[0]

    def _answer(self, question: Question) -> Approval:
        dice = self.dice
        self.answers += 1
        return Approval(
            key=f"a{self.answers}",
            person=dice.choice(PEOPLE),
            role=dice.choice((*ROLES, *ROLES, "VIEWER", "")),
            reason=dice.choice(("seen", "seen", "seen", " ")),
            at_ns=self.line.now_ns,
            asked=question.id,
            granted=dice.random() > 0.05,
            digest=dice.choice(("", question.digest, question.digest, "0000")),
        )


def operated(seed: int, steps: int) -> Tally:
    """Live through machines of fifty steps until there were so many."""
    broken: list[str] = []
    counts = {"operations": 0.0, "questions": 0.0}
    for number in range(-(-steps // STEPS)):
        machine = Machine(seed * 1_000_003 + number)
        for step in range(STEPS):
            broken += [f"seed {seed}, machine {number}, step {step}: {what}" for what in machine.step()]
        counts["operations"] += machine.books.operated
        counts["questions"] += len(machine.books.asked)
    return Tally(tried=steps, broken=tuple(broken), counts=counts)


@contextlib.contextmanager
def anybody_answers() -> Iterator[None]:
    """Remove the guard of answers: whoever says yes counts."""
    with mock.patch("kernel.pipe.answering._unfit", return_value=""):
        yield


def control(seed: int) -> Tally:
    """Live with a gateway that counts every answer."""
    with anybody_answers():
        return operated(seed, 5_000)


PROMISE = Promise(
    id="R15",
    claim="Nothing is operated without identity, role, approvals, fresh data, interlocks, permit and select",
    unit="steps",
    full=1_000_000,
    reduced=10_000,
    attempt=operated,
    control=control,
    part=50_000,
    goal="gate.property_violations",
    seed=15,
)
