"""Answers to remote commands: what the journal says of each, made into events.

Pure. The journal is the only source: whoever reads it again says the same again, under the same event ids.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from drivers.mqtt.contracts import TYPE_PREFIX, Event, text_of
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.topics import answer_topic
from kernel.command import NEVER_LEFT, Outcome, Receipt, Sent
from kernel.journal.chain import Entry
from kernel.remote import PASSING, Signed
from kernel.request import Requested, RequestStage
from kernel.shell.wire import TurnedAway

KINDS: Final = frozenset({"request", "sent", "receipt"})
"""Kinds of entries that answers are made of."""
FOLLOWED: Final = 4096
"""Commands on the way that are followed at a time; the oldest give way."""
FOLLOWERS: Final = 64
"""Signed commands that are told of one command of the gateway; the oldest give way."""
Followed = TypeVar("Followed")


class AnswerStage(StrEnum):
    """How far a remote command has come."""

    ACCEPTED = "accepted"
    """It stands in the journal; arbiter and policy decide."""
    ASKED = "asked"
    """Policy asks people about it."""
    PERMITTED = "permitted"
    """A command came of it, or one that stands already sets what was asked for."""
    SENT = "sent"
    """That command left the gateway."""
    REFUSED = "refused"
    """Not taken, or denied by policy; `refusal` is the name of the reason."""
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    ENDED = "ended"
    """The command has its end, which is `outcome`."""


OVER: Final = frozenset({AnswerStage.REFUSED, AnswerStage.SUPERSEDED, AnswerStage.EXPIRED, AnswerStage.ENDED})
"""Stages after which nothing follows."""
BY_POLICY: Final = "policy"
"""Name of a refusal that came after the command had been taken."""
_STAGES: Final = {
    RequestStage.TAKEN: AnswerStage.ACCEPTED,
    RequestStage.ASKED: AnswerStage.ASKED,
    RequestStage.PERMITTED: AnswerStage.PERMITTED,
    RequestStage.REFUSED: AnswerStage.REFUSED,
    RequestStage.SUPERSEDED: AnswerStage.SUPERSEDED,
    RequestStage.EXPIRED: AnswerStage.EXPIRED,
}


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a remote command so far."""

    id: str
    """Id of the command, as its sender gave it."""
    key: str
    """Name of the key that signed it; empty where nothing was verified."""
    digest: str
    """SHA-256 of the token, hexadecimal: an answer to another token with this id is not meant for you."""
    stage: AnswerStage
    refusal: str = ""
    """Name of the reason where it is refused: one of `kernel.remote.NotTaken`, or `policy`."""
    why: str = ""
    """In words."""
    command: str = ""
    """Id of the gateway's command, question or refusal: `aios explain` tells of it."""
    outcome: Outcome | None = None
    """What became of the command on the device; for `ended` only."""
    value: float | None = None
    """What was read back, in the unit of the feedback point; for `ended` only."""
    may_repeat: bool = False
    """Whether the same token may be taken later: nothing was said of the command itself."""


_Said = tuple[str, CommandAnswer]
"""An event id, and what is told under it."""


class Answers:
    """Follows signed commands through the entries of a journal, in order."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        self._signed: OrderedDict[str, Signed] = OrderedDict()
        """By request key."""
        self._commands: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        """Request keys by id of the gateway's command: it may set what several of them asked for."""

    def hear(self, entry: Entry) -> tuple[tuple[str, CommandAnswer], ...]:
        """Return event ids and answers: one for each signed command that an entry is about."""
        said: tuple[_Said | None, ...]
        match entry.kind:
            case "request":
                said = (self._request(msgspec.json.decode(entry.body, type=Requested)),)
            case "sent" if entry.subject in self._commands:
                said = self._sent(msgspec.json.decode(entry.body, type=Sent))
            case "receipt" if entry.subject in self._commands:
                said = self._receipt(msgspec.json.decode(entry.body, type=Receipt))
            case _:
                said = ()
        return tuple(one for one in said if one is not None)

    def _request(self, request: Requested) -> _Said | None:
        if request.signed is not None:
            _follow(self._signed, request.key, request.signed)
        stage = _STAGES.get(request.stage)
        if stage is None or request.key not in self._signed:
            return None
        if request.stage is RequestStage.PERMITTED and request.command:
            _follow(self._commands, request.command, self._followers(request.command, request.key))
        refusal = (request.refusal or BY_POLICY) if stage is AnswerStage.REFUSED else ""
        return self._answer(request.key, stage, refusal=refusal, why=request.why, command=request.command)

    def _followers(self, command: str, key: str) -> tuple[str, ...]:
        """Return the keys of those who wait for the end of a command; the oldest give way."""
        waiting = (one for one in self._commands.get(command, ()) if one in self._signed and one != key)
        return (*waiting, key)[-FOLLOWERS:]

    def _sent(self, sent: Sent) -> tuple[_Said | None, ...]:
        if sent.transmission in NEVER_LEFT:
            return ()
        why = f"{sent.transmission.value}: {sent.detail}" if sent.detail else sent.transmission.value
        keys = self._commands[sent.command]
        return tuple(self._answer(key, AnswerStage.SENT, why=why, command=sent.command) for key in keys)

    def _receipt(self, receipt: Receipt) -> tuple[_Said | None, ...]:
        end: dict[str, Any] = {"outcome": receipt.outcome, "value": receipt.value}
        return tuple(
            self._answer(key, AnswerStage.ENDED, why=receipt.detail, command=receipt.command, **end)
            for key in self._commands.pop(receipt.command)
        )

    def _answer(
        self, key: str, stage: AnswerStage, *, refusal: str = "", why: str = "", command: str = "", **end: Any
    ) -> _Said | None:
        signed = self._signed.pop(key, None) if stage in OVER else self._signed.get(key)
        if signed is None:
            return None
        answer = CommandAnswer(
            id=signed.id,
            key=signed.key,
            digest=signed.digest,
            stage=stage,
            refusal=refusal,
            why=why,
            command=command,
        )
        return f"command:{key}:{stage.value}", msgspec.structs.replace(answer, **end)


def _follow(followed: OrderedDict[str, Followed], name: str, what: Followed) -> None:
    followed[name] = what
    if len(followed) > FOLLOWED:
        followed.popitem(last=False)


def turned_away(token: str, away: TurnedAway) -> tuple[str, CommandAnswer]:
    """Return the answer to a token that is no entry of the journal."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    answer = CommandAnswer(
        id=away.id,
        key="",
        digest=digest,
        stage=AnswerStage.REFUSED,
        refusal=away.refusal.value,
        why=away.why,
        may_repeat=away.refusal in PASSING,
    )
    return f"command:{away.id}:{away.refusal.value}:{digest}", answer


def message_of(site: str, event_id: str, answer: CommandAnswer, *, at_ns: int) -> OutgoingMessage:
    """Return the message that tells an answer.

    Args:
        site: name of the site.
        event_id: the same answer again has the same one.
        answer: what to tell.
        at_ns: when it became so, nanoseconds since 1970 UTC.
    """
    event = Event(
        id=event_id,
        source=f"aios/{site}",
        type=f"{TYPE_PREFIX}command_answer.v1",
        time=text_of(at_ns),
        data=answer,
    )
    return OutgoingMessage(topic=answer_topic(site, answer.id), payload=msgspec.json.encode(event))
