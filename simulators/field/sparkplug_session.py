"""The session of simulated Sparkplug devices with a broker: births, data, commands, and the death."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from drivers.historian.sink import Down
from drivers.mqtt.address import address_of
from drivers.mqtt.link import MqttLink
from drivers.mqtt.sparkplug.bd_seq import BirthDeathFile
from drivers.mqtt.sparkplug.devices import rows_of
from drivers.mqtt.sparkplug.host import PrimaryHost
from drivers.mqtt.sparkplug.names import NodeName
from drivers.mqtt.sparkplug.uplink import SparkplugPresence, SparkplugUplink
from kernel.point import NANOSECONDS
from kernel.ports import Clock
from simulators.field.file import Served
from simulators.field.planned import PlannedNode
from simulators.field.sparkplug import SparkplugDevices, device_of

_FILE: Final = "sparkplug-field-bdseq"
_WAITING: Final = 100
"""Commands that wait; more are lost, as they are in a device."""
_log: Final = structlog.get_logger(__name__)


class SparkplugSession:
    """Keeps the devices of an edge node with their broker, for as long as it runs."""

    def __init__(self, planned: PlannedNode, served: Sequence[Served], clock: Clock, folder: Path) -> None:
        """Prepare; `folder` keeps the birth-death number from one life to the next.

        Raises:
            ValueError: the broker's address is none.
        """
        name = NodeName(group=planned.group, node=planned.node, primary_host=planned.primary_host)
        file, host = BirthDeathFile(folder / _FILE), PrimaryHost(planned.primary_host)
        self.devices = SparkplugDevices(name, served, clock, bd_seq=file.read())
        presence = SparkplugPresence(self.devices.node, host, file, clock)
        broker = address_of(planned.broker, password_file=planned.password_file)
        self._link = MqttLink(broker, planned.node, clock=clock, presence=presence)
        self._commands = self._link.subscribe(f"{name.topic('DCMD')}/+", most=_WAITING)
        self._uplink = SparkplugUplink(self._link, self.devices.node, host, clock)
        self._clock, self._every_ns = clock, round(planned.every_s * NANOSECONDS)
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Tell and obey until cancelled; then the node's death is told."""
        self.devices.node.know(rows_of(await self.devices.scan()))
        self._uplink.start()
        obeying = asyncio.get_running_loop().create_task(self._obey(), name="sparkplug-dcmd")
        try:
            while True:
                await self._clock.sleep_until(self._clock.now_ns() + self._every_ns)
                await self._tell()
        finally:
            obeying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await obeying
            await self._uplink.close()

    async def _tell(self) -> None:
        """Publish what has changed; what did not arrive is told again."""
        async with self._turn:
            batch = await self.devices.scan()
            if batch.rows and isinstance(await self._uplink.accept(batch), Down):
                self.devices.forget()

    async def _obey(self) -> None:
        """Execute commands as they come, and tell their effect at once."""
        while True:
            message = await self._commands.get()
            if message.retained:  # a command that a broker kept is nobody's present wish
                continue
            for sent in await self.devices.obey(device_of(message.topic), message.payload):
                _log.info("sparkplug.command", said=sent.transmission.value, detail=sent.detail)
            await self._tell()
