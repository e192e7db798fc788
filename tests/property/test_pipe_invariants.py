"""Whatever happens tick after tick, nothing is written without right: a model of a few lines agrees."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.command import Command, Outcome, Transmission
from kernel.point import OnLoss, Operation
from kernel.ports import GateRequest
from kernel.verdict import Allow, Ask, Clamp, Deny, Judgement, Verdict
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER, Shaver, make_pipe, make_site
from tests.unit.kernel.ticking import Line, close_breaker

VERDICTS: dict[str, Verdict] = {
    "allow": Allow(revision="test"),
    "stale": Allow(revision="old"),
    "deny": Deny(rule="no", reason="no", revision="test"),
    "ask": Ask(rule="two", reason="two", revision="test"),
    "clamp": Clamp(rule="most", reason="most", revision="test", high=20.0),
}
often = st.sampled_from(["allow", "allow", "allow", *VERDICTS, "none"])


@dataclass
class Moment:
    """What the world does in one tick."""

    meter: float
    away: frozenset[str]
    battery: str
    breaker: str
    failure: str
    revision: str
    wire: Transmission
    follows: bool
    pulse: bool


moments = st.builds(
    Moment,
    meter=st.sampled_from([0.0, 60.0, 80.0, 80.0, 500.0]),
    away=st.frozensets(st.sampled_from([METER, BATTERY, "cb/position"]), max_size=1),
    battery=often,
    breaker=often,
    failure=st.sampled_from(["", "", "", "gone"]),
    revision=st.sampled_from(["test", "test", "test", "test", "old"]),
    wire=st.sampled_from(
        [Transmission.WRITTEN] * 4 + [t for t in Transmission if t is not Transmission.SUPERSEDED]
    ),
    follows=st.booleans(),
    pulse=st.booleans(),
)


@dataclass
class Model:
    """What a reader of the design expects, tick by tick: permits of this tick, commands still open."""

    open: dict[str, Command] = field(default_factory=dict)
    ended: dict[str, Outcome] = field(default_factory=dict)
    permits: dict[str, Verdict] = field(default_factory=dict)
    asked: list[GateRequest] = field(default_factory=list)
    pulses_asked: int = 0

    def answer(self, request: GateRequest, moment: Moment) -> Judgement:
        """Judge as the moment says, and remember which permits count."""
        chosen = {BATTERY: moment.battery, BREAKER: moment.breaker}
        verdicts = {c.id: VERDICTS[chosen[c.point]] for c in request.commands if chosen[c.point] != "none"}
        counts = not moment.failure and moment.revision == "test"
        self.asked.append(request)
        self.permits = {c.point: verdicts[c.id] for c in request.commands if counts and c.id in verdicts}
        return Judgement(revision=moment.revision, failure=moment.failure, verdicts=verdicts)

    def check(self, line: Line, moment: Moment) -> None:
        """Hold one finished tick against the design."""
        outputs = line.last.outputs
        for receipt in outputs.receipts:
            assert receipt.command in self.open, "a receipt belongs to an open command"
            assert receipt.command not in self.ended, "a command ends once"
            self.open.pop(receipt.command)
            self.ended[receipt.command] = receipt.outcome
        for command in outputs.commands:
            self.check_command(command, line)
        gated = [c for c in outputs.commands if c.authority == "gate"]
        if len(self.asked) == 2:
            wanted = {c.point for c in self.asked[1].commands}
            assert not gated or {c.point for c in gated} == wanted, "after a clamp all pass or none"
        self.open |= {c.id: c for c in outputs.commands}
        assert set(line.state.in_flight) == set(self.open)

    def check_command(self, command: Command, line: Line) -> None:
        """A command has a permit of this tick, or it is the safe value of a point that writes one."""
        writing = line.pipe.site.point(command.point).writing
        low, high = line.pipe.limits[command.point]
        assert low <= command.value <= high
        if command.authority == "safe_set":
            assert (command.value, writing.on_loss) == (writing.safe_value, OnLoss.WRITE_SAFE)
            assert command.operation is Operation.SETPOINT
            return
        assert command.authority == "gate"
        assert self.permits.get(command.point) == VERDICTS["allow"], (
            "an explicit permit of the expected revision"
        )
        assert all(c.point != command.point for c in self.open.values()), "one open command a point"
        row = line.pipe.site.row[writing.feedback or command.point]
        assert line.state.image.quality[row] & 3 != 1, "the device answers"


@pytest.mark.parametrize("on_loss", OnLoss)
@settings(max_examples=40, deadline=None)
@given(st.lists(moments, min_size=1, max_size=25))
def test_no_run_of_ticks_writes_what_it_may_not(on_loss: OnLoss, run: list[Moment]) -> None:
    line, model = Line(make_pipe(make_site(on_loss=on_loss, renew_s=6.0), Shaver())), Model()
    for moment in run:
        line.away, line.wire, line.follows = set(moment.away), moment.wire, moment.follows
        model.asked, model.permits = [], {}
        requests = [close_breaker(line, stands_s=4.0)] if moment.pulse else []
        model.pulses_asked += moment.pulse
        line.tick(lambda request, m=moment: model.answer(request, m), *requests, meter=moment.meter)
        model.check(line, moment)
    pulses = [c for c in line.commands if c.point == BREAKER]
    assert len(pulses) <= model.pulses_asked
    assert len({c.id for c in line.commands}) == len(line.commands)


@settings(max_examples=12, deadline=None)
@given(st.lists(moments, min_size=1, max_size=12))
def test_when_the_world_is_well_again_nothing_stays_open(run: list[Moment]) -> None:
    line, model = Line(), Model()
    for moment in run:
        line.away, line.wire, line.follows = set(moment.away), moment.wire, moment.follows
        line.tick(lambda request, m=moment: model.answer(request, m), meter=moment.meter)
    line.away, line.wire, line.follows = set(), Transmission.WRITTEN, True
    for _ in range(80):
        line.tick(meter=80.0)
    assert line.state.in_flight == {}
    if line.state.asked:  # people may still answer: the wish waits, and nothing of it is written
        assert line.state.postures[BATTERY].authority == "safe_set"
        return
    assert line.state.postures[BATTERY].authority == "gate"
    assert line.values[BATTERY] == 30.0
