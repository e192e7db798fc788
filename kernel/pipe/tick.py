"""What enters one tick and what leaves it: the whole of it, so that a tick can be decided again."""

from __future__ import annotations

from typing import Final

import msgspec

from kernel.capability import AskedPeople, Call, Denied, Stored
from kernel.command import Command, Receipt, Sent, TakenBack
from kernel.confidence import Confidence, Hindsight
from kernel.decision import Decision
from kernel.dispatch import Dispatch
from kernel.forecast import Forecast
from kernel.heartbeat import HeartbeatChange
from kernel.image import View
from kernel.instruction import Instructed, Instruction, Lasting
from kernel.ladder import Sighting
from kernel.measurement import Block, Measurement
from kernel.pipe.state import PipeState, Rung, Selection
from kernel.ports import Calculated, GateRequest, Published
from kernel.proposal import Proposal
from kernel.question import QuestionChange
from kernel.request import Requested
from kernel.verdict import Judgement

GATEWAY: Final = "gateway:self"
"""In whose name the gateway itself publishes; no agent can have that name."""


class WorkerStep(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent, wherever it ran, or the gateway itself gave, with the time of the view it looked at."""

    agent: str
    made_at_ns: int
    proposals: tuple[Proposal, ...] = ()
    published: tuple[Published, ...] = ()
    calculated: tuple[Calculated, ...] = ()
    rung: str = "model"
    why_rung: str = ""
    calls: tuple[Call, ...] = ()
    trace: str = ""
    """Trace of the view it came of."""
    condition: str = ""
    """Condition of the ladder that admission or the shell found in it; `why_rung` is the evidence."""


class Inputs(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Everything a tick may look at."""

    tick: int
    now_ns: int
    blocks: tuple[Block, ...] = ()
    steps: tuple[WorkerStep, ...] = ()
    sent: tuple[Sent, ...] = ()
    requests: tuple[Proposal, ...] = ()
    """What people asked for."""
    turned_away: tuple[Requested, ...] = ()
    """What people asked for and the door refused, and the evidence of what was signed: for the journal."""
    heartbeats: tuple[HeartbeatChange, ...] = ()
    """Heartbeats that went away or came back: the journal hears of it."""
    instructions: tuple[Instruction, ...] = ()
    """What people told the gateway."""
    wall_ns: int = 0
    """Civil time, which may be set while the gateway runs; 0 means the same as `now_ns`.

    Control never looks at it. Policy does: a work permit ends by the clock on the wall.
    """
    conditions: tuple[Sighting, ...] = ()
    """What the shell sees of agents: one that overran, one whose worker is gone."""
    activations: tuple[str, ...] | None = None
    """Agents that may step, in their order, as the scheduler named them; None means all that are due."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work for an agent that runs off the tick."""

    agent: str
    view: View


class ForecastUsed(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast that stood when a decision was made."""

    point: str
    model: str
    rung: str
    made_at_ns: int
    step_s: float
    highest_at_ns: int
    """Begin of its highest interval."""
    quantiles: tuple[float, ...]
    highest: tuple[float, ...]
    """The quantiles of that interval, in the unit of the point."""


def used(forecast: Forecast) -> ForecastUsed:
    """Keep of a forecast what says later why it mattered: model, age and highest interval."""
    middle = len(forecast.quantiles) // 2
    lead = max(range(len(forecast.values)), key=lambda at: forecast.values[at][middle])
    return ForecastUsed(
        point=forecast.point,
        model=forecast.model,
        rung=forecast.rung,
        made_at_ns=forecast.made_at_ns,
        step_s=forecast.step_s,
        highest_at_ns=forecast.start_ns + round(forecast.step_s * 1e9) * lead,
        quantiles=forecast.quantiles,
        highest=forecast.values[lead],
    )


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that was not permitted, and by which rule."""

    id: str
    """Id that the command would have had."""
    point: str
    value: float
    asked_by: str
    kind: str
    """deny, ask, failure, or queue_full where policy asked and too many questions wait already."""
    rule: str
    reason: str
    revision: str
    trace: str
    at_ns: int


class Basis(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A decision with the numbers it rested on."""

    command: str
    """Id of the command or refusal that came of it."""
    decision: Decision
    proposals: tuple[Proposal, ...]
    """All that stood for the point, as their makers gave them."""
    measurements: tuple[Measurement, ...]
    forecasts: tuple[ForecastUsed, ...]
    confidence: Confidence | None = None
    """What policy saw of the chosen wish's confidence; None where the wish does not say how sure it is."""
    question: str = ""
    """Id of the question that people have agreed to; empty where nobody was asked."""


class RungChange(msgspec.Struct, frozen=True, kw_only=True):
    """An agent went up or down the ladder."""

    agent: str
    before: str
    now: Rung


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a tick decided. Two runs agree when these agree."""

    tick: int
    now_ns: int
    sent: tuple[Sent, ...] = ()
    """What the wire said since the tick before."""
    bases: tuple[Basis, ...] = ()
    commands: tuple[Command, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    refused: tuple[Refused, ...] = ()
    published: tuple[Published, ...] = ()
    rungs: tuple[RungChange, ...] = ()
    gate_failure: str | None = None
    """Set where the gate failed or came back in this tick; empty text means it came back."""
    journal_failure: str | None = None
    """Set where the journal went away or came back in this tick; empty text means it came back."""
    jobs: tuple[str, ...] = ()
    """Agents that were sent work."""
    instructions: tuple[Instructed, ...] = ()
    """What became of what people told the gateway."""
    questions: tuple[QuestionChange, ...] = ()
    """Questions to people that were asked or went on in this tick."""
    requests: tuple[Requested, ...] = ()
    """Requests of people that came into another stage in this tick."""
    heartbeats: tuple[HeartbeatChange, ...] = ()
    """Heartbeats of devices that went away or came back."""
    lapsed: tuple[Lasting, ...] = ()
    """What people had told it for a time that is over."""

    stored: tuple[Stored, ...] = ()
    """What agents keep from now on."""
    asked: tuple[AskedPeople, ...] = ()
    """What agents ask people."""
    denied: tuple[Denied, ...] = ()
    """Calls of agents that were not granted."""
    dispatches: tuple[Dispatch, ...] = ()
    """Repair orders on which the work stands otherwise than before."""
    taken_back: tuple[TakenBack, ...] = ()
    """Commands that must not be written where they still wait; their receipts are the news of it."""
    hindsights: tuple[Hindsight, ...] = ()
    """What became of expectations that were due."""

    def is_news(self) -> bool:
        """Tell whether the command journal must hear of this tick."""
        return bool(
            self.sent
            or self.bases
            or self.commands
            or self.receipts
            or self.refused
            or self.published
            or self.rungs
            or self.gate_failure is not None
            or self.journal_failure is not None
            or self.instructions
            or self.questions
            or self.requests
            or self.heartbeats
            or self.lapsed
            or self.stored
            or self.asked
            or self.denied
            or self.dispatches
            or self.hindsights
        )


class Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """A selection that ends without its operation."""

    selection: Selection
    refused: str
    """Why the operation is refused; empty where nobody wants it any more."""
    give_back: bool
    """Whether the device may still be reserved."""


class Draft(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A tick before policy has spoken."""

    before: PipeState
    after: PipeState
    """State with the image, standing proposals and receipts of this tick."""
    wall_ns: int
    """Civil time, by which policy judges permits."""
    outputs: Outputs
    """What the tick has come to so far: all but what the gate decides."""
    jobs: tuple[Job, ...]
    decisions: dict[str, Decision]
    """By point."""
    candidates: tuple[Command, ...]
    """Commands that need a permit."""
    orphans: tuple[str, ...]
    """Points whose value nobody wants any more, or nobody knows: they go safe."""

    request: GateRequest | None
    """What to ask the gate; None where nothing needs a permit."""
    stepped: tuple[str, ...] = ()
    """Agents that did step or were sent work, in their order: what a recording keeps as activations."""
    unclamped: dict[str, float] = {}
    """What was decided for the points on which policy set bounds in this tick, before it did."""
    selects: dict[str, Command] = {}
    """By id of an operation: the select that must come before it, and is judged with it."""
    lapses: tuple[Lapse, ...] = ()
    """Selections that end without their operation."""


class Decided(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A finished tick."""

    state: PipeState
    outputs: Outputs
    jobs: tuple[Job, ...]
    judgements: tuple[Judgement, ...]
    """What the gate answered, in order: inputs of a replay."""
