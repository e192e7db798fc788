"""Commands in: fetches tokens from the broker, hands them to the gateway, and tells what came of them.

Nothing is decided here, and nothing is believed: the gateway verifies. A token is acknowledged to the broker
when the gateway has answered. Answers are read from the gateway's journal, from a place that moves on when
the broker has them: a broker that is away, or a kill between two steps, makes one late, or tells it twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import structlog

from drivers.historian.backoff import Backoff, pause
from drivers.mqtt.command_answers import message_of, turned_away
from drivers.mqtt.link import LinkDown
from drivers.mqtt.message import IncomingMessage, OutgoingMessage
from drivers.mqtt.told import Told
from kernel.ports import Clock
from kernel.remote import LONGEST_TOKEN
from kernel.shell.socket import GatewayAway
from kernel.shell.wire import Answer, HearCommand, Rejected, Repeated, TurnedAway

WAITING: Final = 64
"""Tokens that may wait for the gateway; a broker holds back when the reader is slow."""
ATTEMPTS: Final = 12
"""How often the gateway is asked about one token: over some 40 s."""
POLL_S: Final = 0.25
"""Real seconds between two looks into the journal."""
_log: Final = structlog.get_logger(__name__)

Ask = Callable[[HearCommand], Awaitable[Answer]]
"""Asks the gateway; raises `GatewayAway`."""


class Tokens(Protocol):
    """What came on the topic of commands and waits; `drivers.mqtt.inbox.Inbox` is one."""

    most: int
    lost: int

    def __len__(self) -> int:
        """Return how many wait."""
        ...

    async def get(self) -> IncomingMessage:
        """Return the next one; the one before counts as dealt with."""
        ...


class Publisher(Protocol):
    """Sends messages; `drivers.mqtt.link.MqttLink` is one."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Return when the broker has all of them; raise `LinkDown` where it may not."""
        ...


class CommandsIn:
    """Carries commands between a broker and the gateway of this machine."""

    def __init__(
        self, site: str, tokens: Tokens, link: Publisher, ask: Ask, *, told: Told, clock: Clock
    ) -> None:
        """Carry for a site.

        Args:
            site: its name.
            tokens: what comes on the topic of commands.
            link: sends the answers.
            ask: hands a token to the gateway.
            told: the journal, and how much of it has been told.
            clock: for pauses and times.
        """
        self._site, self._tokens, self._link, self._ask = site, tokens, link, ask
        self._told, self._clock, self._backoff = told, clock, Backoff(first_s=0.2, longest_s=5.0)
        self._is_away = False

    async def run(self) -> None:
        """Carry until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear(), name="commands-hear")
            group.create_task(self._tell(), name="commands-tell")

    async def _hear(self) -> None:
        while True:
            message = await self._tokens.get()
            token = message.payload[: LONGEST_TOKEN + 1].decode("ascii", errors="replace")
            await self._answered(token, await self._handed_over(token))

    async def _handed_over(self, token: str) -> Answer:
        """Ask the gateway until it answers, or for long enough.

        A token that it cannot bear must not stand in the way of all others; who sent it sends it again.
        """
        failures = 0
        while True:
            waits = len(self._tokens)
            heard = HearCommand(
                token=token, waiting=waits, bound=self._tokens.most, dropped=self._tokens.lost
            )
            try:
                return await self._ask(heard)
            except GatewayAway:
                failures += 1
                if failures == ATTEMPTS:
                    _log.warning("commands.dropped", why="the gateway has not answered", attempts=failures)
                    return Rejected(reason="the gateway has not answered")
                await pause(self._clock, self._backoff.pause_s(failures))

    async def _answered(self, token: str, answer: Answer) -> None:
        """Tell what the journal will not tell by itself; who does not hear it sends the token again."""
        messages: tuple[OutgoingMessage, ...]
        match answer:
            case Repeated():
                messages = await asyncio.to_thread(self._told.again, answer.key)
            case TurnedAway(is_journalled=False) if answer.id:
                event_id, said = turned_away(token, answer)
                messages = (message_of(self._site, event_id, said, at_ns=self._clock.wall_ns()),)
            case _:
                return
        with contextlib.suppress(LinkDown):
            await self._link.publish(messages)

    async def _tell(self) -> None:
        """Tell what the journal says of remote commands, each batch until the broker has it."""
        while True:
            news = await asyncio.to_thread(self._told.news)
            if news.messages and not await self._published(news.messages):
                continue
            await asyncio.to_thread(self._told.move, news)
            if not news.is_full:
                await pause(self._clock, POLL_S)

    async def _published(self, messages: Sequence[OutgoingMessage]) -> bool:
        try:
            await self._link.publish(messages)
        except LinkDown as error:
            if not self._is_away:
                self._is_away = True
                _log.warning("commands.answers_wait", why=str(error))
            await pause(self._clock, POLL_S)
            return False
        if self._is_away:
            self._is_away = False
            _log.info("commands.answers_go_on")
        return True
