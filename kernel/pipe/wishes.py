"""Wishes: which of them may be arbitrated, and which one a decision comes from.

Pure. A wish that policy refused, or asks people about, is left out meanwhile, so that it locks nobody out. An
override that policy denied stays: its points are safe rather than the agents' again. Of a wish for a sum only
the refused parts are left out; its other parts go on meeting it.
"""

from __future__ import annotations

from collections.abc import Mapping

from kernel.decision import Decision
from kernel.pipe.override import MAKER, as_proposals, maker_of, value_wished
from kernel.pipe.standing import admitted, is_the_same
from kernel.pipe.state import PipeState, Refusal
from kernel.proposal import Proposal
from kernel.site import Site

Key = tuple[str, str]
"""Maker, and the point or sum that the wish is for."""
PERSON = "person:"
"""Before the name of a person who wishes."""


def may_wish(site: Site, state: PipeState, refusals: Mapping[Key, Refusal]) -> dict[Key, Proposal]:
    """Collect what is wanted and may be: by agents, by people and by overrides."""
    now_ns = state.image.now_ns
    wishes = admitted(state.standing, refusals, now_ns=now_ns)
    if not state.overrides:
        return wishes
    waiting = {
        key for key, r in refusals.items() if r.question and now_ns < r.until_ns and key[0].startswith(MAKER)
    }
    return wishes | as_proposals(site, state.overrides, waiting)


def wish_of(site: Site, state: PipeState, key: Key) -> Proposal | None:
    """Return the wish of a maker for a point or sum, as it stands; None where there is none to ask about."""
    wish = state.standing.get(key)
    return wish if wish is not None or key[1] not in site.row else value_wished(site, state.overrides, *key)


def person_behind(state: PipeState, agent: str) -> str:
    """Name the person whose wish a maker's is: who asked, or gave the override; empty for an agent."""
    told = maker_of(agent, state.overrides)
    if told is not None:
        return told.person
    return agent.removeprefix(PERSON) if agent.startswith(PERSON) else ""


def is_wished(state: PipeState, refusal: Refusal) -> bool:
    """Tell whether the wish that was refused still stands."""
    key = refusal.agent, refusal.on or refusal.point
    return key in state.standing or maker_of(refusal.agent, state.overrides) is not None


def refused_parts(state: PipeState) -> dict[Key, frozenset[str]]:
    """Return, by wish for a sum, the set-points that policy refused of it or asks people about."""
    found: dict[Key, frozenset[str]] = {}
    for refusal in state.refusals.values():
        wish = state.standing.get((refusal.agent, refusal.on)) if refusal.on else None
        is_out = refusal.by_policy and state.image.now_ns < refusal.until_ns
        if wish is not None and is_out and is_the_same(wish, refusal):
            key = refusal.agent, refusal.on
            found[key] = found.get(key, frozenset()) | {refusal.point}
    return found


def of_wish(decisions: Mapping[str, Decision], key: Key) -> list[Decision]:
    """Return the decisions that come from a wish: of a wish for a sum there are many."""
    return [decision for decision in decisions.values() if decision.wish == key]
