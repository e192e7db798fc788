"""Shaping: ramps, hysteresis and least times, and who may break them; nothing moves faster than declared."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.command import Command
from kernel.instruction import Mode
from kernel.proposal import Priority, Proposal
from kernel.verdict import Clamp
from tests.unit.kernel.conftest import BATTERY, S, Shaver, make_pipe, make_site
from tests.unit.kernel.pipe.test_modes import mode
from tests.unit.kernel.pipe.test_override import hand_back, override
from tests.unit.kernel.pipe.test_sums import A, C, line_of
from tests.unit.kernel.ticking import ALLOW, Line, answering


def shaped(**writing: Any) -> Line:
    """A battery whose movement is limited, and whose agent wants nothing."""
    return Line(make_pipe(make_site(**writing), Shaver(limit_kw=1e9, stands_s=0.0)))


def ask(line: Line, value: float, *, priority: Priority = Priority.CONTROL, **more: Any) -> Proposal:
    said = {
        "agent": "op",
        "reason": "r",
        "made_at_ns": line.now_ns,
        "expires_at_ns": line.now_ns + 900 * S,
    } | more
    return Proposal(point=BATTERY, priority=priority, wanted=value, **said)


def run(line: Line, ticks: int) -> list[float]:
    """Values commanded in these ticks."""
    before = len(line.commands)
    for _ in range(ticks):
        line.tick()
    return [command.value for command in line.commands[before:]]


def test_a_ramp_leads_to_the_value_and_ends_there() -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, 35.0))
    assert [10.0, *run(line, 5)] == [10.0, 20.0, 30.0, 35.0]


def test_the_decision_names_the_ramp_that_held_it_back() -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, 35.0))
    (basis,) = line.last.outputs.bases  # type: ignore[union-attr]
    assert [step.agent for step in basis.decision.narrowed_by] == ["envelope", "op", "ramp"]
    assert (basis.decision.value, basis.decision.aim, basis.decision.chosen_by) == (10.0, 35.0, "op")


def test_a_ramp_starts_from_what_is_read() -> None:
    line = shaped(ramp_per_s=10.0)
    line.values[BATTERY] = 50.0
    line.tick(None, ask(line, 0.0))
    assert line.commands[0].value == 40.0


def test_a_set_point_that_has_stood_still_does_not_jump_when_it_moves_again() -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, 10.0))
    run(line, 30)
    line.tick(None, ask(line, 90.0))
    assert line.commands[-1].value == 20.0


def test_a_ramp_does_not_go_on_while_the_device_is_away() -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, 90.0))
    run(line, 2)
    stood = line.commands[-1].value
    line.away.add(BATTERY)
    run(line, 20)
    line.away.clear()
    run(line, 1)
    assert abs(line.commands[-1].value - stood) <= 20.0


@pytest.mark.parametrize("priority", [Priority.SAFETY, Priority.PERSON])
def test_nobody_but_safe_breaks_a_ramp(priority: Priority) -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, -100.0, priority=priority))
    assert line.commands[-1].value == -10.0


def test_going_safe_breaks_the_ramp() -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, 40.0, expires_at_ns=line.now_ns + 6 * S))
    run(line, 5)
    assert line.values[BATTERY] == 40.0
    assert run(line, 2) == [0.0]


def test_an_override_to_safe_breaks_the_ramp_and_one_to_a_value_does_not() -> None:
    for value, first in ((None, 0.0), (0.0, 30.0)):
        line = shaped(ramp_per_s=10.0)
        line.tick(None, ask(line, 40.0))
        run(line, 6)
        line.tell(override(line, value))
        line.tick()
        assert line.commands[-1].value == first


def test_handing_back_is_bumpless() -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, 40.0))
    run(line, 6)
    line.tell(override(line, 0.0))
    run(line, 8)
    assert line.values[BATTERY] == 0.0
    line.tell(hand_back())
    assert run(line, 6) == [10.0, 20.0, 30.0, 40.0]


def test_a_point_that_comes_back_from_local_ramps_from_where_it_was_turned() -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, 40.0))
    run(line, 6)
    line.tell(mode(BATTERY, Mode.LOCAL))
    line.tick()
    line.values[BATTERY] = 80.0
    line.tick()
    line.tell(mode(BATTERY, Mode.NORMAL))
    assert run(line, 5) == [70.0, 60.0, 50.0, 40.0]


def test_a_clamp_by_policy_is_approached_by_the_ramp_too() -> None:
    line = shaped(ramp_per_s=10.0)
    line.tick(None, ask(line, 40.0))
    run(line, 6)

    def clamp(request: Any) -> Any:
        beyond = [command for command in request.commands if command.value > 35.0]
        verdict = Clamp(rule="most", reason="most", revision="test", high=35.0) if beyond else ALLOW
        return answering(verdict)(request)

    line.tick(clamp, ask(line, 90.0))
    assert line.values[BATTERY] == 35.0


def test_a_small_change_is_not_moved_for() -> None:
    line = shaped(deadband=5.0)
    line.tick(None, ask(line, 20.0))
    run(line, 2)
    for value in (22.0, 18.0, 24.9):
        line.tick(None, ask(line, value))
        run(line, 1)
    assert line.values[BATTERY] == 20.0
    line.tick(None, ask(line, 26.0))
    assert line.commands[-1].value == 26.0


def test_hysteresis_gives_way_to_bounds_and_to_persons() -> None:
    line = shaped(deadband=5.0)
    line.tick(None, ask(line, 20.0))
    run(line, 2)
    line.tick(None, ask(line, 20.0), ask(line, 19.0, agent="guard", low=0.0, high=19.0))
    assert line.commands[-1].value == 19.0
    run(line, 2)
    line.tick(None, ask(line, 18.0, agent="person:p", priority=Priority.PERSON))
    assert line.commands[-1].value == 18.0


def test_a_ramp_that_has_begun_arrives_though_the_rest_is_small() -> None:
    line = shaped(deadband=5.0, ramp_per_s=4.0)
    line.tick(None, ask(line, 18.0))
    run(line, 8)
    assert line.values[BATTERY] == 18.0


def test_what_is_on_stays_on_for_its_least_time_and_off_for_its() -> None:
    line = shaped(off_value=0.0, min_on_s=10.0, min_off_s=6.0)
    line.tick(None, ask(line, 30.0))
    assert run(line, 4) == []  # the times begin with the run: it is off for 6 s first
    assert run(line, 3) == [30.0]
    line.tick(None, ask(line, 0.0))
    assert run(line, 5) == []
    assert run(line, 8) == [0.0]


def test_on_may_change_within_its_least_time() -> None:
    line = shaped(off_value=0.0, min_on_s=60.0)
    line.tick(None, ask(line, 30.0))
    run(line, 2)
    line.tick(None, ask(line, 50.0))
    assert line.commands[-1].value == 50.0


@pytest.mark.parametrize("priority", [Priority.SAFETY, Priority.PERSON])
def test_safety_and_persons_break_least_times(priority: Priority) -> None:
    line = shaped(off_value=0.0, min_on_s=60.0)
    line.tick(None, ask(line, 30.0))
    run(line, 2)
    line.tick(None, ask(line, 0.0, agent="guard", priority=priority))
    assert line.commands[-1].value == 0.0


def test_a_bound_of_safety_breaks_a_least_time() -> None:
    line = shaped(off_value=0.0, min_on_s=60.0)
    line.tick(None, ask(line, 30.0))
    run(line, 2)
    line.tick(
        None, ask(line, 0.0), ask(line, 5.0, agent="guard", priority=Priority.SAFETY, low=-1.0, high=5.0)
    )
    assert line.commands[-1].value <= 5.0


def test_the_sum_is_kept_while_one_of_its_terms_ramps() -> None:
    line = line_of(ramp_per_s=10.0)
    line.values[C] = 90.0
    line.tick(None, _wish(line, C, 90.0))
    for _ in range(4):
        line.tick()
    line.tick(None, _wish(line, C, 60.0), _wish(line, A, 40.0, priority=Priority.SAFETY))
    seen = []
    for _ in range(8):
        seen.append((line.values[A], line.values[C]))
        line.tick()
    assert seen[-1] == (40.0, 60.0)
    assert all(a + c <= 100.0 + 1e-6 for a, c in seen)
    assert seen[0][1] >= 80.0


def test_a_bound_that_only_the_ramp_keeps_out_is_approached_and_no_conflict() -> None:
    line = line_of(ramp_per_s=10.0)
    line.values[C] = 90.0
    line.tick(None, _wish(line, C, 90.0))
    for _ in range(4):
        line.tick()
    line.tick(
        None, _wish(line, C, 90.0), _wish(line, "all", None, low=0.0, high=50.0, priority=Priority.SAFETY)
    )
    assert line.values[C] == 80.0
    for _ in range(6):
        line.tick()
    assert line.values[C] == 50.0
    assert {c.authority for c in line.commands} == {"gate"}


def _wish(line: Line, point: str, value: float | None, **more: Any) -> Proposal:
    said = {
        "agent": f"for {point}",
        "priority": Priority.CONTROL,
        "reason": "r",
        "made_at_ns": line.now_ns,
    } | more
    return Proposal(point=point, wanted=value, expires_at_ns=line.now_ns + 900 * S, **said)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([-80.0, -3.0, 0.0, 20.0, 95.0]), st.integers(1, 7)), min_size=1, max_size=8
    )
)
def test_no_two_commands_are_further_apart_than_the_ramp_admits(wishes: list[tuple[float, int]]) -> None:
    line = shaped(ramp_per_s=7.0, deadband=2.0, renew_s=None)
    for value, ticks in wishes:
        line.tick(None, ask(line, value))
        run(line, ticks)
    assert _fastest(line.commands) <= 7.0 + 1e-9


def _fastest(commands: list[Command]) -> float:
    steps = pairwise(commands)
    return max(
        (abs(b.value - a.value) / ((b.issued_at_ns - a.issued_at_ns) / S) for a, b in steps), default=0.0
    )
