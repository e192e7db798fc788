"""A notice begins once and ends once."""

from __future__ import annotations

from typing import Any

from edge.notices import Notices
from kernel.capability import AskedPeople
from kernel.instruction import Instructed, Reply
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Inputs, Outputs
from tests.unit.kernel.conftest import make_pipe, make_site
from tests.unit.kernel.journal.recording import recorded_ticks


def test_a_journal_that_is_down_is_told_as_such_until_it_returns() -> None:
    pipe = make_pipe(make_site())
    first, _ = recorded_ticks(pipe, 1)
    notices, now = Notices(pipe.site), first
    told = []
    for number, failure in enumerate(["", "disk full", "disk full", ""]):
        decided = _tick(pipe, now, number, failure)
        now = decided.state
        notices.heard(decided)
        told.append([(n.id, n.detail) for n in notices.current() if n.active and n.priority == 1])
    assert told == [[], [("journal", "disk full")], [("journal", "disk full")], []]


def _tick(pipe: Pipe, state: PipeState, number: int, failure: str) -> Decided:
    inputs = Inputs(tick=number, now_ns=(1000 + number) * 1_000_000_000)
    return pipe.conclude(pipe.draft(state, inputs), (), journal_failure=failure)


def test_what_an_agent_asks_is_a_notice_until_a_person_has_answered() -> None:
    pipe = make_pipe(make_site())
    state, _ = recorded_ticks(pipe, 1)
    notices = Notices(pipe.site)
    asked = AskedPeople(id="q", agent="shedder", question="is the crew out?", at_ns=1)
    answer = Reply(key="k", person="anna", reason="r", question="q", text="yes")

    def heard(**outputs: Any) -> list[tuple[str, str, bool]]:
        told = Outputs(tick=1, now_ns=10**12, **outputs)
        notices.heard(Decided(state=state, outputs=told, jobs=(), judgements=()))
        return [(one.id, one.text, one.active) for one in notices.current() if one.id.startswith("asked")]

    text = "shedder asks: is the crew out?"
    assert heard(asked=(asked,)) == [("asked:q", text, True)]
    assert heard(instructions=(Instructed(instruction=answer, refused="late"),)) == [("asked:q", text, True)]
    assert heard(instructions=(Instructed(instruction=answer),)) == [("asked:q", text, False)]
