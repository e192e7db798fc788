"""The watch: looks at a gateway, takes what is news, notices when it is away and when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from aios.control_room.source import SnapshotSource, SourceDown
from aios.notify.courier import Courier
from aios.notify.message import About, Message
from aios.notify.news import away, back, canary, news
from aios.notify.queue import Queue
from aios.notify.section import NotifySection

LOOK_S: Final = 2.0
"""Real seconds between two looks."""
ANSWER_S: Final = 5.0
"""Real seconds the gateway has to answer."""
AWAY: Final = "away"
CANARY: Final = "canary"
_log: Final = structlog.get_logger(__name__)


class Watch:
    """Looks at one gateway for those who look at no page."""

    def __init__(
        self,
        source: SnapshotSource,
        queue: Queue,
        wanted: NotifySection,
        *,
        site: str,
        now_ns: Callable[[], int],
    ) -> None:
        """Watch a gateway.

        Args:
            source: gives its state.
            queue: takes what is news.
            wanted: what is told.
            site: its name, for when it does not answer.
            now_ns: real time, nanoseconds since 1970 UTC.
        """
        self._source, self._queue, self._wanted = source, queue, wanted
        self._site, self._now_ns = site, now_ns
        self._down_since: int | None = None

    async def look(self) -> None:
        """Look once."""
        try:
            async with asyncio.timeout(ANSWER_S):
                shot = await self._source.snapshot()
        except (SourceDown, TimeoutError) as down:
            self._lost(str(down) or f"no answer in {ANSWER_S:g} s")
            return
        self._found()
        self._queue.take(news(shot, self._wanted), now_ns=self._now_ns())
        self._prove(canary(shot))

    def _prove(self, told: Message | None) -> None:
        """Let those who want it know of a canary that they were not told of, also through a restart."""
        if told is None or self._queue.stands(CANARY) == told.at_ns:
            return
        self._queue.stand(CANARY, told.at_ns)
        for channel in self._wanted.proven:
            self._queue.prove(channel, told, now_ns=self._now_ns())

    def _lost(self, why: str) -> None:
        now_ns = self._now_ns()
        if self._down_since is None:
            self._down_since = self._queue.stands(AWAY) or now_ns
        is_long = now_ns - self._down_since >= self._wanted.away_s * 1e9
        if is_long and self._queue.stands(AWAY) is None:
            self._queue.stand(AWAY, self._down_since)
            if About.AWAY in self._wanted.about:
                self._queue.take([away(self._site, why, since_ns=self._down_since)], now_ns=now_ns)
        else:
            self._queue.take((), now_ns=now_ns)

    def _found(self) -> None:
        self._down_since, since_ns = None, self._queue.stands(AWAY)
        if since_ns is None:
            return
        now_ns = self._now_ns()
        if About.BACK in self._wanted.about:
            self._queue.take([back(self._site, since_ns=since_ns, at_ns=now_ns)], now_ns=now_ns)
        self._queue.stand(AWAY, None)


async def keep_watch(watch: Watch, couriers: Sequence[Courier]) -> None:
    """Look and bring until cancelled; a channel that hangs holds up neither the other nor the looks."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_looks(watch))
        for courier in couriers:
            group.create_task(_brings(courier))


async def _looks(watch: Watch) -> None:
    while True:
        await watch.look()
        await asyncio.sleep(LOOK_S)


async def _brings(courier: Courier) -> None:
    while True:
        if not await courier.bring_one():
            await asyncio.sleep(LOOK_S / 2)
