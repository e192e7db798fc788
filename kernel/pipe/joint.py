"""Joint arbitration: one value for each set-point of a tree of sums, by narrowing all of them together.

Pure. In priority order bounds narrow and exact wishes are met as far as what is left admits (`share`);
wishes with bounds are met last, in what all bounds left; what is left of a wished sum is spread over its
other terms from their safe values, in proportion to headroom. Bounds that cannot hold together name an
irreducible conflict: the set-points under it go safe, and the others are decided around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from kernel.decision import Conflict, Decision, Narrowing
from kernel.pipe.arbiter import bounds, envelope, narrowing
from kernel.pipe.feasible import Feasible, Interval, feasible, gap, inside
from kernel.pipe.forest import Tree
from kernel.pipe.irreducible import Bound, irreducible, is_feasible
from kernel.pipe.sharing import share
from kernel.proposal import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What one joint arbitration begins with."""

    tree: Tree
    limits: Mapping[str, Interval]
    """The envelope of each set-point, and of the sums that have one."""
    safe: Mapping[str, float]
    """Safe value of each set-point."""
    standing: Mapping[str, float]
    """Values of the set-points that do not move now: nobody wants one, or nobody could write it."""
    wanted: frozenset[str]
    """The set-points that are wished for, themselves or by a sum above them."""
    movement: Mapping[str, Narrowing] = field(default_factory=dict)
    """How far set-points may move now: it yields to the envelope, and every bound yields to it."""
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)
    """Set-points that go safe, and why."""


@dataclass(slots=True)
class _Course:
    """One attempt: what is left, and who left it."""

    stake: Stake
    left: Feasible
    bounds: list[Bound]
    steps: list[tuple[int, Narrowing]] = field(default_factory=list)
    choosers: dict[int, Proposal] = field(default_factory=dict)
    preferred: dict[int, float] = field(default_factory=dict)

    def conflict(self, late: Bound) -> Conflict | None:
        """Return the conflict that a bound makes; None where only the limits of movement stand against it."""
        newest_first = [bound for bound in reversed(self.bounds) if bound.agent not in MOVEMENTS]
        firm = [*newest_first, late]  # the older ones are named where either would do
        if is_feasible(self.stake.tree, firm):
            return None
        members = irreducible(self.stake.tree, firm)
        names = [self.stake.tree.nodes[one.place].name for one in members]
        told = ", ".join(
            f"{one.agent} leaves {name} [{one.interval[0]:g}, {one.interval[1]:g}]"
            for one, name in zip(members, names, strict=True)
        )
        text = f"{told}: no value is left; the safe values win"
        return Conflict(agents=tuple(one.agent for one in members), text=text, points=tuple(names))


SLACK: Final = 1e-6
"""A value this near to a wish is that wish, in the point's unit: what arithmetic leaves."""
MOVEMENTS = frozenset({"ramp", "deadband", "min_on", "min_off"})
"""Makers of limits of movement."""


def arbitrate_jointly(
    stake: Stake, proposals: Sequence[Proposal], *, tick: int, trace: Mapping[str, str]
) -> dict[str, Decision]:
    """Decide every set-point of a tree that is wished for, itself or by a sum above it.

    One that cannot be written now is decided to be what it is.

    Args:
        stake: what is fixed before anybody wants anything.
        proposals: all that stand for set-points and sums of the tree.
        tick: number of the base tick.
        trace: follows each set-point's value from here to the read-back.

    Invariant: the values keep the envelope of every set-point and sum, unless what stands already breaks it.
    """
    ordered = sorted(proposals, key=lambda one: (one.priority, one.agent, one.point))
    while True:
        course = _begin(stake)
        found = _base_conflict(course) or _narrow(course, ordered)
        if found is None:
            return _decisions(course, ordered, tick=tick, trace=trace)
        stake = _around(stake, found)


def _begin(stake: Stake) -> _Course:
    """Lay down the envelope, what stands, and how far set-points may move."""
    tree = stake.tree
    moving = _above(tree, _free(stake))
    own = {
        place: stake.limits[node.name]
        for place, node in enumerate(tree.nodes)
        if node.name in stake.limits and place in moving
    }
    base = [Bound(agent="envelope", place=place, interval=interval) for place, interval in own.items()]
    safe = {name: _safe(stake, name) for name in stake.conflicts}
    for name, value in {**stake.standing, **safe}.items():
        place = tree.place[name]
        own[place] = (value, value)
        base = [one for one in base if one.place != place]
        base.append(
            Bound(
                agent="safe_set" if name in stake.conflicts else "what stands",
                place=place,
                interval=own[place],
            )
        )
    course = _Course(stake, feasible(tree, own), base)
    for name, step in sorted(stake.movement.items()):
        place = tree.place[name]
        if course.left.is_empty or name in stake.standing or name in stake.conflicts:
            continue
        now = course.left.interval(place)
        window = (inside(_low(step), now), inside(_high(step), now))
        course.left.narrow(place, window)
        course.bounds.append(Bound(agent=step.agent, place=place, interval=window))
        course.steps.append((place, step))
    return course


def _safe(stake: Stake, name: str) -> float:
    return inside(stake.safe[name], stake.limits[name])


def _low(step: Narrowing) -> float:
    return float("-inf") if step.low is None else step.low


def _high(step: Narrowing) -> float:
    return float("inf") if step.high is None else step.high


def _base_conflict(course: _Course) -> Conflict | None:
    """Return the conflict in what stands before anybody wants anything."""
    if not course.left.is_empty or not _free(course.stake):
        return None
    return course.conflict(course.bounds.pop())


def _free(stake: Stake) -> list[int]:
    """Places of the set-points that are decided now."""
    fixed = stake.standing.keys() | stake.conflicts.keys()
    return [place for place in stake.tree.leaves if stake.tree.nodes[place].name not in fixed]


def _above(tree: Tree, places: Iterable[int]) -> set[int]:
    """Return nodes and all that they are a part of."""
    return {at for place in places for at in tree.above(place)}


def _around(stake: Stake, conflict: Conflict) -> Stake:
    """Put the set-points under a conflict to their safe values; all of them where it has none of its own."""
    tree, places = stake.tree, {stake.tree.place[name] for name in conflict.points}
    free = _free(stake)
    under = [place for place in free if not places.isdisjoint(tree.above(place))] or free
    more = {tree.nodes[place].name: conflict for place in under}
    return replace(stake, conflicts={**stake.conflicts, **more})


def _narrow(course: _Course, ordered: Sequence[Proposal]) -> Conflict | None:
    """Let every priority narrow in turn, then meet the wishes that came with bounds, then spread the rest."""
    stake = course.stake
    if not _free(stake):
        return None
    moving = _above(stake.tree, _free(stake))
    heard = [one for one in ordered if stake.tree.place[one.point] in moving]
    for _, level in groupby(heard, key=lambda one: one.priority):
        now = list(level)
        for proposal in now:
            if _is_bound(proposal) and (found := _bound(course, proposal)):
                return found
        _meet(course, [one for one in now if not _is_bound(one)])
    course.left.fix(share(course.left, course.preferred))
    rest = {p: _safe(stake, stake.tree.nodes[p].name) for p in _free(stake)}
    course.left.fix(share(course.left, rest))
    return None


def _is_bound(proposal: Proposal) -> bool:
    return proposal.low is not None or proposal.high is not None


def _bound(course: _Course, proposal: Proposal) -> Conflict | None:
    """Narrow a node by bounds; a wish that comes with them is kept for later."""
    place, wide = course.stake.tree.place[proposal.point], bounds(proposal)
    now = course.left.interval(place)
    low, high = max(now[0], wide[0]), min(now[1], wide[1])
    said = wide
    if low > high:
        late = Bound(agent=proposal.agent, place=place, interval=wide)
        if gap(low, high) > 0 and (found := course.conflict(late)):
            return found
        low = high = inside(wide[0] if wide[0] > now[1] else wide[1], now)
        said = (low, high)
    if proposal.wanted is not None and (now[0] < now[1] or place not in course.choosers):
        course.choosers[place], course.preferred[place] = proposal, proposal.wanted
    course.left.narrow(place, said)  # not to what others leave: bounds that bound nothing change no share
    course.bounds.append(Bound(agent=proposal.agent, place=place, interval=wide))
    course.steps.append((place, _step(course, place, proposal, (low, high))))
    return None


def _meet(course: _Course, wishes: Sequence[Proposal]) -> None:
    """Meet the exact wishes of one priority together; of two for one node the first by name counts."""
    first: dict[int, Proposal] = {}
    for proposal in wishes:
        place = course.stake.tree.place[proposal.point]
        if proposal.wanted is not None:
            first.setdefault(place, proposal)
    if not first:
        return
    open_now = {place: course.left.is_open(place) for place in first}
    met = share(course.left, {place: one.wanted for place, one in first.items() if one.wanted is not None})
    course.left.fix(met)
    for place, proposal in first.items():
        if open_now[place] or place not in course.choosers:
            course.choosers[place] = proposal
        value = (met[place], met[place])
        course.bounds.append(Bound(agent=proposal.agent, place=place, interval=value))
    for proposal in wishes:
        place = course.stake.tree.place[proposal.point]
        if place in met:
            course.steps.append((place, _step(course, place, proposal, (met[place], met[place]))))


def _step(course: _Course, place: int, proposal: Proposal, interval: Interval) -> Narrowing:
    node = course.stake.tree.nodes[place]
    return narrowing(proposal, interval, on=node.name if node.children else "")


def _decisions(
    course: _Course, ordered: Sequence[Proposal], *, tick: int, trace: Mapping[str, str]
) -> dict[str, Decision]:
    """Say for every set-point what was decided, by whose wish, and who narrowed it."""
    stake, tree = course.stake, course.stake.tree
    steps: dict[int, list[tuple[int, Narrowing]]] = {}
    for number, (place, step) in enumerate(course.steps):
        steps.setdefault(place, []).append((number, step))
    wishes = {tree.place[one.point]: one for one in reversed(ordered) if one.wanted is not None}
    decided = {}
    for place in tree.leaves:
        name = tree.nodes[place].name
        if name not in stake.wanted:
            continue
        conflict = stake.conflicts.get(name)
        above = [*tree.above(place)]
        choosers = course.choosers if any(at in course.choosers for at in above) else wishes
        value = inside(course.left.reach[place][0], stake.limits[name])
        chooser = _chooser([choosers[at] for at in above if at in choosers], value)
        told = sorted((told for at in above for told in steps.get(at, ())), key=lambda told: told[0])
        decided[name] = Decision(
            point=name,
            value=value,
            tick=tick,
            chosen_by="safe_set" if conflict else chooser.agent,
            narrowed_by=(*_first_steps(stake, above), *(step for _, step in told)),
            expires_at_ns=chooser.expires_at_ns,
            trace=trace[name],
            conflict=conflict,
            on="" if conflict or chooser.point == name else chooser.point,
        )
    return decided


def _chooser(nearest_first: Sequence[Proposal], value: float) -> Proposal:
    """Return the wish that a value comes from: the nearest, or the one for a sum that made it give way."""
    own = nearest_first[0]
    if own.wanted is not None and abs(own.wanted - value) <= SLACK:
        return own
    return next((one for one in nearest_first[1:] if _overrules(one, own)), own)


def _overrules(other: Proposal, own: Proposal) -> bool:
    return other.priority <= own.priority and not _is_bound(other)


def _first_steps(stake: Stake, above: Sequence[int]) -> list[Narrowing]:
    names = [stake.tree.nodes[place].name for place in above]
    return [
        envelope(stake.limits[name], on=name if number else "")
        for number, name in enumerate(names)
        if name in stake.limits
    ]
