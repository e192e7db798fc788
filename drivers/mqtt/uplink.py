"""The uplink: what the outbox holds, told to everyone who subscribes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from drivers.historian.batch import Batch
from drivers.historian.sink import Answer, Down, Stored
from drivers.mqtt.contracts import document, telemetry
from drivers.mqtt.link import LinkDown, MqttLink
from drivers.mqtt.message import is_news, passing

NAME: Final = "mqtt"


class MqttUplink:
    """A sink that publishes batches; a subscriber may see one twice, with the same event id."""

    name = NAME
    most_rows = 1
    """Each append by itself: a batch that comes again then has the same event ids."""

    def __init__(self, link: MqttLink, site: str) -> None:
        self._link, self._site = link, site
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the connection, in a task that `close` ends."""
        self._running = asyncio.get_running_loop().create_task(self._link.run(), name="mqtt-link")

    async def accept(self, batch: Batch) -> Answer:
        """Publish telemetry, then documents; accepted when the broker has acknowledged everything."""
        if self._running is not None and self._running.done():
            self._running.result()  # an error of the link's own is not hidden behind "down"
        messages = telemetry(self._site, batch)
        for published in batch.documents:
            told = document(self._site, published)
            # A newer one went first: this one is history, and must not take the place of what is retained.
            messages.extend(told if batch.is_current(published) else map(passing, filter(is_news, told)))
        try:
            await self._link.publish(messages)
        except LinkDown as error:
            return Down(reason=str(error))
        return Stored(rows=batch.rows, documents=len(batch.documents))

    async def close(self) -> None:
        """Say offline and leave the broker."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            self._running = None
