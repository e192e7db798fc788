"""The intake: hears signed commands one after the other, and lets each through the door once.

Nobody before it is trusted: not the broker, not the process that fetched the token. What it has taken or
finally refused stands in the journal with the token, in the same commit as what came of it; until then nobody
is told. So a command that is sent again, whoever died meanwhile, has its effect once.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from edge.door import Door, Full
from edge.intake.bucket import Bucket
from edge.intake.keys import TrustedKeys
from edge.intake.register import Register, evidence, other_key, own_key
from edge.intake.terms import CivilTime, Reason, breach, stands_s
from edge.intake.token import Unverified, Verified, verified
from edge.intake.turned import Turned
from kernel.instruction import Unfit
from kernel.remote import PASSING, NotTaken
from kernel.request import Requested, RequestStage
from kernel.shell.clock_watch import NOT_SYNCHRONISED
from kernel.shell.kernel import Kernel
from kernel.shell.queues import QueueState
from kernel.shell.wire import Accepted, Answer, HearCommand, Repeated, Sample, TurnedAway
from kernel.site import RemoteCommands, Sender

AT_ONCE: Final = 100
"""Tokens that are looked at one right after the other."""
PER_S: Final = 50.0
"""Tokens that are looked at in a real second."""


class Intake:
    """Takes remote commands for a gateway."""

    def __init__(self, kernel: Kernel, door: Door, terms: RemoteCommands) -> None:
        """Hear commands under the terms of a site."""
        self._kernel, self._door, self._terms = kernel, door, terms
        self._senders = {sender.key: sender for sender in terms.senders}
        self._keys = TrustedKeys(Path(terms.keys), self._senders)
        self._looks = Bucket(AT_ONCE, per_s=PER_S)
        self._rates = {name: Bucket(terms.per_minute, per_s=terms.per_minute / 60) for name in self._senders}
        self._register = Register()
        self._has_taken_up = False
        self._turn = asyncio.Lock()
        self._turned = Turned()
        self._inbox = QueueState(name="remote commands", depth=0, bound=0, dropped=0)

    def queues(self) -> tuple[QueueState, ...]:
        """Return what waits in the process that fetches, as it said last."""
        return (self._inbox,)

    def samples(self) -> Iterator[Sample]:
        """Yield how many commands came, by what became of them at the door."""
        return self._turned.samples()

    async def hear(self, heard: HearCommand) -> Answer:
        """Take a token: accepted, heard before, or turned away by name."""
        self._inbox = QueueState(
            name="remote commands", depth=heard.waiting, bound=heard.bound, dropped=heard.dropped
        )
        if not self._looks.take(self._kernel.shell.stopwatch_ns()):
            return self._proves_nothing(Unverified(refusal=NotTaken.TOO_MANY, why="too many commands come"))
        async with self._turn:
            found = await asyncio.to_thread(verified, heard.token, self._keys.find)
            if isinstance(found, Unverified):
                return self._proves_nothing(found)
            try:
                key = await self._key_for(found)
            except sqlite3.Error as error:
                why = f"the gateway cannot read its journal: {error}"
                return self._proves_nothing(
                    Unverified(refusal=NotTaken.JOURNAL_AWAY, why=why, id=found.claims.jti)
                )
            if self._register.knows(key) and self._register.is_same(key, found.claims):
                self._turned.count("repeated")
                return Repeated(key=key, stage="", why="heard before")
            return self._judge(key, found)

    async def _key_for(self, command: Verified) -> str:
        """Return the key of a command, or another one where its id was used for something else."""
        own = own_key(command)
        await self._take_up(own)
        if not self._register.knows(own) or self._register.is_same(own, command.claims):
            return own
        other = other_key(command)
        await self._take_up(other)
        return other

    async def _take_up(self, key: str) -> None:
        """Let the register hear what the journal knows."""
        if not self._has_taken_up:
            await asyncio.to_thread(
                self._door.read, lambda told: self._register.take_up_sequences(told.asked())
            )
            self._has_taken_up = True
        if not self._register.knows(key):
            self._register.take_up(key, await self._door.history(key))

    def _judge(self, key: str, command: Verified) -> Answer:
        """Take a command that nobody has heard before, or say why not. Nothing is awaited here."""
        sender, time = self._senders[command.key], self._time()
        reason = (
            self._away(command)
            or (Reason(NotTaken.ID_REUSED, "its id was used for another command") if "#" in key else None)
            or breach(command.claims, sender, self._terms, self._kernel.pipe.site, time)
            or self._register.order(command)
        )
        asked = self._asked(key, command, sender)
        if reason is not None:
            return self._refuse(asked, command, reason)
        validity_s = stands_s(command.claims, self._kernel.pipe.site, time)
        match self._door.take_signed(asked, validity_s=validity_s):
            case Unfit(reason=why):
                return self._refuse(asked, command, Reason(NotTaken.NOT_POSSIBLE, why))
            case Full():
                return self._refuse(
                    asked, command, Reason(NotTaken.TOO_MANY, "too many wait for the next tick")
                )
            case Accepted() as accepted:
                self._register.taken(key, command)
                self._turned.count("taken")
                return accepted

    def _away(self, command: Verified) -> Reason | None:
        """Say why no command could be entered now."""
        if not self._rates[command.key].take(self._kernel.shell.clock.now_ns()):
            return Reason(NotTaken.TOO_MANY, f"key {command.key} has sent its share of this minute")
        if self._kernel.state.journal_failure:
            return Reason(NotTaken.JOURNAL_AWAY, "the gateway cannot write its journal")
        return None

    def _refuse(self, asked: Requested, command: Verified, reason: Reason) -> TurnedAway:
        """Turn a command away: for good, with an entry of its own, or until it is sent again."""
        named = Unverified(refusal=reason.refusal, why=reason.why, id=command.claims.jti)
        if reason.refusal in PASSING:
            return self._proves_nothing(named)
        over = msgspec.structs.replace(
            asked, stage=RequestStage.REFUSED, why=reason.why, refusal=reason.refusal.value
        )
        if not self._kernel.inbox.turn_away(over):
            full = Unverified(refusal=NotTaken.TOO_MANY, why="too many wait for the next tick", id=named.id)
            return self._proves_nothing(full)
        self._register.refused(asked.key, command.claims)
        self._turned.count(reason.refusal.value)
        return TurnedAway(refusal=reason.refusal, why=reason.why, id=named.id, is_journalled=True)

    def _proves_nothing(self, token: Unverified) -> TurnedAway:
        """Turn a token away without an entry of its own."""
        self._turned.count(token.refusal.value)
        finding = self._turned.finding(token.refusal, self._kernel.shell.clock.now_ns())
        if finding is not None:
            self._kernel.inbox.publish(finding)
        return TurnedAway(refusal=token.refusal, why=token.why, id=token.id)

    def _time(self) -> CivilTime:
        clock = self._kernel.shell.clock
        is_trusted = self._terms.trust_clock or clock.state() != NOT_SYNCHRONISED
        return CivilTime(wall_ns=clock.wall_ns(), is_trusted=is_trusted)

    def _asked(self, key: str, command: Verified, sender: Sender) -> Requested:
        claims = command.claims
        return Requested(
            key=key,
            person=claims.sub,
            point=claims.point,
            value=claims.value,
            reason=claims.reason,
            stage=RequestStage.SIGNED,
            at_ns=self._kernel.shell.clock.now_ns(),
            signed=evidence(command, sender.role),
        )
