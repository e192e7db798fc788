"""Standing proposals: the latest unexpired wish of each agent for each point.

Pure. Agents of different periods share one arbitration because their proposals stand until they expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
