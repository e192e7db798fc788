"""Standing proposals: the latest unexpired wish of each agent for each point.

Pure. Agents of different periods share one arbitration because their proposals stand until they expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from kernel.pipe.state import PipeState, Refusal
from kernel.proposal import Proposal

Standing = Mapping[tuple[str, str], Proposal]
"""By agent and point."""


def stand(before: Standing, proposals: Iterable[Proposal], *, now_ns: int) -> dict[tuple[str, str], Proposal]:
    """Let new proposals replace the older ones of their makers, and drop what has expired."""
    table = {key: proposal for key, proposal in before.items() if proposal.expires_at_ns > now_ns}
    for proposal in proposals:
        if proposal.expires_at_ns > now_ns:
            table[proposal.agent, proposal.point] = proposal
    return table


def by_point(standing: Standing) -> dict[str, tuple[Proposal, ...]]:
    """Group proposals by point, in the order in which they narrow: priority, then agent's name."""
    ordered = sorted(standing.values(), key=lambda p: (p.point, p.priority, p.agent))
    grouped: dict[str, list[Proposal]] = {}
    for proposal in ordered:
        grouped.setdefault(proposal.point, []).append(proposal)
    return {point: tuple(proposals) for point, proposals in grouped.items()}


def admitted(
    standing: Standing, refusals: Mapping[tuple[str, str], Refusal], *, now_ns: int
) -> dict[tuple[str, str], Proposal]:
    """Leave out the wishes that policy refused and still would, so that they lock nobody out below them.

    Bounds go on holding: they only make less possible. A wish that has changed is a new one, and an
    operation asked for once is judged each time.
    """
    standing_now = {key: r for key, r in refusals.items() if r.by_policy and now_ns < r.until_ns}
    refused = {key for key, r in standing_now.items() if _is_about(r, standing.get(key))}
    if not refused:
        return dict(standing)
    bounds = {
        key: msgspec.structs.replace(p, wanted=None)
        for key, p in standing.items()
        if key in refused and not (p.low is None and p.high is None)
    }
    return {key: bounds.get(key, p) for key, p in standing.items() if key not in refused or key in bounds}


def clear_once(state: PipeState, points: Iterable[str]) -> PipeState:
    """Drop operations asked for once on these points: they were judged, they do not stand."""
    named = set(points)
    kept = {key: p for key, p in state.standing.items() if not (p.once and p.point in named)}
    return msgspec.structs.replace(state, standing=kept)


def _is_about(refusal: Refusal, wish: Proposal | None) -> bool:
    """Tell whether a refusal is about this wish, and not about one for a sum, or one that has changed."""
    return wish is not None and not refusal.on and is_the_same(wish, refusal)


def is_the_same(proposal: Proposal, refusal: Refusal) -> bool:
    """Tell whether a wish is still the one that was refused."""
    if refusal.question:
        wanted = proposal.wanted
        return wanted is not None and refusal.wanted_low <= wanted <= refusal.wanted_high
    return not proposal.once and proposal.wanted == refusal.wanted
