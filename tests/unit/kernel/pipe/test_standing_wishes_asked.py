"""Questions about wishes that stand: what an approval covers, for how long, and when it is asked anew."""

from __future__ import annotations

from typing import Any

import msgspec

from kernel.pipe.preconditions import preconditions
from kernel.question import Question, Stage
from kernel.verdict import Clamp
from tests.unit.kernel.conftest import BATTERY, METER, make_pipe, make_site
from tests.unit.kernel.pipe.questions import asks, stages, the, written, yes
from tests.unit.kernel.pipe.test_permits import person
from tests.unit.kernel.ticking import Line


def test_an_open_question_locks_nobody_out_below_it() -> None:
    line = Line()
    line.tick(asks())
    line.tick(asks(), person(line, 90.0))
    for _ in range(80):
        line.tick(asks())
    assert {command.value for command in line.commands} == {30.0}
    assert [r.tick for r in line.asked if r.commands[0].value == 90.0] == [1], "one wish, one question"
    assert len(line.state.asked) == 1


def test_an_approval_covers_the_value_and_its_renewals_until_it_runs_out() -> None:
    answer = asks(holds_s=100.0)
    line = Line(renew_s=30.0)
    line.tick(answer)
    line.tick(answer, person(line, 90.0))
    line.tick(answer, told=[yes(line)])
    for _ in range(99):
        line.tick(answer)
    assert [(c.tick, c.value) for c in line.commands] == [
        (0, 30.0), (2, 90.0), (32, 90.0), (62, 90.0), (92, 90.0),
    ]  # fmt: skip
    line.tick(answer)
    assert stages(line) == [Stage.CLOSED, Stage.ASKED], "the same wish needs a new approval"
    line.tick(answer)
    assert line.commands[-1].value in (0.0, 30.0)


def test_an_approval_does_not_cover_another_value() -> None:
    line = Line()
    line.tick(asks(), person(line, 90.0))
    line.tick(asks(), person(line, 95.0), told=[yes(line)])
    assert stages(line) == [Stage.WITHDRAWN, Stage.ASKED]
    line.tick(asks())
    assert 90.0 not in written(line, BATTERY)
    assert 95.0 not in written(line, BATTERY)


def test_an_approval_covers_the_range_that_policy_asked_about() -> None:
    answer = asks(low=60.0, high=99.0)
    line = Line()
    line.tick(answer, person(line, 90.0))
    line.tick(answer, told=[yes(line)])
    line.tick(answer)
    line.tick(answer, person(line, 70.0))
    line.tick(answer, person(line, 99.5))
    line.tick(answer)
    assert [v for v in written(line, BATTERY) if v > 50] == [90.0, 70.0]
    assert stages(line) == []
    assert the(line).value == 99.5


def test_a_rejected_standing_wish_is_not_asked_about_again_while_it_stands() -> None:
    line = Line()
    line.tick(asks(), meter=130.0)
    line.tick(asks(), told=[yes(line, granted=False)])
    for _ in range(200):
        line.tick(asks())
    assert len([r for r in line.asked if r.commands[0].value == 80.0]) == 1
    line.tick(asks(), meter=140.0)
    line.tick(asks())
    assert the(line).value == 90.0, "a wish that changed is a new one"


def test_a_void_question_about_a_standing_wish_is_asked_anew_after_a_minute() -> None:
    line = Line(make_pipe(make_site()))
    site = line.pipe.site
    line.tick(asks(), person(line, 90.0))
    (first,) = line.state.asked
    kept = preconditions(site, line.state.image, [site.row["bat/sequence"]])
    assert kept[0].usable is False, "nobody has read it"
    changed = msgspec.structs.replace(the(line), preconditions=(_code(line),))
    line.state = _with(line, changed)
    line.tick(asks(), meter=60.0)
    assert stages(line) == [Stage.VOID]
    seen = [line.last.outputs.tick for _ in range(65) if line.tick(asks()).outputs.questions]
    assert len(seen) == 1
    assert 60 <= seen[0] - 1 <= 61
    assert first not in line.state.asked


def _code(line: Line) -> Any:
    from kernel.question import Precondition

    return Precondition(point=METER, usable=True, value=80.0)


def _with(line: Line, question: Question) -> Any:
    return msgspec.structs.replace(line.state, asked={question.id: question})


def test_a_clamp_that_leaves_the_approved_range_is_not_written() -> None:
    line = Line()
    line.tick(asks(), person(line, 90.0))
    clamp = Clamp(rule="c", reason="c", revision="test", high=70.0)
    line.tick(asks(then=clamp), told=[yes(line)])
    assert [v for v in written(line, BATTERY) if v > 50] == []
