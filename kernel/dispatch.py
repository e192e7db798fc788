"""Dispatch: where the work on a repair order stands, who has it, and what people have said of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class WorkStage(StrEnum):
    """Where the work on an order stands."""

    OPEN = "open"
    """Nobody has it."""
    CLAIMED = "claimed"
    """Somebody has it, and will decide."""
    PLANNED = "planned"
    """It will be done at a time."""
    DEFERRED = "deferred"
    """It waits on purpose, until a time."""
    REJECTED = "rejected"
    """Somebody has said that it will not be done."""
    DONE = "done"
    """Somebody has said that it is done."""
    BACK = "back"
    """It wants a decision again, and says why; nobody has it."""
    CLOSED = "closed"
    """What the order was about is over."""


ASIDE: Final = frozenset({WorkStage.DEFERRED, WorkStage.REJECTED, WorkStage.DONE})
"""Stages in which nobody has to decide, unless the order comes back."""
WANTING: Final = frozenset({WorkStage.OPEN, WorkStage.BACK, WorkStage.CLAIMED})
"""Stages in which somebody has to decide."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to the work on an order."""

    stage: WorkStage
    by: str
    """Person; empty where the order came back or closed by itself."""
    at_ns: int
    why: str


class Dispatch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The work on one repair order, as people have left it."""

    order: str
    """Id of the repair order."""
    stage: WorkStage
    by: str
    """Who has it, or who put it aside; empty where nobody has."""
    since_ns: int
    """Since when it stands so, operational time, nanoseconds since 1970 UTC."""
    until_ns: int = 0
    """When it is to be done, or waits no longer; 0 where no time was said."""
    reason: str
    """Why it stands so."""
    cost: float = 0.0
    """What a day of waiting cost when it was put aside, in the currency of the site: it comes back dearer."""
    condition: str = ""
    """What was wrong then, in a few words: it comes back where it is another."""
    history: tuple[Turn, ...] = ()
    """What happened to it, the oldest first; the newest 32."""
