"""Device identification, function 43/14: how a device that knows the function names itself.

Source: Modbus Application Protocol V1.1b3, 6.21 (Read Device Identification).
"""

from __future__ import annotations

from typing import Final

FUNCTION: Final = 43
_KIND: Final = 14
"""Kind of encapsulated interface: device identification."""
_HEAD: Final = 7
"""Bytes before the objects: function, kind, code, conformity, more follows, next one, how many."""
_EXTENDED: Final = 2
"""Code of a stream of the regular objects; a device that has the basic ones only gives those."""
_MORE: Final = 0xFF
NAMES: Final = {
    0: "maker",
    1: "product_code",
    2: "revision",
    3: "url",
    4: "product",
    5: "model",
    6: "application",
}
"""Words for the objects that the protocol names. Source: as above, table of objects."""


def identification_body(first: int = 0) -> bytes:
    """Return the request for the objects from one on.

    >>> identification_body().hex(" ")
    '2b 0e 02 00'
    """
    return bytes((FUNCTION, _KIND, _EXTENDED, first))


def identification_size(answer: bytes) -> int | None:
    """Return how long a whole answer is, function code first; None while that cannot be told.

    >>> identification_size(bytes.fromhex("2b0e0201000001 0003 414243"))
    12
    """
    if len(answer) < _HEAD:
        return None
    size = _HEAD
    for _ in range(answer[6]):
        if len(answer) < size + 2:
            return None
        size += 2 + answer[size + 1]
    return size


def identification_fault(answer: bytes) -> str | None:
    """Return what is wrong with a whole answer."""
    if len(answer) < _HEAD or answer[1] != _KIND:
        return "no device identification"
    return None if identification_size(answer) == len(answer) else "objects of other lengths than they say"


def objects_in(answer: bytes) -> tuple[dict[str, str], int | None]:
    """Take a judged answer apart: texts by their names, and the object to ask for next.

    >>> objects_in(bytes.fromhex("2b0e0201ff0501 0003 414243"))
    ({'maker': 'ABC'}, 5)
    """
    found: dict[str, str] = {}
    place = _HEAD
    for _ in range(answer[6]):
        number, length = answer[place], answer[place + 1]
        text = answer[place + 2 : place + 2 + length].decode("utf-8", "replace").strip("\0 ")
        if text:
            found[NAMES.get(number, f"object_{number}")] = text
        place += 2 + length
    return found, answer[5] if answer[4] == _MORE else None
