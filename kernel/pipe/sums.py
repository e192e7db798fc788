"""Sums of a site in its pipe: which proposals are decided together, and what stands beside them.

Pure. A set-point that nobody wants, or that cannot be written now, counts with the value that stands: its
safe value where it goes safe without an owner, else what it was last set to or read at, else its safe
value.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from kernel.decision import Decision, Narrowing
from kernel.pipe.candidates import is_there
from kernel.pipe.feasible import ROUNDING, Interval
from kernel.pipe.forest import Tree, grow
from kernel.pipe.issue import Issuer, writing_of
from kernel.pipe.joint import Stake, arbitrate_jointly
from kernel.pipe.modes import Sending, goes_safe, sending
from kernel.pipe.state import LOST, PipeState
from kernel.pipe.tick import Draft
from kernel.pipe.wishes import refused_parts
from kernel.point import OnLoss, Point
from kernel.proposal import Proposal
from kernel.quality import is_good
from kernel.site import Site
from kernel.verdict import Allow, Deny, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What is fixed for a run about the sums of its site."""

    trees: tuple[Tree, ...]
    limits: Mapping[str, Interval]
    """The envelope of set-points, and of the sums that have one."""
    tree_of: Mapping[str, Tree]
    """Tree of every set-point and sum that stands in one."""

    def related(self, names: set[str]) -> set[str]:
        """Return names with all that are decided together with them."""
        trees = {id(self.tree_of[name]): self.tree_of[name] for name in names if name in self.tree_of}
        return names | {node.name for tree in trees.values() for node in tree.nodes}

    def over(self, name: str) -> tuple[str, ...]:
        """Return the name of a set-point and of all sums over it."""
        tree = self.tree_of.get(name)
        return (name,) if tree is None else tuple(tree.nodes[at].name for at in tree.above(tree.place[name]))

    def decide(
        self,
        issuer: Issuer,
        wishes: Mapping[str, Sequence[Proposal]],
        state: PipeState,
        movement: Mapping[str, Narrowing],
    ) -> dict[str, Decision]:
        """Decide the set-points of all trees in which anything is wished for.

        A set-point that policy refused as a part of a wish for a sum is decided without that wish; then the
        wish is met around it, as far as the other parts admit.
        """
        decided: dict[str, Decision] = {}
        refused = refused_parts(state) if state.refusals else {}
        for tree in self.trees:
            heard = [one for node in tree.nodes for one in wishes.get(node.name, ())]
            parts = {name for one in heard for name in refused.get((one.agent, one.point), ())}
            if not parts:
                decided |= self._decide(issuer, tree, heard, state, movement, {})
                continue
            others = [one for one in map(partial(_bounds_alone, refused), heard) if one is not None]
            first, site = self._decide(issuer, tree, others, state, movement, {}), issuer.site
            fixed = {
                name: first[name].value if name in first else left_at(site, site.point(name), state)
                for name in sorted(parts)
            }
            decided |= self._decide(issuer, tree, heard, state, movement, fixed)
            decided |= {name: first[name] for name in fixed if name in first}
        return decided

    def _decide(
        self,
        issuer: Issuer,
        tree: Tree,
        heard: Sequence[Proposal],
        state: PipeState,
        movement: Mapping[str, Narrowing],
        fixed: Mapping[str, float],
    ) -> dict[str, Decision]:
        """Decide the set-points of a tree that are wished for, around those whose values are fixed."""
        wished = {tree.place[one.point] for one in heard if one.wanted is not None}
        if not wished:
            return {}
        stake = self._stake(issuer.site, tree, state, wished, movement)
        if fixed:
            standing = {**stake.standing, **fixed}
            stake = replace(stake, standing=standing, wanted=stake.wanted - fixed.keys())
        trace = {name: issuer.trace(state.image.tick, name) for name in stake.safe}
        return arbitrate_jointly(stake, heard, tick=state.image.tick, trace=trace)

    def _stake(
        self,
        site: Site,
        tree: Tree,
        state: PipeState,
        wished: set[int],
        movement: Mapping[str, Narrowing],
    ) -> Stake:
        points = [site.point(tree.nodes[place].name) for place in tree.leaves]
        wanted = {tree.nodes[p].name for p in tree.leaves if not wished.isdisjoint(tree.above(p))}
        stuck = {point.name for point in points if not _can_move(site, point, state)}
        return Stake(
            tree=tree,
            limits={node.name: self.limits[node.name] for node in tree.nodes if node.name in self.limits},
            safe={point.name: writing_of(point).safe_value for point in points},
            standing={
                point.name: stuck_at(site, point, state)
                if point.name in stuck
                else left_at(site, point, state)
                for point in points
                if point.name in stuck or point.name not in wanted
            },
            wanted=frozenset(wanted),
            movement={point.name: movement[point.name] for point in points if point.name in movement},
        )

    def within(
        self, site: Site, draft: Draft, verdicts: Mapping[str, Verdict], held: frozenset[str] = frozenset()
    ) -> dict[str, Verdict]:
        """Check the envelope of sums again behind the gate: no permit leads beyond it.

        What was refused changes a sum as well, so all permits under a sum that would leave its envelope are
        denied, until what is left keeps every one. What is `held` (ids) stays where it is.
        """
        judged = dict(verdicts)
        for tree in self.trees:
            names = {tree.nodes[place].name for place in tree.leaves}
            mine = [c for c in draft.candidates if c.point in names and c.id not in held]
            while mine and (beyond := self._beyond(site, tree, draft, judged, held)):
                place, why = beyond
                under = {tree.nodes[p].name for p in tree.leaves if place in tree.above(p)}
                denied = [c for c in mine if c.point in under and isinstance(judged[c.id], Allow)]
                if not denied:
                    break
                judged |= {c.id: Deny(rule="envelope", reason=why, revision=c.revision) for c in denied}
        return judged

    def _beyond(
        self, site: Site, tree: Tree, draft: Draft, judged: Mapping[str, Verdict], held: frozenset[str]
    ) -> tuple[int, str] | None:
        """Return the first sum whose envelope would be left, and what would be reached."""
        moving = [c for c in draft.candidates if c.id not in held]
        permitted = {c.point: c.value for c in moving if isinstance(judged[c.id], Allow)}
        refused = {c.point for c in moving} - permitted.keys()
        values: list[float] = []
        for place, node in enumerate(tree.nodes):
            if node.children:
                values.append(math.fsum(weight * values[at] for at, weight in node.children))
            else:
                point = site.point(node.name)
                known = permitted.get(node.name)
                values.append(_after(site, point, draft, node.name in refused) if known is None else known)
            low, high = self.limits.get(node.name, (values[-1], values[-1]))
            slack = ROUNDING * 10 * max(1.0, abs(values[-1]))
            if node.children and not low - slack <= values[-1] <= high + slack:
                return place, f"{node.name} would be {values[-1]:g}, outside the envelope [{low:g}, {high:g}]"
        return None


def sums_of(site: Site, limits: Mapping[str, Interval]) -> Sums | None:
    """Make the trees of a site's sums; None where it has none.

    Raises:
        ValueError: sums overlap.
    """
    if not site.sums:
        return None
    trees = grow(site.sums)
    declared = {
        one.name: (
            float("-inf") if one.low is None else one.low,
            float("inf") if one.high is None else one.high,
        )
        for one in site.sums
        if one.low is not None or one.high is not None
    }
    return Sums(
        trees=trees,
        limits=declared | dict(limits),
        tree_of={node.name: tree for tree in trees for node in tree.nodes},
    )


def _bounds_alone(refused: Collection[tuple[str, str]], wish: Proposal) -> Proposal | None:
    """Return a wish that was refused in parts with its bounds alone; None where it has none."""
    if (wish.agent, wish.point) not in refused:
        return wish
    has_bounds = wish.low is not None or wish.high is not None
    return msgspec.structs.replace(wish, wanted=None) if has_bounds else None


def _can_move(site: Site, point: Point, state: PipeState) -> bool:
    """Tell whether a command for a set-point could leave, or is on its way."""
    return sending(state, point) is not Sending.NONE and is_there(site, point, state)


def stuck_at(site: Site, point: Point, state: PipeState) -> float:
    """Return the value of a set-point that cannot be written now: as read, as set, or its safe value."""
    reading = state.image.reading(site.row[writing_of(point).feedback or point.name])
    if is_good(reading.quality):
        return reading.value
    return _as_set(point, state)


def left_at(site: Site, point: Point, state: PipeState) -> float:
    """Return the value that a set-point has, or will have, when nobody wants one."""
    writing = writing_of(point)
    if goes_safe(point):
        return writing.safe_value
    if writing.on_loss is OnLoss.LET_REVERT and writing.reversion_value is not None:
        return writing.reversion_value
    return stuck_at(site, point, state)


def _as_set(point: Point, state: PipeState) -> float:
    posture = state.postures.get(point.name)
    known = posture is not None and posture.authority != LOST
    return posture.value if posture is not None and known else writing_of(point).safe_value


def _after(site: Site, point: Point, draft: Draft, was_refused: bool) -> float:  # noqa: FBT001 - one of two cases
    """Return the value of a set-point after this tick, where no permit changes it."""
    state = draft.after
    if was_refused or point.name not in draft.decisions:
        return left_at(site, point, state)
    if not _can_move(site, point, state):
        return stuck_at(site, point, state)
    return _as_set(point, state)
