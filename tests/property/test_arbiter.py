"""Whatever is proposed, the arbiter stays inside the rating and obeys the higher priority."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.decision import Decision
from kernel.pipe.arbiter import arbitrate
from kernel.pipe.standing import by_point, stand
from kernel.point import OnLoss, Point, Writing
from kernel.proposal import Priority, Proposal

POINT = Point(
    name="bat/p", unit="kW", writing=Writing(low=-50, high=50, safe_value=-5.0, on_loss=OnLoss.WRITE_SAFE)
)
numbers = st.integers(-100, 100).map(float) | st.floats(-1e6, 1e6, allow_nan=False)
limits_of = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
priorities = st.sampled_from([p for p in Priority if p is not Priority.ENVELOPE])


def proposal(agent: str, priority: Priority, ends: list[float | None], expires_at_ns: int) -> Proposal:
    wanted, low, high = ends
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Proposal(
        agent=agent,
        point="bat/p",
        priority=priority,
        wanted=wanted,
        low=low,
        high=high,
        reason="r",
        made_at_ns=0,
        expires_at_ns=expires_at_ns,
    )


ends_of = st.lists(st.none() | numbers, min_size=3, max_size=3)
proposals = st.builds(proposal, st.sampled_from("abcdefgh"), priorities, ends_of, st.integers(1, 99))
tables = st.lists(proposals, min_size=1, max_size=6)


def decide(wishes: list[Proposal], limits: tuple[float, float]) -> Decision | None:
    ordered = by_point(stand({}, wishes, now_ns=0)).get("bat/p", ())
    return arbitrate(POINT, ordered, limits=limits, tick=0, trace="t")


@settings(max_examples=80, deadline=None)
@given(tables, limits_of)
def test_the_value_lies_inside_the_rating(wishes: list[Proposal], limits: tuple[float, float]) -> None:
    decided = decide(wishes, limits)
    assert decided is None or limits[0] <= decided.value <= limits[1]


@settings(max_examples=80, deadline=None)
@given(tables, limits_of)
def test_every_step_only_narrows(wishes: list[Proposal], limits: tuple[float, float]) -> None:
    decided = decide(wishes, limits)
    if decided is None or decided.conflict is not None:
        return
    steps = decided.narrowed_by
    for before, after in pairwise(steps):
        assert before.low <= after.low <= after.high <= before.high
        assert before.priority <= after.priority
    assert steps[-1].low <= decided.value <= steps[-1].high


@settings(max_examples=80, deadline=None)
@given(tables, limits_of, proposals)
def test_a_proposal_of_the_lowest_priority_overrules_nobody(
    wishes: list[Proposal], limits: tuple[float, float], late: Proposal
) -> None:
    higher = [w for w in wishes if w.priority < Priority.OPERATION]
    before = decide(higher, limits)
    late = msgspec.structs.replace(late, agent="z", priority=Priority.OPERATION)
    after = decide([*higher, late], limits)
    if before is None or before.conflict is not None:
        return
    left = before.narrowed_by[-1]
    if after.conflict is None:
        assert left.low <= after.value <= left.high
        if left.low == left.high:
            assert (after.value, after.chosen_by) == (before.value, before.chosen_by)
    else:
        assert after.conflict.agents[1] == "z"


@settings(max_examples=60, deadline=None)
@given(tables, limits_of, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    wishes: list[Proposal], limits: tuple[float, float], random: object
) -> None:
    one_each = list({wish.agent: wish for wish in wishes}.values())
    shuffled = list(one_each)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(one_each, limits) == decide(shuffled, limits)


@settings(max_examples=100, deadline=None)
@given(tables, limits_of)
def test_a_conflict_gives_the_safe_value_and_names_two_that_exclude_each_other(
    wishes: list[Proposal], limits: tuple[float, float]
) -> None:
    decided = decide(wishes, limits)
    if decided is None or decided.conflict is None:
        return
    assert decided.value == min(max(-5.0, limits[0]), limits[1])
    assert decided.chosen_by == "safe_set"
    first, second = (step_of(decided, wishes, limits, name) for name in decided.conflict.agents)
    assert max(first[0], second[0]) > min(first[1], second[1])


def step_of(
    decided: Decision, wishes: list[Proposal], limits: tuple[float, float], name: str
) -> tuple[float, float]:
    """What one party of a conflict asks for by itself; an exact wish asks for what it was bent to."""
    if name == "envelope":
        return limits
    wish = next(w for w in reversed(wishes) if w.agent == name)
    if wish.low is None and wish.high is None:
        step = next(step for step in decided.narrowed_by if step.agent == name)
        return step.low, step.high
    low = float("-inf") if wish.low is None else wish.low
    return low, float("inf") if wish.high is None else wish.high
