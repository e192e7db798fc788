"""Retained: what a broker must keep for those who come later is told again on each connection.

A broker that was killed has forgotten what it kept since it last wrote it down. Told again is the same event
with the same id: who knows it drops it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from drivers.mqtt.link import LinkDown, MqttLink
from drivers.mqtt.message import OutgoingMessage


class Retained:
    """The newest message of each retained topic that this process has published."""

    def __init__(self, link: MqttLink) -> None:
        """Begin with nothing."""
        self._link = link
        self._newest: dict[str, OutgoingMessage] = {}
        self._turn = asyncio.Lock()

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish messages, and keep in mind what the broker must keep of them.

        Raises:
            LinkDown: the broker is not known to have all; send them all again.
        """
        async with self._turn:  # what is told again must not overtake what is newer
            await self._link.publish(messages)
            for message in messages:
                if not message.retain:
                    continue
                if message.payload:
                    self._newest[message.topic] = message
                else:
                    self._newest.pop(message.topic, None)

    async def run(self) -> None:
        """Tell it again after each connection, until cancelled."""
        number = 0
        while True:
            number = await self._link.connection_after(number)
            async with self._turn:
                with contextlib.suppress(LinkDown):  # the next connection is told
                    if self._newest:
                        await self._link.publish(tuple(self._newest.values()))
