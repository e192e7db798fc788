"""Instructions: what a person tells the gateway, other than a wish for a value.

Each enters a tick as an input, and is journalled whether it was taken or refused.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Mode(StrEnum):
    """How a point is operated."""

    NORMAL = "normal"
    """Read and commanded as declared; the end of every other mode. A local point calls it `remote`."""
    LOCAL = "local"
    """People operate the device on the spot: it is read, and not commanded."""
    BLOCKED = "blocked"
    """Its reading is frozen on purpose, and it is not commanded."""
    SUBSTITUTED = "substituted"
    """A person's value stands in the place of its reading."""
    TEST = "test"
    """It is read as in test; commands are decided and journalled, and never leave the gateway."""


class Change(StrEnum):
    """What becomes of an agent."""

    SUSPEND = "suspend"
    RESUME = "resume"
    RESTART = "restart"


class OnAlarm(StrEnum):
    """What a person does to an alarm."""

    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    TAKE_OUT = "take_out"
    PUT_BACK = "put_back"


class BundleStep(StrEnum):
    """What becomes of a policy bundle."""

    SHADOW = "shadow"
    """It is asked beside the active one; what it says is compared and counts for nothing."""
    PROMOTE = "promote"
    """What it says counts: for the commands of the assets that are named, else for all."""
    ROLLBACK = "rollback"
    """What is tried is tried no more; where nothing is, the bundle before takes the active one's place."""


class OnOrder(StrEnum):
    """What a person does with a repair order."""

    CLAIM = "claim"
    RELEASE = "release"
    PLAN = "plan"
    DEFER = "defer"
    REJECT = "reject"
    DONE = "done"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What every instruction carries: who, why and when, and the key that makes it once."""

    key: str
    """Idempotency key, chosen by whoever sends it: the same instruction sent again has the same one."""
    person: str
    role: str = ""
    """Role of the person, such as `OPERATOR` (IEC 62351-8); empty where nobody has vouched for one."""
    reason: str
    at_ns: int = 0
    """Operational time at which the gateway heard it, nanoseconds since 1970 UTC."""
    way: str = ""
    """How the person is known: `desk` or `token`, where a control room vouches for them; `socket` where
    nobody does, and they may open the gateway's socket. Empty in journals of earlier versions."""
    sign_in: str = ""
    """The sign-in that the person acts in; empty where nobody vouches."""


class Approval(Told, frozen=True, kw_only=True, tag=True):
    """A person's answer to a question that policy asked."""

    asked: str
    """Id of the question."""
    granted: bool
    digest: str = ""
    """Digest of the question as the person saw it; empty means as it stands."""


class ClaimQuestion(Told, frozen=True, kw_only=True, tag=True):
    """Says that a person looks at a question and will answer it, or that they do not any more."""

    question: str
    """Id of the question."""
    release: bool = False


class PointMode(Told, frozen=True, kw_only=True, tag=True):
    """Sets the mode of a point, until it is set again or its time is over."""

    point: str
    mode: Mode
    value: float | None = None
    """The value to read instead, in the point's unit; for `substituted` only."""
    until_ns: int = 0
    """Operational time at which the point is normal again; 0 means never by itself."""


class Override(Told, frozen=True, kw_only=True, tag=True):
    """Puts a person's value over all agents on every point that matches, for a time. Its key is its id."""

    pattern: str
    """Shell pattern over the names of writable points, such as `feeder*/setpoint`."""
    value: float | None
    """The value, in the unit of each point; None means each point's safe value."""
    until_ns: int


class HandBack(Told, frozen=True, kw_only=True, tag=True):
    """Ends an override before its time."""

    override: str
    """Id of the override."""


class AgentChange(Told, frozen=True, kw_only=True, tag=True):
    """Suspends, resumes or restarts an agent."""

    agent: str
    change: Change


Lasting = PointMode | Override
"""Instructions that hold for a time."""


class Reply(Told, frozen=True, kw_only=True, tag=True):
    """A person's answer to a question that an agent asked."""

    question: str
    """Id of the question."""
    text: str


class AlarmAct(Told, frozen=True, kw_only=True, tag=True):
    """Acknowledges or shelves an alarm, takes it out of service, or brings it back."""

    alarm: str
    """Id of the alarm."""
    act: OnAlarm
    until_ns: int = 0
    """Operational time at which shelving ends; 0 for everything else."""


class BundleAct(Told, frozen=True, kw_only=True, tag=True):
    """Tries, promotes or takes back a signed policy bundle; what the gateway finds out of it stands here."""

    step: BundleStep
    revision: str = ""
    """Of the bundle, as it stands on the shelf; empty to go back to what was before."""
    assets: tuple[str, ...] = ()
    """For the commands of these assets alone what it says counts; empty for all."""
    approver: str = ""
    """Who agrees to a bundle that permits more than the active one; never its signer."""
    expects: str = ""
    """Set by the gateway: revision that answers from then on, with the facts of the site in it."""
    signer: str = ""
    """Set by the gateway: person of the key that signed the bundle; below, the account."""
    signer_account: str = ""
    loosens: str = ""
    """Set by the gateway: what it permits beyond the active one, in words; empty where it was seen to permit
    nothing more."""
    unfit: str = ""
    """Set by the gateway: why the bundle cannot be taken; empty where it can."""


class OrderAct(Told, frozen=True, kw_only=True, tag=True):
    """Claims a repair order, gives it back, or decides on it."""

    order: str
    """Id of the order."""
    act: OnOrder
    until_ns: int = 0
    """Operational time by which it is planned, or until which it is deferred; 0 for everything else."""


class OpenItems(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for people at a moment."""

    alarms_unacknowledged: int = 0
    alarms_shelved: int = 0
    alarms_out_of_service: int = 0
    orders_undecided: int = 0
    orders_planned: int = 0
    questions: int = 0
    overrides: int = 0
    points_not_normal: int = 0
    agents_suspended: int = 0

    def counted(self) -> tuple[tuple[str, int], ...]:
        """Return what there is any of, in words.

        >>> OpenItems(questions=2).counted()
        (('questions', 2),)
        """
        counts = msgspec.structs.asdict(self).items()
        return tuple((name.replace("_", " "), count) for name, count in counts if count)


class HandOver(Told, frozen=True, kw_only=True, tag=True):
    """The note from one shift to the next; orders and questions of the one go on as those of the other."""

    note: str
    """What the next shift must know."""
    giver: str
    """Who hands over."""
    taker: str
    """Who takes over."""
    open: OpenItems = OpenItems()
    """What is open then, counted by the gateway; what was typed does not count."""


class LegalHold(Told, frozen=True, kw_only=True, tag=True):
    """Holds a span of the journal against retention, or lets it go again."""

    name: str
    """Name of the hold; the same name again takes the place of the one before."""
    from_ns: int
    """Operational time at which the span begins, nanoseconds since 1970 UTC."""
    until_ns: int = 0
    """Operational time before which it ends; 0 where it has no end yet."""
    release: bool = False
    """Whether the hold of that name is let go."""


Instruction = (
    Approval
    | PointMode
    | Override
    | HandBack
    | AgentChange
    | Reply
    | BundleAct
    | AlarmAct
    | OrderAct
    | HandOver
    | ClaimQuestion
    | LegalHold
)


class Unfit(msgspec.Struct, frozen=True):
    """Why an instruction cannot be taken."""

    reason: str


class Instructed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an instruction."""

    instruction: Instruction
    refused: str = ""
    """Why it was refused; empty where it was taken."""


def subject(instruction: Instruction) -> str:  # noqa: C901, PLR0911 - one line a kind
    """Name what an instruction is about, as the journal files it.

    >>> subject(HandBack(key="k", person="p", reason="r", override="o1"))
    'o1'
    """
    match instruction:
        case Approval():
            return instruction.asked
        case PointMode():
            return instruction.point
        case Override():
            return instruction.key
        case HandBack():
            return instruction.override
        case AgentChange():
            return instruction.agent
        case Reply() | ClaimQuestion():
            return instruction.question
        case AlarmAct():
            return instruction.alarm
        case OrderAct():
            return instruction.order
        case HandOver():
            return "shift"
        case BundleAct():
            return instruction.revision or "policies"
        case LegalHold():
            return instruction.name
