"""The Sparkplug uplink: keeps a session over a link, and publishes telemetry from the outbox in it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

import structlog

from drivers.historian.backoff import pause
from drivers.historian.batch import Batch
from drivers.historian.sink import Answer, Down, Stored
from drivers.mqtt.link import LinkDown, MqttLink
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.sparkplug.bd_seq import BirthDeathFile
from drivers.mqtt.sparkplug.devices import rows_of
from drivers.mqtt.sparkplug.edge_node import EdgeNode
from drivers.mqtt.sparkplug.host import PrimaryHost, asks_for_rebirth
from kernel.ports import Clock

NAME: Final = "sparkplug"
_REBIRTH_EVERY_S: Final = 10.0
"""A host that asks more often gets one birth in this time, real seconds: births are large."""
_ROWS: Final = 2_000
_log: Final = structlog.get_logger(__name__)


class SparkplugPresence:
    """Gives each connection the will of a new session; its birth waits until the primary host is there."""

    def __init__(self, node: EdgeNode, host: PrimaryHost, file: BirthDeathFile, clock: Clock) -> None:
        self._node, self._host, self._file, self._clock = node, host, file, clock

    def will(self) -> OutgoingMessage:
        """NDEATH of the session that begins."""
        will = self._node.begin(_ms(self._clock))
        self._file.write(self._node.bd_seq)
        self._host.forget()
        return will

    def birth(self) -> Sequence[OutgoingMessage]:
        """Nothing yet."""
        return ()

    def farewell(self) -> Sequence[OutgoingMessage]:
        """NDEATH where there was a birth: the broker drops the will of who leaves in order (5.5)."""
        return (self._node.death(_ms(self._clock)),) if self._node.born else ()


class SparkplugUplink:
    """A sink that publishes telemetry as an edge node; documents are not for it."""

    name = NAME
    most_rows = _ROWS

    def __init__(self, link: MqttLink, node: EdgeNode, host: PrimaryHost, clock: Clock) -> None:
        self.refused = 0
        """Commands that were none we obey."""
        self._link, self._node, self._host, self._clock = link, node, host, clock
        self._commands = link.subscribe(node.name.topic("NCMD"), most=20)
        self._states = link.subscribe(node.name.state_topic, most=20) if host.name else None
        self._turn = asyncio.Lock()
        """Messages are sent in the order in which they get their sequence numbers."""
        self._running: tuple[asyncio.Task[None], ...] = ()

    def start(self) -> None:
        """Begin to keep the session, in tasks that `close` ends."""
        works = {"link": self._link.run(), "births": self._follow_link(), "commands": self._obey()}
        if self._states is not None:
            works["host"] = self._follow_host()
        loop = asyncio.get_running_loop()
        self._running = tuple(
            loop.create_task(work, name=f"sparkplug-{name}") for name, work in works.items()
        )

    async def accept(self, batch: Batch) -> Answer:
        """Publish the telemetry of a batch; accepted when the broker has shown that it has read all of it."""
        for task in self._running:
            if task.done():
                task.result()  # an error of our own is not hidden behind "down"
        try:
            async with self._turn:
                if self._node.learn(batch.columns) and self._node.born:
                    await self._birth()
                if not self._node.born:
                    return Down(reason=self._why_unborn())
                await self._link.publish(self._node.data(rows_of(batch), _ms(self._clock)))
        except LinkDown as error:
            return Down(reason=str(error))
        return Stored(rows=batch.rows, documents=0)

    async def close(self) -> None:
        """Publish the death of the node and leave the broker."""
        for task in self._running:
            task.cancel()
        for task in self._running:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._running = ()

    async def _follow_link(self) -> None:
        number = 0
        while True:
            number = await self._link.connection_after(number)
            await self._settle()

    async def _follow_host(self) -> None:
        while self._states is not None:
            message = await self._states.get()
            was_away = self._host.away
            self._host.heard(message.payload)
            if self._host.away != was_away:
                _log.info("sparkplug.primary_host", host=self._host.name, away=self._host.away)
            await self._settle()

    async def _settle(self) -> None:
        """Be born where the host is there, and leave where it went away (5.7)."""
        with contextlib.suppress(LinkDown):  # the next connection settles it
            async with self._turn:
                if self._host.away and self._node.born:
                    await self._link.reconnect()
                elif not self._host.away and not self._node.born:
                    await self._birth()

    async def _obey(self) -> None:
        while True:
            heard = [await self._commands.get()]
            while len(self._commands):
                heard.append(await self._commands.get())
            # A command that a broker kept is nobody's present wish; hosts may not have one kept.
            asked = [not message.retained and asks_for_rebirth(message.payload) for message in heard]
            self.refused += asked.count(False)
            if not any(asked):
                continue
            if self._node.born:
                _log.info("sparkplug.rebirth_asked")
                with contextlib.suppress(LinkDown):
                    async with self._turn:
                        await self._birth()
            await pause(self._clock, _REBIRTH_EVERY_S)

    async def _birth(self) -> None:
        if not self._link.is_up:
            raise LinkDown(self._why_unborn())
        try:
            await self._link.publish(self._node.birth(_ms(self._clock)))
        except LinkDown:
            self._node.born = False
            raise

    def _why_unborn(self) -> str:
        if self._link.is_up and self._host.away:
            return f"the primary host {self._host.name} is not online"
        return self._link.why_down or "no connection yet"


def _ms(clock: Clock) -> int:
    return clock.now_ns() // 1_000_000
