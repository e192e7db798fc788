"""Devices that tell their values by Sparkplug B: the same banks, read and written through the same maps.

No broker is known here: `scan` gives what has changed, `obey` takes the bytes of a DCMD. The session over
MQTT is in `sparkplug_session.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from drivers.historian.batch import Batch, batch_of, columns_of
from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import ModbusDriver, make
from drivers.modbus.map import load_map
from drivers.mqtt.sparkplug.edge_node import EdgeNode
from drivers.mqtt.sparkplug.names import NodeName
from drivers.mqtt.sparkplug.payload import Metric, NotSparkplug, decode
from kernel.command import Command, Sent
from kernel.measurement import Block
from kernel.point import NANOSECONDS, Point
from kernel.ports import Clock
from kernel.quality import INVALID, VALIDITY
from simulators.devices.bank import Bank
from simulators.devices.behaviour.behaving import Behaving
from simulators.field.file import Served

_SEQUENCES: Final = 0x10000
VALID_S: Final = 10.0
"""A command not written after this time is not written at all, seconds."""


class SparkplugDevices:
    """The devices of one edge node. A value is told when it has changed: report by exception."""

    def __init__(self, name: NodeName, served: Sequence[Served], clock: Clock, *, bd_seq: int = 255) -> None:
        """Put devices behind an edge node.

        Args:
            name: of the node.
            served: its devices; each is a device of Sparkplug by its own name.
            clock: operational time; a device with a clock error stamps its values wrongly.
            bd_seq: the birth-death number of the session before.
        """
        self.links: dict[str, DirectLink] = {}
        """The way to each device; one that is `silent` is dead for Sparkplug too."""
        self._clock = clock
        self._drivers: list[ModbusDriver] = []
        self._driver: dict[str, ModbusDriver] = {}
        self._banks: dict[str, Bank] = {}
        self._points: dict[str, Point] = {}
        self._numbers: dict[str, int] = {}
        self._told: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for one in served:
            self._add(one)
        self.columns = columns_of(self._points.values())
        self.node = EdgeNode(name, self._points.values(), bd_seq=bd_seq)
        self.refused = 0
        """Metrics of commands that were none we obey."""

    def _add(self, one: Served) -> None:
        device = one.device
        points = load_map(device.map).points(device.name, device.name)
        first = len(self._points)
        link = DirectLink(one.bank, self._clock, unit=device.unit)
        driver = make(device, points, range(first, first + len(points)), self._clock, link)
        self._drivers.append(driver)
        self.links[device.name] = link
        self._driver.update((point.name, driver) for point in points)
        self._banks[device.name] = one.bank
        self._points.update((point.name, point) for point in points)

    async def scan(self) -> Batch:
        """Return what has changed since it was told last; everything the first time."""
        blocks = [
            changed for driver in self._drivers if len(changed := self._changed(await driver.read(), driver))
        ]
        return batch_of(self.columns, blocks)

    def forget(self) -> None:
        """Tell everything again: the last scan did not arrive."""
        self._told.clear()

    async def obey(self, device: str, payload: bytes) -> list[Sent]:
        """Execute a DCMD: each metric that names a writable point of the device is written once.

        What is no payload, no metric of the device or not writable is counted in `refused`; what the device
        itself refuses is told in the answer.
        """
        try:
            metrics = decode(payload).metrics
        except NotSparkplug:
            self.refused += 1
            return []
        wanted = [(self._meant(device, metric), metric.value) for metric in metrics]
        sent = []
        for point, value in wanted:
            if point is None or not isinstance(value, int | float):
                self.refused += 1
                continue
            sent.append(await self._driver[point.name].write(self._command(point, float(value))))
        return sent

    def _changed(self, block: Block, driver: ModbusDriver) -> Block:
        """Return the rows that are new, stamped by the device's clock."""
        told = self._told.get(driver.name)
        rows = np.ones(len(block), dtype=bool)
        if told is not None:
            rows = (block.value != told[0]) | (block.quality != told[1])
        self._told[driver.name] = block.value, block.quality
        bank = self._banks[driver.name]
        wrong_ns = bank.ahead_ns(self._clock.now_ns()) if isinstance(bank, Behaving) else 0
        away = (block.quality & np.uint16(VALIDITY)) == INVALID  # known since now; the value is of before
        at_ns = np.where(away, block.available_at_ns, block.at_ns) + wrong_ns
        return Block(
            index=block.index[rows],
            value=block.value[rows],
            quality=block.quality[rows],
            at_ns=at_ns[rows],
            available_at_ns=block.available_at_ns[rows],
        )

    def _meant(self, device: str, metric: Metric) -> Point | None:
        column = self.node.column(device, metric)
        point = self._points.get(column.name) if column is not None else None
        return point if point is not None and point.writing is not None else None

    def _command(self, point: Point, value: float) -> Command:
        now_ns, writing = self._clock.now_ns(), point.writing
        assert writing is not None  # noqa: S101 - only writable points are meant
        number = self._numbers[point.name] = (self._numbers.get(point.name, 0) + 1) % _SEQUENCES
        return Command(
            id=f"{point.name}-{number}",
            trace="sparkplug",
            point=point.name,
            value=value,
            operation=writing.operation,
            tick=0,
            issued_at_ns=now_ns,
            valid_until_ns=now_ns + round(VALID_S * NANOSECONDS),
            sequence=number if writing.sequence else None,
            reversion_value=writing.reversion_value,
            reversion_s=writing.reversion_s,
            authority="sparkplug host",
            revision="",
            reason="DCMD",
        )


def device_of(topic: str) -> str:
    """Return the device that a topic names.

    >>> device_of("spBv1.0/aios/DCMD/field/meter")
    'meter'
    """
    return topic.rpartition("/")[2]
