"""A notice begins once and ends once."""

from __future__ import annotations

from edge.notices import Notices
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Inputs
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
