"""What a gateway takes over when it goes on under another site file: everything that still means the same.

Pure. What rests on a point, an agent or an asset that changed begins anew, as after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from kernel.pipe.state import PipeState
from kernel.site import LoopSpec, Site


@dataclass(frozen=True, slots=True)
class Before:
    """Where a gateway stood when it ended a life."""

    site: Site
    state: PipeState


def taken_over(state: PipeState, site: Site, before: Before | None) -> PipeState:
    """Return the state of a new life, with what still fits of the one before."""
    if before is None:
        return state
    old, same = before.state, _same_points(before.site, site)
    agents = _same_agents(before.site, site, same)
    seen: dict[str, Any] = {}
    if before.site.points == site.points:  # rows are the same: what was read is still known
        seen = {
            "image": replace(old.image, tick=state.tick),
            "watch": old.watch,
            "intervals": old.intervals,
        }
    return msgspec.structs.replace(
        state,
        **seen,
        agents={**state.agents, **{a: s for a, s in old.agents.items() if a in agents and a in state.agents}},
        standing={key: p for key, p in old.standing.items() if p.point in same and _known(p.agent, agents)},
        postures={**state.postures, **{p: posture for p, posture in old.postures.items() if p in same}},
        shapes={**state.shapes, **{point: shape for point, shape in old.shapes.items() if point in same}},
        forecasts={point: f for point, f in old.forecasts.items() if point in same},
        plans={point: plan for point, plan in old.plans.items() if point in same},
        orders=old.orders,
        asked={**state.asked, **{q: asked for q, asked in old.asked.items() if asked.point in same}},
    )


def _same_points(old: Site, new: Site) -> frozenset[str]:
    known = {point.name: point for point in old.points}
    assets = {asset.name: asset for asset in old.assets}
    kept = {asset.name for asset in new.assets if assets.get(asset.name) == asset}
    return frozenset(
        point.name for point in new.points if known.get(point.name) == point and _asset(point.name) in kept
    )


def _same_agents(old: Site, new: Site, points: frozenset[str]) -> frozenset[str]:
    """Return agents whose loop is the same; one whose site changed around it begins anew."""
    if {point.name for point in new.points} != points or old.points != new.points:
        return frozenset()
    known: Mapping[str, LoopSpec] = {loop.agent: loop for loop in old.loops}
    return frozenset(loop.agent for loop in new.loops if known.get(loop.agent) == loop)


def _known(agent: str, agents: frozenset[str]) -> bool:
    """Tell whether a proposal's maker goes on: an agent that is the same, or a person."""
    return agent in agents or agent.startswith("person:")


def _asset(point: str) -> str:
    return point.partition("/")[0]
