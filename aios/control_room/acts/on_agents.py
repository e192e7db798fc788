"""What people do with an agent: suspend it, let it go on, let it begin again, answer what it asks."""

from __future__ import annotations

from aios.control_room.acts.offer import Offer, path_of
from edge.access.right import right_to
from kernel.capability import AskedPeople
from kernel.instruction import Change, Reply


def agent_offers(agent: str, *, suspended: bool) -> tuple[Offer, ...]:
    """Return what may be done with an agent as it is."""
    about = f"{agent}, {'suspended' if suspended else 'at work'} now"
    first = (Change.RESUME, "Resume…", "r") if suspended else (Change.SUSPEND, "Suspend…", "s")
    return tuple(
        Offer(
            action=right_to(change).action,
            word=word,
            key=key,
            path=path_of("agents", agent, change.value),
            about=about,
        )
        for change, word, key in (first, (Change.RESTART, "Begin anew…", "b"))
    )


def reply_offers(asked: AskedPeople) -> tuple[Offer, ...]:
    """Return the one act on a question that an agent asks in words."""
    return (
        Offer(
            action=right_to(Reply).action,
            word="Answer…",
            key="a",
            path=path_of("agent-questions", asked.id),
            about=f"{asked.agent} asks: {asked.question}",
            reason="text",
        ),
    )
