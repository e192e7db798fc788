"""Sums in the pipe: a wish is spread, a limit is kept, behind the gate as well, and a conflict is named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kernel.asset import Asset
from kernel.instruction import Mode
from kernel.pipe.forest import overlaps
from kernel.pipe.pipe import Pipe
from kernel.point import OnLoss, Point, Writing
from kernel.proposal import Priority, Proposal
from kernel.sum import Sum
from kernel.verdict import Deny
from tests.unit.kernel.conftest import METER, S, Shaver, make_site
from tests.unit.kernel.pipe.test_modes import mode
from tests.unit.kernel.ticking import ALLOW, Line, answering

A, B, C = "a/x", "b/x", "c/x"
EAST, ALL = "east", "all"


def charger(name: str, high: float, **writing: Any) -> Point:
    said = {
        "low": 0.0,
        "high": high,
        "safe_value": 0.0,
        "on_loss": OnLoss.WRITE_SAFE,
        "feedback_s": 5.0,
    } | writing
    return Point(name=name, unit="kW", stale_s=3.0, writing=Writing(**said))


def line_of(*, east: float | None = None, everything: float | None = 100.0, **c: Any) -> Line:
    """Three chargers, two of them in the east, under one transformer."""
    site = make_site()
    points = (site.points[0], charger(A, 40.0), charger(B, 20.0), charger(C, 120.0, **c))
    sums = (
        Sum(name=EAST, unit="kW", terms=((A, 1.0), (B, 1.0)), high=east),
        Sum(name=ALL, unit="kW", terms=((A, 1.0), (B, 1.0), (C, 1.0)), high=everything),
    )
    assets = tuple(Asset(name=name, kind="feeder") for name in ("grid", "a", "b", "c"))
    changed = msgspec.structs.replace(site, points=points, sums=sums, assets=assets)
    limits = {A: (0.0, 40.0), B: (0.0, 20.0), C: (0.0, 120.0)}
    limits |= {one.name: (float("-inf"), one.high) for one in sums if one.high is not None}
    pipe = Pipe(changed, [], limits=limits, run="r", revision="test")
    line = Line(pipe)
    line.values = {METER: 0.0, A: 0.0, B: 0.0, C: 0.0}
    return line


def wish(line: Line, point: str, value: float | None, agent: str = "op", **more: Any) -> Proposal:
    said = {"priority": Priority.CONTROL, "reason": "r", "made_at_ns": line.now_ns} | more
    return Proposal(agent=agent, point=point, wanted=value, expires_at_ns=line.now_ns + 500 * S, **said)


def standing(line: Line, ticks: int = 4) -> dict[str, float]:
    for _ in range(ticks):
        line.tick()
    return {name: line.values[name] for name in (A, B, C)}


def test_a_wish_for_a_sum_is_spread_in_proportion_to_headroom() -> None:
    line = line_of(everything=None)
    line.tick(None, wish(line, ALL, 90.0))
    assert standing(line) == {A: 20.0, B: 10.0, C: 60.0}


def test_wishes_that_a_sum_cannot_take_are_cut_in_proportion() -> None:
    line = line_of()
    line.tick(None, wish(line, C, 120.0, "one"), wish(line, A, 40.0, "other"))
    assert standing(line) == pytest.approx({A: 25.0, B: 0.0, C: 75.0})


def test_a_lower_priority_chooses_inside_what_the_higher_left() -> None:
    line = line_of()
    line.tick(None, wish(line, C, 90.0, priority=Priority.SAFETY), wish(line, A, 40.0, "other"))
    assert standing(line) == {A: 10.0, B: 0.0, C: 90.0}


def test_a_set_point_that_nobody_wants_counts_with_its_safe_value() -> None:
    line = line_of(safe_value=30.0)
    line.tick(None, wish(line, A, 40.0), wish(line, B, 20.0, "other"))
    assert standing(line) == {A: 40.0, B: 20.0, C: 0.0}
    line = line_of(safe_value=50.0)
    line.tick(None, wish(line, A, 40.0), wish(line, B, 20.0, "other"))
    assert sum(standing(line)[name] for name in (A, B)) == pytest.approx(50.0)


def test_a_set_point_that_is_operated_locally_counts_as_it_is_read() -> None:
    line = line_of()
    line.tell(mode(C, Mode.LOCAL))
    line.values[C] = 80.0
    line.tick(None, wish(line, A, 40.0))
    assert standing(line) == {A: 20.0, B: 0.0, C: 80.0}


def test_a_device_that_is_away_keeps_its_owner_and_its_share() -> None:
    line = line_of()
    line.tick(None, wish(line, C, 90.0))
    standing(line)
    line.away.add(C)
    line.tick(None, wish(line, A, 40.0, "other", priority=Priority.SAFETY))
    assert standing(line) == {A: 10.0, B: 0.0, C: 90.0}
    assert {c.authority for c in line.commands} == {"gate"}


def test_a_conflict_is_named_and_only_what_is_under_it_goes_safe() -> None:
    line = line_of(east=30.0)
    line.tick(None, wish(line, C, 50.0, "trade"))
    standing(line)
    one = wish(line, A, 35.0, "one", low=25.0, high=40.0)
    two = wish(line, B, 15.0, "two", low=10.0, high=20.0)
    bases = [base.decision for base in line.tick(None, one, two).outputs.bases]
    assert standing(line) == {A: 0.0, B: 0.0, C: 50.0}
    assert [decision.point for decision in bases if decision.conflict is not None] == [A, B]


def test_the_conflict_says_who_excludes_whom_and_the_decision_who_narrowed_it() -> None:
    line = line_of(east=30.0)
    one = wish(line, A, 35.0, "one", low=25.0, high=40.0)
    two = wish(line, B, 15.0, "two", low=10.0, high=20.0)
    draft = line.pipe.arbitration.sums.decide(line.pipe.issuer, {A: (one,), B: (two,)}, _there(line), {})
    assert draft[A].conflict is not None
    assert set(draft[A].conflict.agents) == {"one", "two", "envelope"}
    assert set(draft[A].conflict.points) == {A, B, EAST}
    assert (draft[A].chosen_by, draft[A].value) == ("safe_set", 0.0)
    alone = line.pipe.arbitration.sums.decide(line.pipe.issuer, {A: (one,)}, _there(line), {})[A]
    assert [(step.agent, step.on) for step in alone.narrowed_by] == [
        ("envelope", ""),
        ("envelope", EAST),
        ("envelope", ALL),
        ("one", ""),
    ]


def test_a_conflict_names_the_envelope_and_not_a_bound_that_it_had_narrowed() -> None:
    line = line_of(east=30.0)
    wide = wish(line, A, 20.0, "first", low=0.0, high=100.0)
    late = wish(line, A, 38.0, "late", low=35.0, high=40.0, priority=Priority.OPERATION)
    decided = line.pipe.arbitration.sums.decide(line.pipe.issuer, {A: (wide, late)}, _there(line), {})
    assert decided[A].conflict is not None
    assert "first" not in decided[A].conflict.agents
    assert set(decided[A].conflict.agents) == {"late", "envelope", "what stands"}


def _there(line: Line) -> Any:
    line.tick()
    return line.state


def test_no_permit_leads_beyond_a_sum_when_another_was_refused() -> None:
    line = line_of(safe_value=80.0)
    line.tick(None, wish(line, C, 60.0), wish(line, A, 40.0, "other"))
    standing(line)
    assert line.values[A] == 40.0
    line = line_of(safe_value=80.0)
    no = answering({C: Deny(rule="no", reason="no", revision="test"), A: ALLOW, B: ALLOW})
    line.tick(no, wish(line, C, 60.0), wish(line, A, 40.0, "other"))
    told = {refused.point: refused.rule for refused in line.last.outputs.refused}
    assert told == {C: "no", A: "envelope"}
    assert {c.point: c.value for c in line.commands} == {A: 0.0, C: 80.0}


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (((A, 1.0), (B, 1.0)), ((B, 1.0), (C, 1.0)), "neither holds all"),
        (((A, 1.0), (B, 1.0)), ((A, 1.0), (B, 2.0), (C, 1.0)), "times one number"),
        (((A, 1.0), (B, 2.0)), ((A, 2.0), (B, 4.0), (C, 1.0)), ""),
        (((A, 1.0),), ((B, 2.0), (C, 1.0)), ""),
    ],
    ids=["overlap", "weights", "nested", "disjoint"],
)
def test_sums_are_nested_or_disjoint(one: Any, other: Any, why: str) -> None:
    found = overlaps([Sum(name="s", unit="kW", terms=one), Sum(name="t", unit="kW", terms=other)])
    assert [why in overlap.text for overlap in found] == ([True] if why else [])


def test_an_agent_may_not_wish_for_a_sum_that_is_not_there() -> None:
    line = line_of()
    line.tick(None, wish(line, "west", 5.0))
    assert not line.state.standing
    assert Shaver().proposes
