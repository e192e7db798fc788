"""Questions of policy about a small site, and the answers of people."""

from __future__ import annotations

from typing import Any

from kernel.instruction import Approval
from kernel.ports import GateRequest
from kernel.question import Question, Stage
from kernel.verdict import Ask, Judgement, Verdict
from tests.unit.kernel.conftest import BREAKER
from tests.unit.kernel.ticking import ALLOW, Answer, Line, close_breaker


def asks(people: int = 1, *, above: float = 50.0, then: Verdict = ALLOW, **ask: Any) -> Answer:
    """Ask about breakers, and about set-points above a limit, until enough people have agreed."""
    question = Ask(rule="ask", reason="a person decides", revision="test", approvals=people, **ask)

    def answer(request: GateRequest) -> Judgement:
        def verdict(command: Any) -> Verdict:
            if command.point != BREAKER and command.value <= above:
                return ALLOW
            return then if len(request.approvals.get(command.id, ())) >= people else question

        return Judgement(revision="test", verdicts={c.id: verdict(c) for c in request.commands})

    return answer


def yes(
    line: Line, person: str = "anna", role: str = "OPERATOR", *, granted: bool = True, **more: Any
) -> Approval:
    (question,) = line.state.asked.values() if "asked" not in more else (None,)
    fields: dict[str, Any] = dict(
        key=f"{person}-{line.number}", person=person, role=role, reason="seen", at_ns=line.now_ns,
        asked=question.id if question else "", granted=granted,
    )  # fmt: skip
    return Approval(**(fields | more))


def stages(line: Line) -> list[Stage]:
    return [change.question.stage for change in line.last.outputs.questions]


def the(line: Line) -> Question:
    (question,) = line.state.asked.values()
    return question


def asked_breaker(answer: Answer, **wish: Any) -> Line:
    line = Line()
    line.tick(answer, close_breaker(line, **wish))
    assert stages(line) == [Stage.ASKED]
    return line


def written(line: Line, point: str = BREAKER) -> list[float]:
    return [command.value for command in line.commands if command.point == point]
