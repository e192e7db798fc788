"""What people do with an agent: suspend it, let it go on, let it begin again, answer what it asks."""

from __future__ import annotations

from aios.control_room.acts.offer import Offer, path_of
from kernel.capability import AskedPeople


def agent_offers(agent: str, *, suspended: bool) -> tuple[Offer, ...]:
    """Return what may be done with an agent as it is."""
    about = f"{agent}, {'suspended' if suspended else 'at work'} now"
    first = ("resume", "Resume…", "r") if suspended else ("suspend", "Suspend…", "s")
    return tuple(
        Offer(action=action, word=word, key=key, path=path_of("agents", agent, act), about=about)
        for (act, word, key), action in ((first, "suspend"), (("restart", "Begin anew…", "b"), "restart"))
    )


def reply_offers(asked: AskedPeople) -> tuple[Offer, ...]:
    """Return the one act on a question that an agent asks in words."""
    return (
        Offer(
            action="approve",
            word="Answer…",
            key="a",
            path=path_of("agent-questions", asked.id),
            about=f"{asked.agent} asks: {asked.question}",
            reason="text",
        ),
    )
