"""Documents: what agents publish, with the key under which history keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

import msgspec

from kernel.alarm import Alarm
from kernel.finding import Assessment, Finding
from kernel.forecast import Forecast
from kernel.plan import Plan
from kernel.ports import Published
from kernel.repair import RepairOrder


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What makes two documents the same one."""

    kind: str
    """forecast, plan, assessment, finding, repair_order or alarm."""
    id: str
    """What it is about: point, asset, asset and finding, or the id of the order or alarm."""
    made_at_ns: int


_packed: Final[msgspec.msgpack.Decoder[list[Published]]] = msgspec.msgpack.Decoder(list[Published])
_json: Final[msgspec.json.Decoder[Published]] = msgspec.json.Decoder(Published)


def key_of(document: Published) -> Key:
    """Return the key of a document; the same key again replaces the earlier document.

    >>> key_of(RepairOrder(id="t1-oil", asset="t1", title="", work="", made_at_ns=5, decide_by_ns=9,
    ...     cost_per_day=None, if_you_wait=(), confidence=1, evidence=()))
    Key(kind='repair_order', id='t1-oil', made_at_ns=5)
    """
    match document:
        case Forecast():
            return Key(kind="forecast", id=document.point, made_at_ns=document.made_at_ns)
        case Plan():
            about = f"{document.maker}:{document.point}"
            return Key(kind="plan", id=about, made_at_ns=document.made_at_ns)
        case Assessment():
            return Key(kind="assessment", id=document.asset, made_at_ns=document.made_at_ns)
        case Finding():
            about = f"{document.asset}/{document.name}"
            return Key(kind="finding", id=about, made_at_ns=document.at_ns)
        case RepairOrder():
            return Key(kind="repair_order", id=document.id, made_at_ns=document.made_at_ns)
        case Alarm():
            return Key(kind="alarm", id=document.id, made_at_ns=document.at_ns)
        case _:
            assert_never(document)


def pack(documents: Sequence[Published]) -> bytes:
    """Encode documents for the outbox."""
    return msgspec.msgpack.encode(list(documents))


def unpack(body: bytes) -> tuple[Published, ...]:
    """Decode what `pack` gave.

    Raises:
        msgspec.DecodeError: the bytes are not ours.
    """
    return tuple(_packed.decode(body))


def to_json(document: Published) -> str:
    """Return a document as JSON text, for a database column."""
    return msgspec.json.encode(document).decode()


def from_json(text: str | bytes) -> Published:
    """Read a document from a database column.

    Raises:
        msgspec.DecodeError: the text is not one of ours.
    """
    return _json.decode(text)
