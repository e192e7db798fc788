"""Only an explicit permit of the expected revision passes; everything else follows `on_loss`."""

from __future__ import annotations

import pytest

from kernel.point import OnLoss
from kernel.ports import GateRequest
from kernel.proposal import Priority, Proposal
from kernel.verdict import Allow, Ask, Clamp, Deny, Judgement, Verdict
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER, S, Shaver, make_pipe, make_site
from tests.unit.kernel.ticking import ALLOW, Answer, Line, answering, close_breaker

DENY = Deny(rule="no", reason="because", revision="test")
ASK = Ask(rule="two_people", reason="ask", revision="test")
WIDE = Clamp(rule="w", reason="w", revision="test", low=-100.0, high=100.0)


def clamp(high: float) -> Clamp:
    return Clamp(rule="limit", reason="too much", revision="test", high=high)


def silent(request: GateRequest) -> Judgement:
    return Judgement(revision="test")


NO_PERMITS: dict[str, Answer] = {
    "deny": answering(DENY),
    "ask": answering(ASK),
    "failure": lambda request: Judgement(failure="gone"),
    "no verdict": silent,
    "verdict for another id": lambda request: Judgement(revision="test", verdicts={"r-9-9": ALLOW}),
    "judgement of another revision": answering(ALLOW, revision="other"),
    "judgement without a revision": answering(ALLOW, revision=""),
    "permit of another revision": answering(Allow(revision="other")),
    "failure beside a permit": lambda request: Judgement(
        revision="test", failure="late", verdicts={c.id: ALLOW for c in request.commands}
    ),
    "clamp that is still not met": answering(WIDE),
}


@pytest.mark.parametrize("answer", NO_PERMITS.values(), ids=NO_PERMITS)
def test_no_command_leaves_without_an_explicit_permit_of_the_expected_revision(answer: Answer) -> None:
    line = Line()
    line.tick(answer)
    assert line.authorities() == [("safe_set", 0.0)]
    assert len(line.last.outputs.refused) == 1


def test_an_explicit_permit_of_the_expected_revision_passes() -> None:
    line = Line()
    line.tick()
    assert line.authorities() == [("gate", 30.0)]
    assert line.commands[0].revision == "test"


@pytest.mark.parametrize("verdict", [DENY, ASK], ids=["deny", "ask"])
@pytest.mark.parametrize(
    ("on_loss", "written"),
    [(OnLoss.HOLD, []), (OnLoss.LET_REVERT, []), (OnLoss.WRITE_SAFE, [("safe_set", 0.0)])],
)
def test_a_point_without_a_permit_follows_its_on_loss(
    on_loss: OnLoss, written: list[tuple[str, float]], verdict: Verdict
) -> None:
    line = Line(on_loss=on_loss)
    line.tick()
    line.tick()
    line.tick(answering(verdict), meter=90.0)
    assert line.authorities()[1:] == written
    authority = line.state.postures[BATTERY].authority if BATTERY in line.state.postures else None
    assert authority == ("safe_set" if written else None)


@pytest.mark.parametrize("on_loss", [OnLoss.HOLD, OnLoss.LET_REVERT])
def test_a_held_set_point_that_loses_its_owner_is_not_written(on_loss: OnLoss) -> None:
    line = Line(on_loss=on_loss)
    line.tick()
    line.away.add(METER)
    for _ in range(8):
        line.tick()
    assert line.authorities() == [("gate", 30.0)]
    assert BATTERY not in line.state.postures


def test_a_clamp_is_arbitrated_once_more_and_asked_once_more() -> None:
    line = Line()
    line.tick(lambda r: answering(clamp(20.0) if r.commands[0].value > 20 else ALLOW)(r))
    assert [request.commands[0].value for request in line.asked] == [30.0, 20.0]
    assert line.authorities() == [("gate", 20.0)]
    assert line.last.outputs.bases[0].decision.narrowed_by[1].agent == "policy:limit"


def test_a_second_clamp_is_a_denial() -> None:
    line = Line()
    line.tick(lambda r: answering(clamp(r.commands[0].value - 1))(r))
    assert len(line.asked) == 2
    assert line.authorities() == [("safe_set", 0.0)]
    assert line.last.outputs.refused[0].rule == "clamp_not_met"


@pytest.mark.parametrize("second", [DENY, ASK, WIDE], ids=["deny", "ask", "clamp"])
def test_one_refusal_in_the_second_answer_denies_the_whole_group(second: Verdict) -> None:
    line = Line()

    def answer(request: GateRequest) -> Judgement:
        first = len(line.asked) == 1
        return answering({BATTERY: clamp(20.0) if first else second, BREAKER: ALLOW})(request)

    line.tick(answer, close_breaker(line))
    assert {c.point for c in line.asked[1].commands} == {BATTERY, BREAKER}
    assert line.authorities() == [("safe_set", 0.0)]
    assert {r.point for r in line.last.outputs.refused} == {BATTERY, BREAKER}


def test_a_clamp_of_a_foreign_revision_is_not_followed() -> None:
    line = Line()
    line.tick(answering(clamp(20.0), revision="other"))
    assert len(line.asked) == 1
    assert line.authorities() == [("safe_set", 0.0)]


def test_without_a_clamp_one_denial_leaves_the_other_points_alone() -> None:
    line = Line()
    line.tick(answering({BATTERY: DENY, BREAKER: ALLOW}), close_breaker(line))
    assert {(c.point, c.authority) for c in line.commands} == {(BREAKER, "gate"), (BATTERY, "safe_set")}
    assert len({c.id for c in line.commands}) == 2


def test_a_value_outside_the_rating_is_refused_behind_the_gate() -> None:
    line = Line()
    line.pipe.limits[BATTERY] = (-100.0, 100.0)
    answer = answering(ALLOW)

    def narrowing(request: GateRequest) -> Judgement:
        line.pipe.limits[BATTERY] = (-10.0, 10.0)
        return answer(request)

    line.tick(narrowing)
    assert line.last.outputs.refused[0].rule == "envelope"
    assert [c.authority for c in line.commands] == ["safe_set"]


def test_every_command_and_every_told_refusal_has_its_basis() -> None:
    line = Line()
    line.tick(answering({BATTERY: DENY, BREAKER: ALLOW}), close_breaker(line))
    outputs = line.last.outputs
    permitted = {c.id for c in outputs.commands if c.authority == "gate"}
    assert {b.command for b in outputs.bases} == permitted | {r.id for r in outputs.refused}


def person(line: Line, value: float) -> Proposal:
    return Proposal(
        agent="person:p", point=BATTERY, priority=Priority.PERSON, wanted=value, reason="r",
        made_at_ns=line.now_ns, expires_at_ns=line.now_ns + 600 * S,
    )  # fmt: skip


def at_most(limit: float, no: Verdict = DENY) -> Answer:
    def answer(request: GateRequest) -> Judgement:
        return Judgement(
            revision="test", verdicts={c.id: ALLOW if c.value <= limit else no for c in request.commands}
        )

    return answer


def test_a_refused_wish_takes_nothing_away_that_is_permitted_and_still_wanted() -> None:
    line = Line()
    for _ in range(3):
        line.tick(at_most(50.0))
    line.tick(at_most(50.0), person(line, 90.0))
    for _ in range(200):  # it is asked again every minute, and the point does not dip
        line.tick(at_most(50.0))
    assert [r.tick for r in line.asked if r.commands[0].value == 90.0] == [3, 63, 123, 183]
    assert set(line.authorities()) == {("gate", 30.0)}
    assert line.values[BATTERY] == 30.0


def test_a_refused_wish_goes_safe_when_what_stands_is_its_own() -> None:
    line = Line()
    line.tick(at_most(50.0))
    line.tick(at_most(50.0))
    line.tick(at_most(50.0), meter=140.0)
    assert line.authorities() == [("gate", 30.0), ("safe_set", 0.0)]


def test_a_refusal_leaves_nothing_standing_that_nobody_else_wants() -> None:
    line = Line(make_pipe(make_site(), Shaver(limit_kw=1e9)))
    line.tick(at_most(50.0), person(line, 40.0))
    line.tick(at_most(50.0))
    line.tick(at_most(50.0), person(line, 90.0))
    assert line.authorities() == [("gate", 40.0), ("safe_set", 0.0)]


def test_a_recording_of_format_1_is_decided_with_its_dips() -> None:
    line = Line(make_pipe(make_site(), format=1))
    for _ in range(3):
        line.tick(at_most(50.0))
    line.tick(at_most(50.0), person(line, 90.0))
    line.tick(at_most(50.0))
    line.tick(at_most(50.0))
    assert line.authorities() == [("gate", 30.0), ("safe_set", 0.0), ("gate", 30.0)]


def test_a_clamped_value_is_judged_again_when_it_changes_or_its_permit_ends_and_not_every_tick() -> None:
    line = Line(renew_s=60.0)
    answer = lambda r: answering(clamp(20.0) if r.commands[0].value > 20 else ALLOW)(r)  # noqa: E731
    for _ in range(59):
        line.tick(answer)
    assert [(r.tick, r.commands[0].value) for r in line.asked] == [(0, 30.0), (0, 20.0)]
    line.tick(answer)
    line.tick(answer)
    assert [(r.tick, r.commands[0].value) for r in line.asked[2:]] == [(60, 30.0), (60, 20.0)]
    line.tick(answer)
    line.tick(answer, meter=95.0)
    assert [(r.tick, r.commands[0].value) for r in line.asked[4:]] == [(62, 45.0)]
    line.tick(answer, meter=95.0)
    assert len(line.asked) == 5, "the value that stands is what policy left of the new wish too"
    assert [c.value for c in line.commands] == [20.0, 20.0]


def test_a_refused_wish_that_changes_is_a_new_one() -> None:
    line = Line()
    line.tick(at_most(50.0), person(line, 90.0))
    line.tick(at_most(50.0), person(line, 40.0))
    line.tick(at_most(50.0))
    assert line.authorities() == [("safe_set", 0.0), ("gate", 40.0)]
