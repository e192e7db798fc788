"""The session of an edge node: births before data, sequence numbers, deaths; no I/O and no clock.

Source: Sparkplug 3.0.0, 5 (operational behavior) and 6.4 (payload B).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from drivers.historian.batch import Column
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.sparkplug.devices import Definition, Definitions, Row
from drivers.mqtt.sparkplug.names import BD_SEQ, REBIRTH, NodeName
from drivers.mqtt.sparkplug.payload import DataType, Metric, Payload, encode
from kernel.point import Point

SEQUENCE: Final = 256
"""Sequence numbers and birth-death numbers run from 0 to 255 (6.4.4)."""
_SOFTWARE: Final = Metric(
    name="Properties/Software", value="AIOS Grid", datatype=DataType.STRING, told_type=True
)


class NotBorn(RuntimeError):
    """Data came before the birth of the session."""


class EdgeNode:
    """What an edge node has told, and what it may tell next.

    Each connection is a session with a birth-death number of its own: `begin` gives its will, `birth` opens
    it, `data` follows, `death` ends it in order. Messages must be sent in the order in which they were made.
    """

    def __init__(self, name: NodeName, points: Iterable[Point], *, bd_seq: int = SEQUENCE - 1) -> None:
        self.name, self.bd_seq, self.born = name, bd_seq, False
        self._definitions = Definitions(points)
        self._seq = 0
        self._newest: dict[int, Row] = {}
        """The value that is current, by alias."""
        self._told: dict[int, int] = {}
        """The quality that was told last in this session, by alias."""
        self._alive: set[str] = set()
        """Devices that are born in this session."""

    def begin(self, at_ms: int) -> OutgoingMessage:
        """Begin a session and return its will: NDEATH with the next birth-death number."""
        self.bd_seq, self.born = (self.bd_seq + 1) % SEQUENCE, False
        self._alive.clear()
        return self.death(at_ms)

    def death(self, at_ms: int) -> OutgoingMessage:
        """Return NDEATH of this session (6.4.22: quality of service 1, no sequence number)."""
        payload = Payload(at_ms=at_ms, metrics=(self._bd_seq(at_ms),))
        return OutgoingMessage(topic=self.name.topic("NDEATH"), payload=encode(payload))

    def birth(self, at_ms: int) -> list[OutgoingMessage]:
        """Open the session, or open it again: NBIRTH, then DBIRTH of every device that is not lost."""
        rebirth = Metric(name=REBIRTH, value=False, datatype=DataType.BOOLEAN, told_type=True, at_ms=at_ms)
        self._seq, self.born = 0, True
        self._alive.clear()
        self._told.clear()
        node = self._message("NBIRTH", "", at_ms, (self._bd_seq(at_ms), rebirth, _SOFTWARE))
        devices = self._definitions.devices()
        return [
            node,
            *(
                self._device_birth(device, those, at_ms)
                for device, those in devices.items()
                if not self._lost(those)
            ),
        ]

    def learn(self, columns: Iterable[Column]) -> bool:
        """Take note of columns; return whether one is new, so that `birth` must come before its data."""
        return self._definitions.learn(columns)

    def know(self, rows: Iterable[Row]) -> None:
        """Take values that are current before anything was told, so that births carry them.

        Raises:
            NotBorn: a row is of a column that was not learnt.
        """
        for row in rows:
            definition = self._definitions.by_column.get(row.column)
            if definition is None:
                raise NotBorn(f"{row.column.name} is in no birth")
            self._newest[definition.alias] = row

    def column(self, device: str, metric: Metric) -> Column | None:
        """Return which column a command means, by the metric's name or its alias; None for none."""
        for column, definition in self._definitions.by_column.items():
            named = metric.name == definition.name if metric.name else metric.alias == definition.alias
            if definition.device == device and named:
                return column
        return None

    def data(self, rows: Iterable[Row], at_ms: int) -> list[OutgoingMessage]:
        """Return DDATA for rows, one message a device, with the births and deaths of devices around it.

        A device all of whose values are invalid is dead: DDEATH is sent once, and nothing more until one is
        not.

        Raises:
            NotBorn: the session has no birth yet, or a row is of a column that was not learnt.
        """
        if not self.born:
            raise NotBorn("no birth in this session")
        by_device: dict[str, list[tuple[Definition, Row]]] = {}
        for row in rows:
            definition = self._definitions.by_column.get(row.column)
            if definition is None:
                raise NotBorn(f"{row.column.name} is in no birth")
            by_device.setdefault(definition.device, []).append((definition, row))
        devices = self._definitions.devices()
        return [
            message
            for device, those in by_device.items()
            for message in self._of_device(device, devices[device], those, at_ms)
        ]

    def _of_device(
        self, device: str, all_of_it: Sequence[Definition], those: list[tuple[Definition, Row]], at_ms: int
    ) -> list[OutgoingMessage]:
        if device not in self._alive and all(row.is_invalid and not row.historical for _, row in those):
            for definition, row in those:
                self._newest[definition.alias] = row
            return []
        messages = [] if device in self._alive else [self._device_birth(device, all_of_it, at_ms)]
        metrics = tuple(self._metric(definition, row) for definition, row in those)
        messages.append(self._message("DDATA", device, at_ms, metrics))
        if self._lost(all_of_it):
            self._alive.discard(device)
            messages.append(self._message("DDEATH", device, at_ms, ()))
        return messages

    def _metric(self, definition: Definition, row: Row) -> Metric:
        newest = self._newest.get(definition.alias)
        if newest is not None and row.at_ns <= newest.at_ns and not row.historical:
            row = Row(
                column=row.column, value=row.value, quality=row.quality, at_ns=row.at_ns, historical=True
            )
        if row.historical:
            return definition.metric(row)
        self._newest[definition.alias] = row
        told = self._told.get(definition.alias)
        self._told[definition.alias] = row.quality
        return definition.metric(row, with_quality=told != row.quality)

    def _device_birth(self, device: str, those: Sequence[Definition], at_ms: int) -> OutgoingMessage:
        self._alive.add(device)
        metrics = []
        for definition in those:
            newest = self._newest.get(definition.alias)
            self._told[definition.alias] = -1 if newest is None else newest.quality
            metrics.append(definition.metric(newest, born=True))
        return self._message("DBIRTH", device, at_ms, tuple(metrics))

    def _lost(self, those: Sequence[Definition]) -> bool:
        known = [self._newest[one.alias] for one in those if one.alias in self._newest]
        return bool(known) and all(row.is_invalid for row in known)

    def _bd_seq(self, at_ms: int) -> Metric:
        return Metric(name=BD_SEQ, value=self.bd_seq, datatype=DataType.INT64, told_type=True, at_ms=at_ms)

    def _message(self, kind: str, device: str, at_ms: int, metrics: tuple[Metric, ...]) -> OutgoingMessage:
        payload = Payload(at_ms=at_ms, metrics=metrics, seq=self._seq)
        self._seq = (self._seq + 1) % SEQUENCE
        return OutgoingMessage(topic=self.name.topic(kind, device), payload=encode(payload), qos=0)
