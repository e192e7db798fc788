"""System calls: what an agent may ask of the kernel, and what it may have.

An agent gets capabilities, not objects: it names what it wants in its step, the kernel does it or denies it,
and what comes of it stands in a later view. A site may narrow what an agent declares, never widen it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kernel.proposal import Priority

STORE_BYTES: Final = 16_384
"""What an agent may keep at most, keys and values together."""
QUESTIONS: Final = 4
"""Questions of one agent to people that may be open at a time."""
INFERENCES: Final = 16
"""Inferences that one model may be asked for at a time; more are denied."""
INFER_S: Final = 3600.0
"""An inference that is not answered within this time has failed, operational seconds."""


class Infer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Asks a model agent to reckon with some inputs; it answers with one of its next steps."""

    model: str
    """Name of the agent."""
    inputs: dict[str, float]


class Inferred(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A model agent's answer to an inference that its view asked for."""

    id: str
    values: dict[str, float]
    failure: str = ""


class Store(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Keeps some bytes under a key until they are replaced; empty bytes take the key away."""

    key: str
    value: bytes


class AskPeople(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Asks people a question; the answer is a text of theirs."""

    question: str


Call = Infer | Inferred | Store | AskPeople
"""What a step may ask of the kernel."""


class Inference(msgspec.Struct, frozen=True, kw_only=True):
    """An inference that waits for its model."""

    id: str
    asked_by: str
    inputs: dict[str, float]
    until_ns: int
    """Then it has failed, operational nanoseconds."""


class AskedPeople(msgspec.Struct, frozen=True, kw_only=True):
    """A question of an agent to people."""

    id: str
    agent: str
    question: str
    at_ns: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a call that takes time: it stands in the next view of who made it."""

    id: str
    """`TRACE.N`: trace of the view in which it was asked, and the place of the call in the step."""
    values: dict[str, float] = {}
    text: str = ""
    """A person's answer."""
    by: str = ""
    """The model, or `person:NAME`."""
    failure: str = ""
    """Why there is no answer; empty where there is one."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent keeps under a key from now on; empty bytes mean nothing."""

    agent: str
    key: str
    value: bytes


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was not granted, and why."""

    agent: str
    call: Call
    why: str
    trace: str
    at_ns: int


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel keeps for an agent."""

    stored: dict[str, bytes] = {}
    answers: tuple[Answer, ...] = ()
    """What its next view tells it."""
    inferences: tuple[Inference, ...] = ()
    """What it is asked for as a model."""
    questions: tuple[AskedPeople, ...] = ()
    """What it has asked people and nobody has answered."""


NOTHING: Final = Agency()


class May(msgspec.Struct, frozen=True, kw_only=True):
    """What a site narrows; None leaves an agent what it declares."""

    read: tuple[str, ...] | None = None
    propose: tuple[str, ...] | None = None
    highest_priority: str | None = None
    infer: tuple[str, ...] | None = None
    store_bytes: int | None = None
    ask: bool | None = None


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """What one agent may do."""

    read: frozenset[str]
    propose: frozenset[str]
    highest_priority: Priority = Priority.SAFETY
    infer: frozenset[str] = frozenset()
    store_bytes: int = 0
    ask: bool = False


def capability_of(agent: object, may: May | None = None) -> Capability:
    """Return what an agent declares, narrowed by its site.

    An agent declares `reads` and `proposes`, and where it needs more `infers` (models), `store_bytes` and
    `asks`.

    >>> class Shed:
    ...     reads, proposes, asks = ("grid/active_power",), ("bat1/setpoint",), True
    >>> capability_of(Shed(), May(ask=False, highest_priority="control")).ask
    False
    """
    may = may or May()
    read, propose = frozenset(getattr(agent, "reads", ())), frozenset(getattr(agent, "proposes", ()))
    infer = frozenset(getattr(agent, "infers", ()))
    stored = min(int(getattr(agent, "store_bytes", 0)), STORE_BYTES)
    highest = Priority.SAFETY if may.highest_priority is None else Priority[may.highest_priority.upper()]
    return Capability(
        read=read if may.read is None else read & frozenset(may.read),
        propose=propose if may.propose is None else propose & frozenset(may.propose),
        highest_priority=max(highest, Priority.SAFETY),
        infer=infer if may.infer is None else infer & frozenset(may.infer),
        store_bytes=stored if may.store_bytes is None else min(stored, may.store_bytes),
        ask=bool(getattr(agent, "asks", False)) and may.ask is not False,
    )
