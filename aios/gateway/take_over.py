"""What a gateway takes over when it goes on under another site file: everything that still means the same.

Pure. What rests on a point, a sum, an agent or an asset that changed begins anew, as after a restart. A wish
goes on with all that belongs to it: the person's request, the questions about it, and the answer no. Where
what people saw when they were asked is no longer the same, the wish ends with its questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from kernel.pipe.standing import Standing
from kernel.pipe.state import PipeState
from kernel.pipe.wishes import PERSON
from kernel.question import Question
from kernel.request import Requested
from kernel.site import LoopSpec, Site


@dataclass(frozen=True, slots=True)
class Before:
    """Where a gateway stood when it ended a life."""

    site: Site
    state: PipeState


@dataclass(frozen=True, slots=True)
class _Same:
    """Names of what means the same under both site files."""

    assets: frozenset[str]
    points: frozenset[str]
    sums: frozenset[str]
    agents: frozenset[str]

    def may_stand(self, agent: str, about: str) -> bool:
        """Tell whether what a maker wishes for a point or sum still means the same."""
        return about in self.points | self.sums and (agent in self.agents or agent.startswith(PERSON))

    def may_answer(self, question: Question) -> bool:
        """Tell whether all that people were asked about is still the same."""
        seen = {question.point, *(one.point for one in question.preconditions)}
        return seen <= self.points and self.may_stand(*question.wish)


def taken_over(state: PipeState, site: Site, before: Before | None) -> PipeState:
    """Return the state of a new life, with what still fits of the one before."""
    if before is None:
        return state
    old, same = before.state, _same(before.site, site)
    seen: dict[str, Any] = {}
    if before.site.points == site.points:  # rows are the same: what was read is still known
        seen = {
            "image": replace(old.image, tick=state.tick),
            "watch": old.watch,
            "intervals": old.intervals,
        }
    points, own = same.points, same.agents & state.agents.keys()
    return msgspec.structs.replace(
        state,
        **seen,
        **_wished(old, same),
        agents={**state.agents, **{a: s for a, s in old.agents.items() if a in own}},
        postures={**state.postures, **{p: posture for p, posture in old.postures.items() if p in points}},
        shapes={**state.shapes, **{point: shape for point, shape in old.shapes.items() if point in points}},
        forecasts={point: f for point, f in old.forecasts.items() if point in points},
        plans={point: plan for point, plan in old.plans.items() if point in points},
        assessments={asset: told for asset, told in old.assessments.items() if asset in same.assets},
        orders={  # the gateway itself is no asset of a site: its own orders go on
            name: order
            for name, order in old.orders.items()
            if order.asset in same.assets or order.asset not in before.site.asset
        },
    )


def _wished(old: PipeState, same: _Same) -> dict[str, Any]:
    """Return the wishes that go on, with what people asked for, are asked, and have said of them."""
    ended = {question.wish for question in old.asked.values() if not same.may_answer(question)}
    standing = {key: wish for key, wish in old.standing.items() if same.may_stand(*key) and key not in ended}
    return {
        "standing": standing,
        "asked": {name: question for name, question in old.asked.items() if question.wish in standing},
        "requests": {key: one for key, one in old.requests.items() if _is_behind(one, standing)},
        "refusals": {
            key: no
            for key, no in old.refusals.items()
            if no.question and no.point in same.points and (no.agent, no.on or no.point) in standing
        },
    }


def _is_behind(request: Requested, standing: Standing) -> bool:
    """Tell whether a wish that stands is what a person requested."""
    wish = standing.get((PERSON + request.person, request.point))
    return wish is not None and wish.key == request.key


def _same(old: Site, new: Site) -> _Same:
    assets = frozenset(asset.name for asset in new.assets if old.asset.get(asset.name) == asset)
    points = _same_points(old, new, assets)
    sums = frozenset(
        one.name
        for one in new.sums
        if old.sum.get(one.name) == one
        and points.issuperset(point for point, _ in one.terms)
        and (not one.asset or one.asset in assets)
    )
    return _Same(assets=assets, points=points, sums=sums, agents=_same_agents(old, new, points))


def _same_points(old: Site, new: Site, assets: frozenset[str]) -> frozenset[str]:
    known = {point.name: point for point in old.points}
    return frozenset(
        point.name for point in new.points if known.get(point.name) == point and _asset(point.name) in assets
    )


def _same_agents(old: Site, new: Site, points: frozenset[str]) -> frozenset[str]:
    """Return agents whose loop is the same; one whose site changed around it begins anew."""
    if {point.name for point in new.points} != points or old.points != new.points:
        return frozenset()
    known: Mapping[str, LoopSpec] = {loop.agent: loop for loop in old.loops}
    return frozenset(loop.agent for loop in new.loops if known.get(loop.agent) == loop)


def _asset(point: str) -> str:
    return point.partition("/")[0]
