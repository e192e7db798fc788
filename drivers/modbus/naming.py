"""What a device answers when it is asked for its name by function 43/14 (read device identification).

Source: Modbus Application Protocol V1.1b3, 6.21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from drivers.modbus.bank import IllegalValue, Refusal
from drivers.modbus.identification import FUNCTION, NAMES

_KIND: Final = 14
_BASIC, _REGULAR, _SINGLE = 1, 2, 4
"""Codes of a request: the basic objects, those and the regular ones, one by itself. 3 asks for all."""
_LAST_BASIC: Final = 2
_ONE_BY_ONE: Final = 0x80
"""Bit of the conformity level of a device that gives single objects too."""
_ROOM: Final = 253 - 7
"""Bytes that objects have in one answer."""
LONGEST: Final = 200
"""Bytes of one object that a map may give: each fits into an answer of its own."""


class NoSuchObject(Refusal):
    """The device has no object of this number (exception code 2)."""

    code = 2


class WrongKind(Refusal):
    """Another encapsulated interface than device identification (exception code 1)."""

    code = 1


class Identification(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind of device names itself; empty where it does not know the function."""

    maker: str = ""
    product_code: str = ""
    revision: str = ""
    url: str = ""
    product: str = ""
    model: str = ""
    application: str = ""

    def objects(self) -> Mapping[int, bytes]:
        """Return the objects that it has by their number; none where it names no maker."""
        texts = msgspec.structs.asdict(self)
        given = {number: texts[name].encode() for number, name in NAMES.items()}
        return {n: text for n, text in given.items() if text or n <= _LAST_BASIC} if self.maker else {}


def named(objects: Mapping[int, bytes], body: bytes) -> bytes:
    """Return the body of the answer to a request.

    Args:
        objects: of the device, the basic ones at least.
        body: of the request, function code first.

    Raises:
        WrongKind: it asks for something else than device identification.
        IllegalValue: there is no such way to ask.
        NoSuchObject: the device does not have the single object.

    >>> maker = {0: b"Maker", 1: b"M1", 2: b"1.0"}
    >>> named(maker, bytes.fromhex("2b0e0100")).hex(" ")
    '2b 0e 01 81 00 00 03 00 05 4d 61 6b 65 72 01 02 4d 31 02 03 31 2e 30'
    """
    if len(body) < 2 or body[1] != _KIND:
        raise WrongKind("no device identification")
    if len(body) != 4 or not _BASIC <= body[2] <= _SINGLE:
        raise IllegalValue("no such way to ask for a name")
    code, first = body[2], body[3]
    level = _ONE_BY_ONE | (_BASIC if max(objects) <= _LAST_BASIC else _REGULAR)
    if code == _SINGLE:
        if first not in objects:
            raise NoSuchObject(f"object {first}")
        return bytes((FUNCTION, _KIND, code, level, 0, 0, 1)) + _packed(first, objects[first])
    asked = [n for n in sorted(objects) if code != _BASIC or n <= _LAST_BASIC]
    # a stream that begins at an object which is not there begins anew: 6.21
    wanted = asked[asked.index(first) :] if first in asked else asked
    told, size = b"", 0
    for count, number in enumerate(wanted):
        one = _packed(number, objects[number])
        size += len(one)
        if size > _ROOM:
            return bytes((FUNCTION, _KIND, code, level, 0xFF, number, count)) + told
        told += one
    return bytes((FUNCTION, _KIND, code, level, 0, 0, len(wanted))) + told


def _packed(number: int, text: bytes) -> bytes:
    return bytes((number, len(text))) + text
