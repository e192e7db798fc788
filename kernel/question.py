"""Questions: what policy wants a person to answer before a command may be written."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from kernel.confidence import Confidence
from kernel.instruction import Approval


class Stage(StrEnum):
    """Where a question stands."""

    ASKED = "asked"
    ANSWERED = "answered"
    """Somebody has agreed, and somebody else must too."""
    APPROVED = "approved"
    """Enough people have agreed: the wish is judged again on the newest readings."""
    OPERATED = "operated"
    """Permitted with these approvals; of an operation asked for once it is the end."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Nobody decided in time, or what was approved could not be done in time."""
    WITHDRAWN = "withdrawn"
    """The wish is gone or has changed."""
    VOID = "void"
    """What it rested on has changed: what people said of it does not count any more."""
    REFUSED = "refused"
    """Approved, and then denied by policy on the newest readings."""
    CLOSED = "closed"
    """A set-point that was operated is wanted no more, or its approval has run out."""


ENDS: Final = frozenset(
    {Stage.REJECTED, Stage.EXPIRED, Stage.WITHDRAWN, Stage.VOID, Stage.REFUSED, Stage.CLOSED}
)
OPEN: Final = frozenset({Stage.ASKED, Stage.ANSWERED})
"""Stages in which a question can be answered."""
COUNTS: Final = frozenset({Stage.APPROVED, Stage.OPERATED})
"""Stages in which its approvals count."""


class Precondition(msgspec.Struct, frozen=True, kw_only=True):
    """One reading that policy saw when it asked, as coarse as it must stay for the answer to hold."""

    point: str
    usable: bool
    """Whether it was good; a reading that was not is asked for nothing."""
    value: float | None = None
    """In the point's unit; None where only its being there counts."""
    band: float = 0.0
    """How far the value may move, in the point's unit; 0 for codes, which must not change."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Policy asks people about one wish: what they approve is this point, this range, these preconditions."""

    id: str
    """Id that the command would have had."""
    trace: str
    point: str
    value: float
    """What would be written, in the point's unit."""
    low: float
    """Lowest value that an approval covers."""
    high: float
    once: bool
    asked_by: str
    """Whose wish it is: an agent's name or `person:NAME`."""
    wanted_low: float
    """Lowest wish that is still the same one."""
    wanted_high: float
    rule: str
    reason: str
    revision: str
    approvals: int
    roles: tuple[str, ...]
    asked_at_ns: int
    decide_by_ns: int
    """Last time to decide."""
    holds_s: float
    preconditions: tuple[Precondition, ...]
    digest: str
    """Of everything that an approval binds, hexadecimal."""
    stage: Stage = Stage.ASKED
    answers: tuple[Approval, ...] = ()
    stands_until_ns: int = 0
    """End of the approval; 0 before it is complete."""
    on: str = ""
    """The sum that the wish is for; empty where it is for the point itself."""
    wish_reason: str = ""
    """Why it is wished, in the words of who asks; empty in journals of earlier versions."""
    person: str = ""
    """Who asks, and therefore does not answer: who wished, or gave the override; empty where an agent did."""
    claimed_by: str = ""
    """Who has said that they look at it, and answers first; empty where nobody has."""
    escalate_to: tuple[str, ...] = ()
    """Roles that may answer as well once it is escalated."""
    escalate_at_ns: int = 0
    """When it is, if people have not decided; 0 means never."""
    escalated: bool = False
    confidence: Confidence | None = None
    """How sure the agent is that wishes it; None where it does not say."""

    @property
    def may_answer(self) -> tuple[str, ...]:
        """Roles that may answer now; empty means any."""
        return (*self.roles, *self.escalate_to) if self.roles and self.escalated else self.roles

    @property
    def wish(self) -> tuple[str, str]:
        """Maker of the wish, and the point or sum that it is for."""
        return self.asked_by, self.on or self.point

    @property
    def is_over(self) -> bool:
        """Whether nothing more can become of it."""
        return self.stage in ENDS or (self.stage is Stage.OPERATED and self.once)


class QuestionChange(msgspec.Struct, frozen=True, kw_only=True):
    """A question in its new stage, and why it is there."""

    question: Question
    why: str
