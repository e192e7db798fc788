"""No condition outlives its cause: when it is gone the agent stands on `model` again within a stated time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from typing import Any

import msgspec
import pytest

from kernel.capability import Infer
from kernel.command import Sent, Transmission
from kernel.finding import Finding
from kernel.forecast import Forecast
from kernel.image import View
from kernel.journal.encoding import state_of, state_record
from kernel.ladder import CONDITION, DRIFT_FINDING, LadderSpec, Level, Sighting
from kernel.measurement import block
from kernel.pipe.ladder import CLEAR_PERIODS
from kernel.pipe.pipe import Pipe
from kernel.pipe.probing import GATE_PROBE_S
from kernel.pipe.tick import Inputs, WorkerStep
from kernel.ports import GateRequest, Past, Step
from kernel.proposal import Priority, Proposal
from kernel.schedule.loop import ControlLoop
from kernel.site import LoopSpec
from kernel.testing import EmptyPast
from kernel.verdict import Allow, Judgement
from tests.unit.kernel.conftest import BATTERY, METER, S, make_site

AGENT = "pilot"
TROUBLE_S = 80
"""So long that every wish of before has expired."""


@dataclass
class Pilot:
    """Wants another value in every step, and fails as a test tells it."""

    name: str = AGENT
    reads: tuple[str, ...] = (METER, BATTERY)
    proposes: tuple[str, ...] = (BATTERY,)
    ails: str = ""

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        if self.ails == "agent_failed":
            raise RuntimeError("out of fuel")
        wish = Proposal(
            agent=self.name, point=BATTERY, priority=Priority.CONTROL,
            wanted=nan if self.ails == "not_admitted" else float(state % 50), reason="r",
            made_at_ns=view.now_ns, expires_at_ns=view.now_ns + 5 * S,
        )  # fmt: skip
        finding = Finding(
            asset="grid", name=DRIFT_FINDING, text="left", value=1.0, unit="kW", limit=None, at_ns=view.now_ns
        )
        return Step(
            state=state + 1, proposals=() if self.ails.endswith("idle") else (wish,),
            published=(finding,) if self.ails == "drift" else (),
            calls=(Infer(model="nobody", inputs={}),) if self.ails == "call_denied" else (),
        )  # fmt: skip


class World:
    """A pipe with one pilot, a tick a second, and everything that can ail it."""

    def __init__(self, *, in_worker: bool = False, **ladder: LadderSpec) -> None:
        spec = LoopSpec(agent=AGENT, kind="k", period_s=1, deadline_s=1, ladder=ladder)
        site = msgspec.structs.replace(make_site(), loops=(spec,))
        self.pilot = Pilot()
        self.in_worker = in_worker
        priority = "learning" if in_worker else "control"
        loop = ControlLoop(name=AGENT, agent=self.pilot, period_s=1, deadline_s=1, priority=priority)
        limits = {point.name: (-100.0, 100.0) for point in site.writable}
        self.pipe = Pipe(site, [loop], limits=limits, run="r", revision="test")
        self.state = self.pipe.begin(EmptyPast(), now_ns=999 * S)
        self.number = 0
        self.asked: list[GateRequest] = []
        self.stands = 0.0
        self._sent: tuple[Sent, ...] = ()

    @property
    def now_ns(self) -> int:
        return (1000 + self.number) * S

    @property
    def level(self) -> Level:
        return Level.of(self.state.rungs[AGENT].rung) if AGENT in self.state.rungs else Level.MODEL

    def tick(self, ails: str = "") -> Level:
        """One tick of a world in which one thing ails, or nothing."""
        self.pilot.ails = ails
        bad = 1 if ails == "inputs_bad" else 0
        is_sighted = ails in {"overrun", "bus_too_slow"}
        sighting = (Sighting(agent=AGENT, condition=ails, words="seen"),) if is_sighted else ()
        read = block([0, 1], [80.0, self.stands], [bad, bad], at_ns=self.now_ns)
        inputs = Inputs(
            tick=self.number, now_ns=self.now_ns, blocks=(read,), conditions=sighting,
            steps=self._steps(ails), sent=self._sent,
        )  # fmt: skip
        draft = self.pipe.draft(self.state, inputs)
        judgements = () if draft.request is None else (self._judge(draft.request, ails),)
        away = "disk full" if ails == "journal_failed" else ""
        decided = self.pipe.conclude(draft, judgements, journal_failure=away)
        self.state, written = decided.state, decided.outputs.commands
        self._sent = tuple(
            Sent(command=c.id, transmission=Transmission.WRITTEN, at_ns=self.now_ns) for c in written
        )
        self.stands = written[-1].value if written else self.stands
        self.number += 1
        return self.level

    def _judge(self, request: GateRequest, ails: str) -> Judgement:
        self.asked.append(request)
        if ails.startswith("gate_failed"):
            return Judgement(failure="gone")
        return Judgement(revision="test", verdicts={c.id: Allow(revision="test") for c in request.commands})

    def _steps(self, ails: str) -> tuple[WorkerStep, ...]:
        """Give what arrives from workers: the pilot's step, or another agent's forecast of the meter."""
        if ails == "result_overdue":
            return ()
        if self.in_worker:
            lost = {"rung": "safe", "why_rung": "gone", "condition": ails} if ails == "worker_lost" else {}
            return (WorkerStep(agent=AGENT, made_at_ns=self.now_ns, **lost),)  # type: ignore[arg-type]
        made_at_ns = self.now_ns - (7200 * S if ails == "forecast_stale" else 0)
        forecast = Forecast(
            point=METER, made_at_ns=made_at_ns, start_ns=made_at_ns, step_s=900.0, quantiles=(0.5,),
            values=((1.0,),), model="m",
        )  # fmt: skip
        return (WorkerStep(agent="gateway:self", made_at_ns=self.now_ns, published=(forecast,)),)


IN_WORKER = {"worker_lost", "result_overdue"}
SHORT = {"drift": LadderSpec(exit_after_s=90.0)}
"""Six hours of ticks show no more than these."""


def within_s(name: str) -> float:
    """Return the time that the table promises: until it is seen, clear, and one rung a period up."""
    condition = CONDITION[name]
    clear_s = max(SHORT[name].exit_after_s or 0.0 if name in SHORT else condition.exit_after_s, CLEAR_PERIODS)
    return 1 + (GATE_PROBE_S if name == "gate_failed" else 0) + clear_s + condition.rung


def until(is_it: Callable[[], Any], world: World, most: int) -> int:
    return next((n for n in range(1, most + 1) if (world.tick(), is_it())[1]), most + 1)


@pytest.mark.parametrize("name", [name for name, one in CONDITION.items() if not one.until_result])
def test_every_condition_is_left_when_its_cause_is_gone(name: str) -> None:
    world = World(in_worker=name in IN_WORKER, **SHORT)
    assert [world.tick() for _ in range(3)][-1] is Level.MODEL
    for _ in range(TROUBLE_S):
        world.tick(name)
    assert name in {held.condition for held in world.state.footings[AGENT].held}, "it was seen"
    assert world.level == CONDITION[name].rung
    took_s = until(lambda: world.level is Level.MODEL, world, 200)
    assert took_s <= within_s(name)
    assert all(world.tick() is Level.MODEL for _ in range(30)), "and it stays there"


def test_a_gate_that_failed_is_asked_about_nothing_once_a_probe_while_nobody_asks() -> None:
    world = World()
    for _ in range(3):
        world.tick()
    for _ in range(100):
        world.tick("gate_failed")
    probes = [request for request in world.asked if request.occasion == "health"]
    assert 6 <= len(probes) <= 9
    assert all(request.commands == () for request in probes)
    apart = {later.tick - first.tick for first, later in pairwise(probes)}
    assert apart == {int(GATE_PROBE_S)}


def test_an_answer_to_a_probe_permits_nothing() -> None:
    world = World()
    world.tick()
    for _ in range(TROUBLE_S):
        world.tick("gate_failed")
    until(lambda: not world.state.gate_failure, world, 20)
    assert world.asked[-1].occasion == "health"
    assert world.state.postures[BATTERY].authority == "safe_set"


def test_a_gate_that_works_is_never_asked_about_nothing() -> None:
    world = World()
    for _ in range(60):
        world.tick()
    assert all(request.commands for request in world.asked)


@pytest.mark.parametrize("number", [1, 2])
def test_in_format_1_nobody_asks_a_gate_about_nothing(number: int) -> None:
    world = World()
    pipe = world.pipe
    world.pipe = Pipe(pipe.site, pipe.loops, limits=pipe.limits, run="r", revision="test", format=number)
    for name in ("", *(["gate_failed"] * 3), *(["gate_failed, idle"] * 10), *(["idle"] * 20)):
        world.tick(name)
    assert bool(world.state.gate_failure) is (number == 1)
    assert {request.occasion for request in world.asked} == ({"tick"} if number == 1 else {"tick", "health"})


def test_the_state_that_a_recording_keeps_knows_when_the_gate_failed() -> None:
    world = World()
    world.tick("gate_failed")
    assert world.state.gate_failed_ns == 1000 * S
    assert state_of(state_record(world.state), {AGENT: int}).gate_failed_ns == 1000 * S
    world.tick()
    assert world.state.gate_failed_ns == 0
