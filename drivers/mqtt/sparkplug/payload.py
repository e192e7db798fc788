"""Payloads of Sparkplug B: nouns, and their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

import msgspec

from drivers.mqtt.sparkplug.descriptors import DecodeError, payload_class

Value = float | int | bool | str

_MOST_BYTES: Final = 1 << 20
"""Of a payload that is read; what a host may tell an edge node is far smaller."""
_Payload: Final = payload_class()


class DataType(IntEnum):
    """Types of values, with the numbers of the specification (6.4.16)."""

    INT32 = 3
    INT64 = 4
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12


_FIELDS: Final = {
    DataType.INT32: "int_value",
    DataType.INT64: "long_value",
    DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value",
    DataType.STRING: "string_value",
}
_BITS: Final = {DataType.INT32: 32, DataType.INT64: 64}
"""Signed numbers travel as two's complement in unsigned fields (6.4.16)."""


class NotSparkplug(ValueError):
    """The bytes are no payload of Sparkplug B."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a payload."""

    value: Value | None
    """None is sent as null."""
    name: str = ""
    """Empty where the alias stands for it."""
    alias: int | None = None
    datatype: DataType | None = None
    """In the payload of a birth, and what says how the value travels."""
    told_type: bool = False
    """Whether the datatype is written: in births it is, in data it is not."""
    at_ms: int | None = None
    """What time it is about, milliseconds since 1970 UTC."""
    historical: bool = False
    """True for a value that does not change what is current."""
    properties: Mapping[str, Value | None] = {}


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """One payload."""

    at_ms: int | None = None
    """When it was made, milliseconds since 1970 UTC."""
    metrics: tuple[Metric, ...] = ()
    seq: int | None = None
    """0 to 255; None for a death of the node and for commands."""


def encode(payload: Payload) -> bytes:
    """Return a payload as bytes.

    >>> decode(encode(Payload(at_ms=5, seq=1))).seq
    1
    """
    message = _Payload()
    if payload.at_ms is not None:
        message.timestamp = payload.at_ms
    if payload.seq is not None:
        message.seq = payload.seq
    for metric in payload.metrics:
        _write(metric, message.metrics.add())
    body: bytes = message.SerializeToString()
    return body


def decode(raw: bytes) -> Payload:
    """Read a payload, whoever sent it.

    Raises:
        NotSparkplug: the bytes are none, or there are too many of them.
    """
    if len(raw) > _MOST_BYTES:
        raise NotSparkplug(f"{len(raw)} bytes are more than the {_MOST_BYTES} of any payload for us")
    try:
        message = _Payload.FromString(raw)
    except (DecodeError, UnicodeDecodeError) as error:
        raise NotSparkplug(str(error)) from error
    return Payload(
        at_ms=message.timestamp if message.HasField("timestamp") else None,
        seq=message.seq if message.HasField("seq") else None,
        metrics=tuple(_read(metric) for metric in message.metrics),
    )


def _write(metric: Metric, into: Any) -> None:
    if metric.name:
        into.name = metric.name
    if metric.alias is not None:
        into.alias = metric.alias
    if metric.at_ms is not None:
        into.timestamp = metric.at_ms
    if metric.told_type and metric.datatype is not None:
        into.datatype = metric.datatype
    if metric.historical:
        into.is_historical = True
    for key, value in metric.properties.items():
        if value is None:
            continue
        into.properties.keys.append(key)
        kind = DataType.STRING if isinstance(value, str) else DataType.INT32
        _set(into.properties.values.add(type=kind), kind, value)
    if metric.value is None:
        into.is_null = True
    else:
        _set(into, metric.datatype or DataType.DOUBLE, metric.value)


def _set(into: Any, datatype: DataType, value: Value) -> None:
    bits = _BITS.get(datatype)
    setattr(into, _FIELDS[datatype], value if bits is None else int(value) % (1 << bits))


def _read(message: Any) -> Metric:
    datatype = _known(message.datatype)
    return Metric(
        name=message.name,
        alias=message.alias if message.HasField("alias") else None,
        at_ms=message.timestamp if message.HasField("timestamp") else None,
        datatype=datatype,
        told_type=message.HasField("datatype"),
        historical=message.is_historical,
        value=_value(message, datatype),
        properties={
            key: _value(value, _known(value.type))
            for key, value in zip(message.properties.keys, message.properties.values, strict=False)
        },
    )


def _known(number: int) -> DataType | None:
    return next((one for one in DataType if one == number), None)


def _value(message: Any, datatype: DataType | None) -> Value | None:
    field = message.WhichOneof("value")
    if message.is_null or field is None:
        return None
    value: Value = getattr(message, field)
    bits = _BITS.get(datatype) if datatype is not None else None
    if bits is not None and isinstance(value, int) and value >= 1 << (bits - 1):
        return value - (1 << bits)
    return value
