"""What an agent on a low rung may still propose; the kernel sees to it, not the agent.

Pure. On `hold` what stands may be renewed and nothing new is taken. On `safe` and `person` nothing is taken
and the agent's wishes are withdrawn; bounds go on holding until they expire: they only make less possible.
Where nobody wants a value any more, the point goes safe by the ordinary rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from kernel.ladder import Level
from kernel.pipe.standing import Standing
from kernel.pipe.state import Rung
from kernel.proposal import Proposal


def lowered(rungs: Mapping[str, Rung]) -> dict[str, Level]:
    """Return the agents that stand on `hold` or below."""
    low = {}
    for agent, rung in rungs.items():
        level = Level.of(rung.rung)
        if level >= Level.HOLD:
            low[agent] = level
    return low


def withheld(
    standing: Standing, wishes: Sequence[Proposal], low: Mapping[str, Level]
) -> tuple[Standing, tuple[Proposal, ...]]:
    """Return what may go on standing, and which of the wishes are taken."""
    if not low:
        return standing, tuple(wishes)
    left = {
        key: kept
        for key, proposal in standing.items()
        if (kept := _bounds_only(proposal) if low.get(key[0], 0) >= Level.SAFE else proposal) is not None
    }
    taken = (_taken(wish, left, low.get(wish.agent)) for wish in wishes)
    return left, tuple(wish for wish in taken if wish is not None)


def _bounds_only(proposal: Proposal) -> Proposal | None:
    if proposal.wanted is None:
        return proposal
    if proposal.low is None and proposal.high is None:
        return None
    return msgspec.structs.replace(proposal, wanted=None)


def _taken(wish: Proposal, standing: Standing, level: Level | None) -> Proposal | None:
    """Take a wish as it is, as a renewal of what stands, or not at all."""
    if level is None:
        return wish
    stands = standing.get((wish.agent, wish.point))
    if level >= Level.SAFE or stands is None or wish.wanted != stands.wanted:
        return None
    return msgspec.structs.replace(wish, low=stands.low, high=stands.high)
