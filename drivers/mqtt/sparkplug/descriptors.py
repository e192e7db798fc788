"""The wire form of Sparkplug B: the only file that knows protobuf.

The messages are declared here from the field numbers of the specification, with what we use of them; what
else a payload holds (templates, data sets, metadata) is skipped by protobuf as unknown.

Source: Sparkplug 3.0.0, 6.4 (payload B, "Google Protocol Buffer Schema").
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

__all__ = ["DecodeError", "payload_class"]

_PACKAGE: Final = "aios.sparkplug"
_Field = descriptor_pb2.FieldDescriptorProto
_REPEATED: Final = "*"
"""Stands behind the type of a field that may occur many times."""
_VALUES: Final = ("int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value")
_MESSAGES: Final[dict[str, dict[str, tuple[int, str]]]] = {
    "PropertyValue": {
        "type": (1, "uint32"),
        "is_null": (2, "bool"),
        "int_value": (3, "uint32"),
        "long_value": (4, "uint64"),
        "float_value": (5, "float"),
        "double_value": (6, "double"),
        "boolean_value": (7, "bool"),
        "string_value": (8, "string"),
    },
    "PropertySet": {"keys": (1, "string*"), "values": (2, "PropertyValue*")},
    "Metric": {
        "name": (1, "string"),
        "alias": (2, "uint64"),
        "timestamp": (3, "uint64"),
        "datatype": (4, "uint32"),
        "is_historical": (5, "bool"),
        "is_transient": (6, "bool"),
        "is_null": (7, "bool"),
        "properties": (9, "PropertySet"),
        "int_value": (10, "uint32"),
        "long_value": (11, "uint64"),
        "float_value": (12, "float"),
        "double_value": (13, "double"),
        "boolean_value": (14, "bool"),
        "string_value": (15, "string"),
    },
    "Payload": {"timestamp": (1, "uint64"), "metrics": (2, "Metric*"), "seq": (3, "uint64")},
}


def payload_class() -> Any:
    """Return the protobuf class of a payload."""
    file = descriptor_pb2.FileDescriptorProto(name="aios_sparkplug.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        _add_message(file, name, fields)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


def _add_message(file: Any, name: str, fields: dict[str, tuple[int, str]]) -> None:
    message = file.message_type.add(name=name)
    if any(field in _VALUES for field in fields):
        message.oneof_decl.add(name="value")
    for field, (number, kind) in fields.items():
        added = message.field.add(name=field, number=number)
        added.label = _Field.LABEL_REPEATED if kind.endswith(_REPEATED) else _Field.LABEL_OPTIONAL
        plain = kind.rstrip(_REPEATED)
        if plain in _MESSAGES:
            added.type, added.type_name = _Field.TYPE_MESSAGE, f".{_PACKAGE}.{plain}"
        else:
            added.type = getattr(_Field, f"TYPE_{plain.upper()}")
        if field in _VALUES:
            added.oneof_index = 0
