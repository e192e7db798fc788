"""A flight: one agent that says where it stands, over a small site, on the ladder."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from aios.site.points import rung_point
from kernel.finding import Finding
from kernel.image import View
from kernel.ladder import DRIFT_FINDING, LadderSpec, Level, Sighting
from kernel.measurement import block
from kernel.pipe.pipe import Pipe
from kernel.pipe.tick import Decided, Inputs, WorkerStep
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.schedule.loop import ControlLoop
from kernel.site import LoopSpec
from kernel.testing import EmptyPast
from kernel.verdict import Allow, Judgement
from tests.unit.kernel.conftest import BATTERY, METER, S, make_site

AGENT = "pilot"


@dataclass
class Pilot:
    """Wants what a test lets it want, and says of itself what the test lets it say."""

    name: str = AGENT
    reads: tuple[str, ...] = (METER, BATTERY)
    proposes: tuple[str, ...] = (BATTERY,)
    wants: float | None = 30.0
    says: str = "model"
    fails: bool = False
    finds: bool = False
    bounds: tuple[float | None, float | None] = (None, None)
    views: list[View] = field(default_factory=list)

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        self.views.append(view)
        if self.fails:
            raise RuntimeError("out of fuel")
        wish = Proposal(
            agent=self.name, point=BATTERY, priority=Priority.CONTROL, wanted=self.wants, low=self.bounds[0],
            high=self.bounds[1], reason="r", made_at_ns=view.now_ns, expires_at_ns=view.now_ns + 5 * S,
        )  # fmt: skip
        finding = Finding(
            asset="grid", name=DRIFT_FINDING, text="left its forecast", value=1.0, unit="kW", limit=None,
            at_ns=view.now_ns,
        )  # fmt: skip
        return Step(
            state=state, proposals=(wish,), published=(finding,) if self.finds else (), rung=self.says,
            why_rung="" if self.says == "model" else "it says so",
        )  # fmt: skip


class Flight:
    """A pipe with one pilot, a tick a second."""

    def __init__(self, priority: str = "control", **ladder: LadderSpec) -> None:
        spec = LoopSpec(agent=AGENT, kind="k", period_s=1, deadline_s=1, ladder=ladder)
        site = make_site()
        site = msgspec.structs.replace(site, loops=(spec,), points=(*site.points, rung_point(AGENT)))
        self.pilot = Pilot()
        loop = ControlLoop(name=AGENT, agent=self.pilot, period_s=1, deadline_s=1, priority=priority)
        limits = {point.name: (-100.0, 100.0) for point in site.writable}
        self.pipe = Pipe(site, [loop], limits=limits, run="r", revision="test")
        self.state = self.pipe.begin(EmptyPast(), now_ns=999 * S)
        self.number = 0
        self.quality = 0
        self.last: Decided | None = None

    @property
    def now_ns(self) -> int:
        return (1000 + self.number) * S

    def tick(self, *sightings: Sighting, steps: tuple[WorkerStep, ...] = (), gate: bool = True) -> str:
        quality = [self.quality, self.quality, 0]
        read = block([0, 1, 4], [80.0, 0.0, 2.0], quality, at_ns=self.now_ns)
        inputs = Inputs(
            tick=self.number, now_ns=self.now_ns, blocks=(read,), conditions=sightings, steps=steps
        )
        draft = self.pipe.draft(self.state, inputs)
        verdicts = {command.id: Allow(revision="test") for command in draft.candidates}
        judgement = Judgement(revision="test", verdicts=verdicts) if gate else Judgement(failure="silent")
        self.last = self.pipe.conclude(draft, (judgement,) if draft.request else ())
        self.state = self.last.state
        self.number += 1
        return self.rung

    def ticks(self, count: int, *sightings: Sighting) -> list[str]:
        return [self.tick(*sightings) for _ in range(count)]

    @property
    def rung(self) -> str:
        return self.state.rungs[AGENT].rung

    @property
    def standing(self) -> Proposal | None:
        return self.state.standing.get((AGENT, BATTERY))

    @property
    def shown(self) -> str:
        """The rung as its point shows it."""
        row = self.pipe.site.row[f"{AGENT}/rung"]
        return Level(int(self.state.image.value[row])).word


def seen(condition: str) -> Sighting:
    return Sighting(agent=AGENT, condition=condition, words="seen by a test")


WAY_UP = ["safe", "hold", "rule", "baseline", "previous_model", "model"]
