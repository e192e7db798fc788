"""The way of a command, as the journal alone can tell it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.cli.asks import told as words
from aios.cli.way import told
from edge.lineage import lineage
from kernel.command import Sent, Transmission
from kernel.forecast import Forecast
from kernel.journal.commands import CommandJournal
from kernel.measurement import block
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Draft, Inputs, Outputs, WorkerStep
from kernel.testing import EmptyPast
from kernel.verdict import Allow, Ask, Clamp, Deny, Judgement, Verdict
from tests.unit.kernel.conftest import METER, S, make_pipe, make_site
from tests.unit.kernel.pipe.questions import asked_breaker, asks, yes
from tests.unit.kernel.pipe.test_expecting import betting
from tests.unit.kernel.ticking import answering

FORECAST = Forecast(
    point=METER, made_at_ns=1000 * S, start_ns=1000 * S, step_s=900.0, quantiles=(0.1, 0.5, 0.9),
    values=((60.0, 70.0, 80.0), (75.0, 85.0, 95.0)), model="m 1", rung="model",
)  # fmt: skip


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[CommandJournal]:
    made = CommandJournal(tmp_path / "commands.db")
    yield made
    made.close()


def drafted() -> Draft:
    pipe = make_pipe(make_site())
    read = block([0, 1], [80.0, 0.0], [0, 0], at_ns=1000 * S)
    step = WorkerStep(agent="shaver", made_at_ns=1000 * S, published=(FORECAST,))
    inputs = Inputs(tick=0, now_ns=1001 * S, blocks=(read,), steps=(step,))
    return pipe.draft(pipe.begin(EmptyPast(), now_ns=999 * S), inputs)


def one_tick(verdict: Verdict) -> tuple[Decided, PipeState]:
    draft, pipe = drafted(), make_pipe(make_site())
    assert draft.request is not None
    judgement = Judgement(revision="test", verdicts={c.id: verdict for c in draft.request.commands})
    decided = pipe.conclude(draft, [judgement])
    return decided, decided.state


def test_a_command_shows_inputs_forecast_proposal_verdict_and_the_time_on_the_wire(
    journal: CommandJournal,
) -> None:
    decided, _ = one_tick(Allow(revision="test"))
    journal.append(decided.outputs)
    command = decided.outputs.commands[0]
    wire = Sent(command=command.id, transmission=Transmission.WRITTEN, at_ns=1002 * S)
    journal.append(Outputs(tick=1, now_ns=1003 * S, sent=(wire,)))
    way = lineage(journal, command.id)
    assert (way.measurements[0].value, way.forecasts[0].values) == (80.0, ((75.0, 85.0, 95.0),))
    assert (way.proposals[0].made_at_ns, way.proposals[0].wanted) == (1001 * S, 30.0)
    assert way.written_at_ns == 1002 * S
    text = "\n".join(told(way, command.id))
    assert "on the wire 1970-01-01 00:16:42, 1.0 s after the decision" in text
    assert "highest 85 at 1970-01-01 00:31:40" in text


def test_a_command_that_policy_bounded_shows_the_clamp_and_not_a_bare_permit(
    journal: CommandJournal,
) -> None:
    draft, clamp = drafted(), Clamp(rule="most", reason="too much", revision="test", high=20.0)
    pipe = make_pipe(make_site())
    judged = Judgement(revision="test", verdicts={c.id: clamp for c in draft.candidates})
    bounded = pipe.redraft(draft, judged)
    assert bounded is not None
    allowed = {c.id: Allow(revision="test") for c in bounded.candidates}
    decided = pipe.conclude(bounded, [judged, Judgement(revision="test", verdicts=allowed)])
    journal.append(decided.outputs)
    way = lineage(journal, decided.outputs.commands[0].id)
    assert isinstance(way.verdict, Clamp)
    assert (way.verdict.rule, way.verdict.reason, way.verdict.high) == ("most", "too much", 20.0)
    assert "clamp by most, revision test: too much" in "\n".join(told(way, "c"))


@pytest.mark.parametrize(
    "transmission", [Transmission.EXPIRED, Transmission.NOT_SENT, Transmission.SUPERSEDED]
)
def test_a_command_of_which_no_byte_left_is_not_said_to_be_written(
    journal: CommandJournal, transmission: Transmission
) -> None:
    decided, _ = one_tick(Allow(revision="test"))
    journal.append(decided.outputs)
    command = decided.outputs.commands[0].id
    journal.append(
        Outputs(tick=1, now_ns=1003 * S, sent=(Sent(command=command, transmission=transmission, at_ns=1),))
    )
    way = lineage(journal, command)
    assert way.written_at_ns is None
    assert "no byte left" in "\n".join(told(way, command))


def test_a_refusal_shows_its_rule_and_that_nothing_was_written(journal: CommandJournal) -> None:
    decided, _ = one_tick(Deny(rule="too_hot", reason="hot", revision="test"))
    journal.append(decided.outputs)
    text = "\n".join(told(lineage(journal, decided.outputs.refused[0].id), "x"))
    assert "deny by too_hot" in text
    assert "written    no" in text


def test_an_unknown_command_is_said_to_be_unknown(journal: CommandJournal) -> None:
    assert "knows no command" in lineage(journal, "nobody").missing


def test_a_question_shows_how_sure_the_wish_was_and_how_far_that_could_be_believed(
    journal: CommandJournal,
) -> None:
    line = betting()
    for _ in range(8):
        line.tick()
    last = line.tick(answering(Ask(rule="ai_scope", reason="not sure enough", revision="test")), meter=90.0)
    journal.append(last.outputs)
    text = "\n".join(told(lineage(journal, last.outputs.refused[0].id), "x"))
    assert "confidence 80 % sure: a bet" in text
    assert "confidence 0 of 4 outcomes of the same agent were wrong" in text
    assert "confidence at most 20 % wrong from 80 % on" in text
    (asked,) = last.outputs.questions
    assert "    80 % sure: a bet" in words(asked.question, "kW")


def test_the_way_of_a_command_says_who_agreed_to_it_and_that_of_its_question_who_was_asked(
    journal: CommandJournal,
) -> None:
    line = asked_breaker(asks())
    journal.append(line.last.outputs)
    (asked,) = line.last.outputs.refused
    assert lineage(journal, asked.id).question is not None
    journal.append(line.tick(asks(), told=[yes(line)]).outputs)
    (command,) = line.last.outputs.commands
    assert command.id != asked.id
    way = lineage(journal, command.id)
    assert way.question is not None
    assert way.question.id == asked.id
    text = "\n".join(told(way, command.id))
    assert "answered   anna (OPERATOR): yes, " in text
    assert text.index("verdict ") < text.index("answered ") < text.index("journalled ")


def test_a_command_that_nobody_was_asked_about_names_nobody(journal: CommandJournal) -> None:
    decided, _ = one_tick(Allow(revision="test"))
    journal.append(decided.outputs)
    assert lineage(journal, decided.outputs.commands[0].id).question is None
