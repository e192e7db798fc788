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


class BundleStep(StrEnum):
    """What becomes of a policy bundle."""

    SHADOW = "shadow"
    """It is asked beside the active one; what it says is compared and counts for nothing."""
    PROMOTE = "promote"
    """What it says counts: for the commands of the assets that are named, else for all."""
    ROLLBACK = "rollback"
    """What is tried is tried no more; where nothing is, the bundle before takes the active one's place."""


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


class Approval(Told, frozen=True, kw_only=True, tag=True):
    """A person's answer to a question that policy asked."""

    asked: str
    """Id of the question."""
    granted: bool
    digest: str = ""
    """Digest of the question as the person saw it; empty means as it stands."""


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
    """Set by the gateway: person of the key that signed the bundle."""
    loosens: str = ""
    """Set by the gateway: what it permits beyond the active one, in words; empty where it was seen to permit
    nothing more."""
    unfit: str = ""
    """Set by the gateway: why the bundle cannot be taken; empty where it can."""


Instruction = Approval | PointMode | Override | HandBack | AgentChange | Reply | BundleAct


class Unfit(msgspec.Struct, frozen=True):
    """Why an instruction cannot be taken."""

    reason: str


class Instructed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an instruction."""

    instruction: Instruction
    refused: str = ""
    """Why it was refused; empty where it was taken."""


def subject(instruction: Instruction) -> str:  # noqa: PLR0911 - one line a kind
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
        case Reply():
            return instruction.question
        case BundleAct():
            return instruction.revision or "policies"
