"""Arbitration over sums, held against linear programming: exact, never wider, fair whatever the order."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kernel.decision import Decision
from kernel.pipe.arbiter import arbitrate, bounds
from kernel.pipe.feasible import feasible
from kernel.pipe.forest import Tree, grow
from kernel.pipe.irreducible import Bound, irreducible, is_feasible
from kernel.pipe.joint import Stake, arbitrate_jointly
from kernel.pipe.sharing import share
from kernel.point import OnLoss, Point, Writing
from kernel.proposal import Priority, Proposal
from kernel.sum import Sum
from tests.property.forests import envelopes, extremes, intervals, numbers, proposals, trees, values_of

CLOSE = 1e-6


def stake_of(tree: Tree, limits: dict[str, tuple[float, float]], made: list[Proposal]) -> Stake:
    wished = {tree.place[one.point] for one in made if one.wanted is not None}
    names = [tree.nodes[at].name for at in tree.leaves]
    wanted = {tree.nodes[at].name for at in tree.leaves if not wished.isdisjoint(tree.above(at))}
    return Stake(
        tree=tree,
        limits=limits,
        safe=dict.fromkeys(names, 0.0),
        standing={name: 0.0 for name in names if name not in wanted},
        wanted=frozenset(wanted),
    )


def decide(stake: Stake, made: list[Proposal]) -> dict[str, Decision]:
    trace = dict.fromkeys(stake.safe, "t")
    return arbitrate_jointly(stake, made, tick=1, trace=trace)


def reached(stake: Stake, decided: dict[str, Decision]) -> list[float]:
    points = dict(stake.standing) | {name: decision.value for name, decision in decided.items()}
    return values_of(stake.tree, points)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Stake, list[Proposal]]:
    tree = draw(trees())
    made = draw(proposals(tree))
    assume(any(one.wanted is not None for one in made))
    return stake_of(tree, draw(envelopes(tree)), made), made


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_interval_of_every_node_is_what_linear_programming_finds(data: st.DataObject) -> None:
    tree = data.draw(trees())
    said = {
        place: data.draw(intervals())
        for place, node in enumerate(tree.nodes)
        if not node.children or data.draw(st.booleans())
    }
    left = feasible(tree, said)
    assert left.is_empty == (extremes(tree, said, 0) is None)
    for place in () if left.is_empty else range(len(tree.nodes)):
        assert left.interval(place) == pytest.approx(extremes(tree, said, place), abs=CLOSE)


@settings(max_examples=80, deadline=None)
@given(cases())
def test_every_value_lies_in_the_envelope_of_its_point_and_of_every_sum(
    case: tuple[Stake, list[Proposal]],
) -> None:
    stake, made = case
    decided = decide(stake, made)
    assert decided.keys() == stake.wanted
    for name, decision in decided.items():
        assert stake.limits[name][0] <= decision.value <= stake.limits[name][1]
    for value, node in zip(reached(stake, decided), stake.tree.nodes, strict=True):
        low, high = stake.limits.get(node.name, (value, value))
        assert low - CLOSE <= value <= high + CLOSE


@settings(max_examples=80, deadline=None)
@given(cases())
def test_without_a_conflict_the_values_keep_every_bound(case: tuple[Stake, list[Proposal]]) -> None:
    stake, made = case
    decided = decide(stake, made)
    if any(decision.conflict for decision in decided.values()):
        return
    values = reached(stake, decided)
    moving = {at for name in stake.wanted for at in stake.tree.above(stake.tree.place[name])}
    for one in made:
        place = stake.tree.place[one.point]
        if place in moving and (one.low is not None or one.high is not None):
            low, high = bounds(one)
            assert low - CLOSE <= values[place] <= high + CLOSE


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_lower_priority_never_takes_from_what_a_higher_one_was_given(
    case: tuple[Stake, list[Proposal]],
) -> None:
    stake, made = case
    highest = min(one.priority for one in made)
    first = [one for one in made if one.priority == highest]
    assume(any(one.wanted is not None for one in first))
    # the first decide among the same set-points that all decide among, else others stand still beside them
    alone, together = decide(stake, _with_no_wish_lost(stake, first)), decide(stake, made)
    if any(one.conflict for one in (*alone.values(), *together.values())):
        return
    exact = {one.point for one in first if one.wanted is not None and one.low is None and one.high is None}
    one_by_one, all_of_them = reached(stake, alone), reached(stake, together)
    for point in exact:
        place = stake.tree.place[point]
        assert all_of_them[place] == pytest.approx(one_by_one[place], abs=CLOSE)


@settings(max_examples=80, deadline=None)
@given(cases())
def test_bounds_that_bound_nothing_change_no_value(case: tuple[Stake, list[Proposal]]) -> None:
    stake, made = case
    idle = [
        Proposal(
            agent="z",
            point=name,
            priority=Priority.SAFETY,
            wanted=None,
            low=-1e9,
            high=1e9,
            reason="r",
            made_at_ns=0,
            expires_at_ns=1,
        )
        for name in sorted(stake.wanted)
    ]
    without, beside = decide(stake, made), decide(stake, made + idle)
    if any(one.conflict for one in without.values()):
        return
    values = {name: one.value for name, one in without.items()}
    assert {name: one.value for name, one in beside.items()} == pytest.approx(values, abs=CLOSE)


def _with_no_wish_lost(stake: Stake, first: list[Proposal]) -> list[Proposal]:
    """Add a last wish that anything goes for every set-point, so that the same ones are decided."""
    return first + [
        Proposal(
            agent="z",
            point=name,
            priority=Priority.OPERATION,
            wanted=0.0,
            low=-1e9,
            high=1e9,
            reason="r",
            made_at_ns=0,
            expires_at_ns=1,
        )
        for name in sorted(stake.wanted)
    ]


@settings(max_examples=60, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_proposals_are_given_does_not_count(
    case: tuple[Stake, list[Proposal]], random: object
) -> None:
    stake, made = case
    other = list(made)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert decide(stake, made) == decide(stake, other)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_of_an_irreducible_conflict_nothing_can_be_left_out(data: st.DataObject) -> None:
    tree = data.draw(trees())
    places = st.integers(0, len(tree.nodes) - 1)
    made = data.draw(
        st.lists(st.builds(Bound, agent=st.just("a"), place=places, interval=intervals()), max_size=8)
    )
    if is_feasible(tree, made):
        return
    members = irreducible(tree, made)
    assert not is_feasible(tree, members)
    for left_out in members:
        rest = [one for one in members if one is not left_out]
        own: dict[int, tuple[float, float]] = {}
        for one in rest:
            low, high = own.get(one.place, one.interval)
            own[one.place] = (max(low, one.interval[0]), min(high, one.interval[1]))
        assert extremes(tree, own, 0) is not None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_settled_is_feasible_and_untouched_where_there_is_room(data: st.DataObject) -> None:
    tree = data.draw(trees())
    said = {place: data.draw(intervals()) for place in tree.leaves}
    left = feasible(tree, said)
    wishes = {place: data.draw(numbers) for place in tree.leaves}
    met = share(left, wishes)
    for place, value in met.items():
        low, high = said[place]
        assert value == min(max(wishes[place], low), high)  # no sum is bounded: every wish has room


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_one_set_point_alone_is_decided_as_the_arbiter_of_points_does(data: st.DataObject) -> None:
    (tree,) = grow([Sum(name="s", unit="kW", terms=(("p0/x", 2.0),))])
    limits = {"p0/x": (-abs(data.draw(numbers)), abs(data.draw(numbers)))}
    made = [one for one in data.draw(proposals(tree)) if one.point == "p0/x"]
    assume(any(one.wanted is not None for one in made))
    low, high = limits["p0/x"]
    writing = Writing(low=low, high=high, safe_value=0.0, on_loss=OnLoss.WRITE_SAFE)
    ordered = sorted(made, key=lambda one: (one.priority, one.agent))
    alone = arbitrate(
        Point(name="p0/x", unit="kW", writing=writing), ordered, limits=limits["p0/x"], tick=1, trace="t"
    )
    assert alone is not None
    jointly = decide(stake_of(tree, limits, made), made)["p0/x"]
    both_agree = (alone.conflict is None) == (jointly.conflict is None)
    assert both_agree or _within_one_priority(made)
    if alone.conflict is None and jointly.conflict is None and not _within_one_priority(made):
        assert (jointly.value, jointly.chosen_by) == (alone.value, alone.chosen_by)


def _within_one_priority(made: list[Proposal]) -> bool:
    """Tell whether exact wishes and bounds share a priority: jointly, bounds come first there."""
    exact = {one.priority for one in made if one.low is None and one.high is None}
    return bool(exact & {one.priority for one in made if one.low is not None or one.high is not None})
