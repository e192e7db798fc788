"""Payloads: JSON with the attribute names of CloudEvents 1.0 around the nouns of the kernel.

Source: CloudEvents 1.0.2, "Required Attributes" and the JSON event format.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

import msgspec

from drivers.historian.batch import Batch, Column
from drivers.historian.documents import key_of
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.topics import document_topic, telemetry_topic
from kernel.alarm import Alarm, AlarmState
from kernel.measurement import Block
from kernel.ports import Published
from kernel.quality import VALIDITY
from kernel.repair import RepairOrder

Data = TypeVar("Data")

TYPE_PREFIX: Final = "aios."
_VALIDITY: Final = ("good", "invalid", "invalid", "questionable")
_RETAINED: Final = frozenset({"forecast", "plan", "assessment", "repair_order", "alarm"})
"""Kinds whose newest document is a state; a finding is an event."""


class Event(msgspec.Struct, Generic[Data], frozen=True, kw_only=True):
    """What stands around every payload."""

    specversion: str = "1.0"
    id: str
    """The same event again has the same id: drop it if you know it."""
    source: str
    """`aios/SITE`."""
    type: str
    """What `data` is, with the version of its form, such as `aios.telemetry.v1`."""
    time: str
    """What time it is about, RFC 3339 UTC."""
    datacontenttype: str = "application/json"
    data: Data


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement."""

    point: str
    value: float | None
    """In `unit`; null where the validity is invalid."""
    unit: str
    quality: int
    """16 bits: IEC 61850 validity and detail bits."""
    validity: str
    """good, questionable or invalid."""
    at_ns: int
    """What time it is about, nanoseconds since 1970 UTC."""
    available_at_ns: int
    """When the gateway knew it, nanoseconds since 1970 UTC."""


class Telemetry(msgspec.Struct, frozen=True, kw_only=True):
    """Measurements of one asset that became known together."""

    asset: str
    rows: tuple[Row, ...]


def telemetry(site: str, batch: Batch) -> list[OutgoingMessage]:
    """Return one message for each asset of a batch, in the order of first appearance."""
    rows: dict[str, list[Row]] = {}
    for block in batch.blocks:
        for row in _rows(block, batch.columns):
            rows.setdefault(row.point.partition("/")[0], []).append(row)
    return [_telemetry_of(site, asset, tuple(found), batch) for asset, found in rows.items()]


def document(site: str, published: Published) -> tuple[OutgoingMessage, ...]:
    """Return the messages for a document; one that is over also clears the retained one."""
    key = key_of(published)
    topic = document_topic(site, key.kind, key.id)
    event = Event(
        id=f"{key.kind}:{key.id}@{key.made_at_ns}",
        source=f"aios/{site}",
        type=f"{TYPE_PREFIX}{key.kind}.v1",
        time=text_of(key.made_at_ns),
        data=published,
    )
    payload = msgspec.json.encode(event)
    if _is_over(published):
        return OutgoingMessage(topic=topic, payload=payload), OutgoingMessage(
            topic=topic, payload=b"", retain=True
        )
    return (OutgoingMessage(topic=topic, payload=payload, retain=key.kind in _RETAINED),)


def _is_over(published: Published) -> bool:
    """Tell whether a repair order is closed, or an alarm is back to normal."""
    match published:
        case RepairOrder():
            return published.state == "closed"
        case Alarm():
            return published.state is AlarmState.NORMAL and not published.blind
        case _:
            return False


def _telemetry_of(site: str, asset: str, rows: tuple[Row, ...], batch: Batch) -> OutgoingMessage:
    newest = max(row.at_ns for row in rows)
    event = Event(
        id=f"telemetry:{asset}@{newest}#{batch.place.segment}.{batch.place.number}",
        source=f"aios/{site}",
        type=f"{TYPE_PREFIX}telemetry.v1",
        time=text_of(newest),
        data=Telemetry(asset=asset, rows=rows),
    )
    return OutgoingMessage(topic=telemetry_topic(site, asset), payload=msgspec.json.encode(event))


def _rows(block: Block, columns: Sequence[Column]) -> list[Row]:
    found = zip(
        block.index.tolist(),
        block.value.tolist(),
        block.quality.tolist(),
        block.at_ns.tolist(),
        block.available_at_ns.tolist(),
        strict=True,
    )
    return [
        Row(
            point=columns[index].name,
            value=None if _VALIDITY[quality & VALIDITY] == "invalid" else value,
            unit=columns[index].unit,
            quality=quality,
            validity=_VALIDITY[quality & VALIDITY],
            at_ns=at_ns,
            available_at_ns=known,
        )
        for index, value, quality, at_ns, known in found
    ]


def text_of(at_ns: int) -> str:
    """Return a time as RFC 3339, in microseconds.

    >>> text_of(1_500_000)
    '1970-01-01T00:00:00.001500Z'
    """
    seconds, rest = divmod(at_ns, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
