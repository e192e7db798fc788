"""The uplink: what the outbox holds, told to everyone who subscribes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from drivers.historian.batch import Batch
from drivers.historian.sink import Answer, Down, Stored
from drivers.mqtt.contracts import document, telemetry
from drivers.mqtt.link import LinkDown, MqttLink
from drivers.mqtt.message import is_news, passing
from drivers.mqtt.retained import Retained

NAME: Final = "mqtt"

Beside = Callable[[], Coroutine[Any, Any, None]]
"""Work that goes on over the same connection until it is cancelled."""


class MqttUplink:
    """A sink that publishes batches; a subscriber may see one twice, with the same event id."""

    name = NAME
    most_rows = 1
    """Each append by itself: a batch that comes again then has the same event ids."""

    def __init__(self, link: MqttLink, site: str, *, beside: Sequence[Beside] = ()) -> None:
        self._link, self._site = link, site
        self._retained = Retained(link)
        self._works: tuple[Beside, ...] = (link.run, self._retained.run, *beside)
        self._running: tuple[asyncio.Task[None], ...] = ()

    def start(self) -> None:
        """Begin to keep the connection, and what else uses it, in tasks that `close` ends."""
        loop = asyncio.get_running_loop()
        self._running = tuple(
            loop.create_task(work(), name=f"mqtt-{number}") for number, work in enumerate(self._works)
        )

    async def accept(self, batch: Batch) -> Answer:
        """Publish telemetry, then documents; accepted when the broker has acknowledged everything."""
        for task in self._running:
            if task.done():
                task.result()  # an error of our own is not hidden behind "down"
        messages = telemetry(self._site, batch)
        for published in batch.documents:
            told = document(self._site, published)
            # A newer one went first: this one is history, and must not take the place of what is retained.
            messages.extend(told if batch.is_current(published) else map(passing, filter(is_news, told)))
        try:
            await self._retained.publish(messages)
        except LinkDown as error:
            return Down(reason=str(error))
        return Stored(rows=batch.rows, documents=len(batch.documents))

    async def close(self) -> None:
        """Say offline and leave the broker."""
        for task in reversed(self._running):  # the connection last
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._running = ()
