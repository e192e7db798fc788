"""The feed: one poll of the gateway for all who look, and what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from aios.control_room.sight import Sight
from aios.control_room.source import SnapshotSource, SourceDown
from kernel.shell.wire import Snapshot

WATCHED_S: Final = 0.25
"""Real seconds between polls while somebody looks: at most four a second, however fast a gateway ticks."""
WAIT_S: Final = 1.0
"""Real seconds that a gateway may take to have news; what it says then is not older than its newest tick."""
UNWATCHED_S: Final = 2.0
ANSWER_S: Final = 2.0
"""Real seconds the gateway has to answer."""

_log = structlog.get_logger(__name__)


class Feed:
    """Asks a source for news and wakes those who wait for it; the page stays up while the source is down.

    Each question waits at the gateway for its next tick, so that what a tick has found is here when it ends.
    """

    def __init__(self, source: SnapshotSource, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.polls = 0
        """Polls that ended, with or without an answer."""
        self.watchers = 0
        self.closed = False
        self._source = source
        self._monotonic = monotonic
        self._snapshot: Snapshot | None = None
        self._received = monotonic()
        self._down_since: float | None = None
        self._why = ""
        self._news = asyncio.Event()
        self._watched = asyncio.Event()

    def sight(self) -> Sight:
        """Return what is known now, with its age."""
        now = self._monotonic()
        return Sight(
            snapshot=self._snapshot,
            feed_age_s=now - self._received,
            down_s=None if self._down_since is None else now - self._down_since,
            why_down=self._why,
        )

    async def run(self) -> None:
        """Poll until cancelled: at every tick while watched, at most four times a second, else seldom."""
        while not self.closed:
            await self.poll()
            await self._pause()

    async def poll(self) -> None:
        """Ask the gateway once and tell all who wait."""
        try:
            async with asyncio.timeout(ANSWER_S):
                snapshot = await self._source.snapshot(seen_tick=self._seen(), wait_s=WAIT_S)
        except TimeoutError:
            self._lost(f"no answer in {ANSWER_S:g} s")
        except SourceDown as down:
            self._lost(str(down))
        except Exception as mistake:  # noqa: BLE001 - whatever ails a source, the page tells how old it is
            self._lost(f"asking failed: {mistake!r}")
        else:
            self._found(snapshot)
        self._tell()

    async def beyond(self, polls: int) -> bool:
        """Wait for a poll after that one; False where the feed was closed."""
        while self.polls <= polls and not self.closed:
            await self._news.wait()
        return not self.closed

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count as somebody who looks."""
        self.watchers += 1
        self._watched.set()
        try:
            yield
        finally:
            self.watchers -= 1
            if not self.watchers:
                self._watched.clear()

    def close(self) -> None:
        """End the streams of all who look."""
        self.closed = True
        self._watched.set()
        self._wake()

    async def _pause(self) -> None:
        await asyncio.sleep(WATCHED_S)
        if self.watchers:
            return
        try:
            async with asyncio.timeout(UNWATCHED_S - WATCHED_S):
                await self._watched.wait()
        except TimeoutError:
            return

    def _seen(self) -> int | None:
        """Return the tick that a gateway may wait for news of; one that was lost has nothing to wait for."""
        return None if self._snapshot is None or self._down_since is not None else self._snapshot.tick

    def _found(self, snapshot: Snapshot) -> None:
        if self._down_since is not None:
            _log.info("gateway_returned", site=snapshot.site, after_s=self._monotonic() - self._down_since)
        self._snapshot, self._received = snapshot, self._monotonic()
        self._down_since, self._why = None, ""

    def _lost(self, why: str) -> None:
        if self._down_since is None:
            _log.warning("gateway_lost", why=why)
            self._down_since = self._monotonic()
        self._why = why

    def _tell(self) -> None:
        self.polls += 1
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
