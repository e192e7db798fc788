"""Nobody closes a breaker alone: a request in, a question out, approvals in, a permit out."""

from __future__ import annotations

import msgspec
import pytest

from kernel.instruction import Approval
from kernel.verdict import Allow, Ask, Deny, Verdict
from policies.bundle import load_bundle
from policies.embedded import EmbeddedGate
from policies.gate import believe
from tests.unit.policies.substation import NAMES, pulse, request, site


@pytest.fixture(scope="module")
def gate() -> EmbeddedGate:
    return EmbeddedGate(load_bundle((*NAMES, "closing_needs_people"), site()))


def yes(person: str, role: str = "OPERATOR") -> Approval:
    return Approval(key=person, person=person, role=role, reason="seen", asked="c1", granted=True)


def verdict(gate: EmbeddedGate, point: str, asked_by: str, *answers: Approval) -> Verdict:
    asked = request(pulse(point, asked_by=asked_by))
    judgement = gate.judge_now(msgspec.structs.replace(asked, approvals={"c1": answers} if answers else {}))
    assert judgement.failure == ""
    return judgement.verdicts["c1"]


def test_a_closing_is_asked_about_with_people_roles_and_times(gate: EmbeddedGate) -> None:
    ask = verdict(gate, "cb14/close", "person:anna")
    assert isinstance(ask, Ask)
    assert (ask.approvals, ask.roles) == (1, ("ENGINEER", "OPERATOR"))
    assert (ask.approval_s, ask.holds_s) == (600.0, 60.0)
    assert ask.reason == "closing Breaker CB14 needs the agreement of 1 more"


def test_a_closing_is_allowed_with_its_approvals(gate: EmbeddedGate) -> None:
    assert isinstance(verdict(gate, "cb14/close", "person:anna", yes("berta")), Allow)
    assert isinstance(verdict(gate, "cb14/close", "shaver", yes("berta")), Ask)
    assert isinstance(verdict(gate, "cb14/close", "shaver", yes("berta"), yes("anna")), Allow)


def test_no_approval_closes_into_a_zone_where_people_work(gate: EmbeddedGate) -> None:
    assert isinstance(verdict(gate, "cb15/close", "person:anna", yes("berta"), yes("carl")), Deny)


def test_opening_is_allowed_at_once(gate: EmbeddedGate) -> None:
    assert isinstance(verdict(gate, "cb14/open", "shaver"), Allow)


def line(**parts: object) -> dict[str, object]:
    return {"command": "c1", "rule": "r", "reason": "why", **parts}


def believed(*lines: dict[str, object]) -> object:
    raw = {"revision": "1-a", "allow": [], "deny": [], "clamp": [], "ask": list(lines)}
    judgement = believe(raw, expected_revision="1-a", commands=(pulse("cb14/close"),))
    return judgement.failure or judgement.verdicts["c1"]


def test_several_questions_are_one_with_the_strictest_terms() -> None:
    ask = believed(
        line(approvals=2, roles=["A", "B"], low=1.0, high=9.0, holds_s=60.0),
        line(rule="s", approvals=1, roles=["B"], high=5.0, approval_s=30.0),
    )
    assert isinstance(ask, Ask)
    assert (ask.approvals, ask.roles, ask.low, ask.high) == (2, ("B",), 1.0, 5.0)
    assert (ask.approval_s, ask.holds_s) == (30.0, 60.0)


def test_questions_that_no_role_could_answer_are_a_denial() -> None:
    assert isinstance(believed(line(roles=["A"]), line(roles=["B"])), Deny)


@pytest.mark.parametrize(
    "parts",
    [dict(approvals=0), dict(approval_s=0.0), dict(holds_s=-1.0), dict(low=float("nan"))],
    ids=str,
)
def test_a_question_that_cannot_be_answered_is_a_failure(parts: dict[str, object]) -> None:
    assert "cannot be answered" in str(believed(line(**parts)))


@pytest.mark.parametrize(
    ("lines", "late", "after_s"),
    [
        ([line(roles=["A"], escalate_to=["B"], escalate_after_s=60.0)], ("B",), 60.0),
        ([line(roles=["A"]), line(roles=["A"], escalate_to=["B"], escalate_after_s=60.0)], (), 0.0),
        (
            [
                line(roles=["A"], escalate_to=["B", "C"], escalate_after_s=60.0),
                line(roles=["A"], escalate_to=["B"], escalate_after_s=90.0),
            ],
            ("B",),
            90.0,
        ),
        ([line(), line(roles=["A"], escalate_to=["B"], escalate_after_s=60.0)], ("B",), 60.0),
    ],
)
def test_questions_go_only_to_roles_that_all_of_them_name(
    lines: list[dict[str, object]], late: tuple[str, ...], after_s: float
) -> None:
    ask = believed(*lines)
    assert isinstance(ask, Ask)
    assert (ask.roles, ask.escalate_to, ask.escalate_after_s) == (("A",), late, after_s)


@pytest.mark.parametrize(
    "parts", [dict(escalate_to=["B"]), dict(escalate_after_s=60.0), dict(escalate_after_s=-1.0)], ids=str
)
def test_a_question_that_is_escalated_to_nobody_or_never_is_a_failure(parts: dict[str, object]) -> None:
    assert "escalated to nobody, or never" in str(believed(line(**parts)))
