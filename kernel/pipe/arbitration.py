"""Arbitration of a tick: what is wished for, and what every set-point gets of it.

Pure. A set-point that stands in no sum is decided by itself, those of a tree of sums together; then each is
held back to what it may move. Which wishes count says `kernel.pipe.wishes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from kernel.command import Command
from kernel.decision import Decision
from kernel.pipe.arbiter import arbitrate
from kernel.pipe.issue import Issuer
from kernel.pipe.moving import Movement
from kernel.pipe.shaping import Moment, shaped_points, shapes_after
from kernel.pipe.standing import by_point
from kernel.pipe.state import PipeState, Refusal
from kernel.pipe.sums import Sums, sums_of
from kernel.pipe.tick import Decided, Draft
from kernel.pipe.wishes import may_wish
from kernel.point import NANOSECONDS
from kernel.proposal import Priority, Proposal
from kernel.verdict import Clamp

Refusals = Mapping[tuple[str, str], Refusal]
"""By agent and point."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arbitration:
    """What is fixed for a run about who gets what: the envelope, the sums, and how set-points move."""

    issuer: Issuer
    limits: Mapping[str, tuple[float, float]]
    """Lowest and highest value of each writable point, and of sums that have them."""
    sums: Sums | None
    movement: Movement

    @classmethod
    def of(cls, issuer: Issuer, limits: Mapping[str, tuple[float, float]]) -> Arbitration:
        """Grow the trees of a site's sums, and find its set-points that move within limits.

        Raises:
            ValueError: sums overlap.
        """
        sums = sums_of(issuer.site, limits)
        names = shaped_points(issuer.site)
        movement = Movement(issuer=issuer, limits=limits, sums=sums, names=names)
        return cls(issuer=issuer, limits=limits, sums=sums, movement=movement)

    def decide(self, state: PipeState, before_ns: int) -> dict[str, Decision]:
        """Decide every point for which anything is wished.

        Args:
            state: what is seen and what stands in this tick.
            before_ns: operational time of the tick before.
        """
        wishes = may_wish(self.issuer.site, state, state.refusals)
        return self._decided(by_point(wishes), state, before_ns)

    def clamped(self, draft: Draft, clamps: Sequence[tuple[Clamp, Command]]) -> Draft:
        """Decide once more, under the bounds that policy set, what they reach; the rest stays decided."""
        bounds = [_as_proposal(clamp, command, draft.outputs.now_ns) for clamp, command in clamps]
        points = {bound.point for bound in bounds}
        standing = may_wish(self.issuer.site, draft.after, draft.after.refusals)
        standing |= {(bound.agent, bound.point): bound for bound in bounds}
        related = self._related(points)
        wishes = {point: p for point, p in by_point(standing).items() if point in related}
        again = self._decided(wishes, draft.after, draft.before.image.now_ns)
        unclamped = {c.point: c.value for c in draft.candidates if c.point in points}
        return msgspec.structs.replace(draft, decisions=draft.decisions | again, unclamped=unclamped)

    def without(self, draft: Draft, refusals: Refusals, point: str) -> Decision | None:
        """Decide a point once more without the wishes that were refused."""
        state, related = msgspec.structs.replace(draft.after, refusals=refusals), self._related({point})
        wished = may_wish(self.issuer.site, state, refusals)
        wishes = by_point({key: p for key, p in wished.items() if p.point in related})
        return self._decided(wishes, state, draft.before.image.now_ns).get(point)

    def remembered(self, draft: Draft, decided: Decided) -> Decided:
        """Keep for the next tick from where shaped set-points move on."""
        if not self.movement.names:
            return decided
        moment = self._moment(draft.after, draft.before.image.now_ns)
        shapes = shapes_after(moment, self.movement.names, draft.decisions, decided.state)
        return msgspec.structs.replace(decided, state=msgspec.structs.replace(decided.state, shapes=shapes))

    def _related(self, points: set[str]) -> set[str]:
        return points if self.sums is None else self.sums.related(points)

    def _decided(
        self, wishes: Mapping[str, Sequence[Proposal]], state: PipeState, before_ns: int
    ) -> dict[str, Decision]:
        tick, sums = state.image.tick, self.sums
        decided: dict[str, Decision | None] = {
            name: arbitrate(
                self.issuer.site.point(name),
                proposals,
                limits=self.limits[name],
                tick=tick,
                trace=self.issuer.trace(tick, name),
            )
            for name, proposals in wishes.items()
            if sums is None or name not in sums.tree_of
        }
        if sums is not None:
            decided |= sums.decide(self.issuer, wishes, state, {})
        made = {name: decision for name, decision in decided.items() if decision is not None}
        if not self.movement.names:
            return made
        return self.movement.held_back(self._moment(state, before_ns), wishes, made)

    def _moment(self, state: PipeState, before_ns: int) -> Moment:
        elapsed_s = (state.image.now_ns - before_ns) / NANOSECONDS
        return Moment(site=self.issuer.site, state=state, elapsed_s=elapsed_s)


def _as_proposal(clamp: Clamp, command: Command, now_ns: int) -> Proposal:
    return Proposal(
        agent=f"policy:{clamp.rule}",
        point=command.point,
        priority=Priority.POLICY,
        low=clamp.low,
        high=clamp.high,
        reason=clamp.reason,
        made_at_ns=now_ns,
        expires_at_ns=now_ns + 1,
    )
