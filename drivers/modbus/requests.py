"""Requests in a stream of bytes, as a server finds them: the two framings, without any I/O.

Source: Modbus Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 (MBAP header); Modbus over Serial Line
V1.02, 2.5.1 (RTU framing).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.modbus.rtu_frame import CHECKSUM, checksum

Ask = Callable[[int, bytes], bytes | None]
"""Unit and body of a request to the body of its answer; None for silence."""
Taken = tuple[bytes, bytes]
"""What is to be answered, and what is left of the stream until more comes."""
_HEAD: Final = 6
"""Bytes of an MBAP header before what its length counts."""
_LONGEST: Final = 254
_MOST_WAITING: Final = 512
"""Bytes of an RTU stream that are kept in the hope of more; two of the longest frames."""
_FIXED: Final = {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8, 7: 4, 11: 4, 12: 4, 17: 4, 22: 10, 43: 7}
"""Length of an RTU request with unit and checksum, by function, where it has one."""
_COUNTED: Final = {15: 6, 16: 6, 23: 10}
"""Where a request says how many bytes follow, by function, unit first."""


class NoModbus(ValueError):
    """The stream is not Modbus, and nobody can tell where the next request begins."""


def take_mbap(stream: bytes, ask: Ask) -> Taken:
    """Answer every whole request of a stream of Modbus TCP; the transaction number goes back as it came.

    Raises:
        NoModbus: a header is impossible: the connection is to be closed.

    >>> asked = bytes.fromhex("0007 0000 0002 01 2b 0008")
    >>> [some.hex(" ") for some in take_mbap(asked, lambda unit, body: bytes([0xAB, 1]))]
    ['00 07 00 00 00 03 01 ab 01', '00 08']
    """
    at, size, answers = 0, len(stream), b""
    while size - at > _HEAD + 1:
        length = stream[at + 4] << 8 | stream[at + 5]
        if not 2 <= length <= _LONGEST or stream[at + 2] or stream[at + 3]:
            raise NoModbus(stream[at : at + _HEAD].hex(" "))
        end = at + _HEAD + length
        if end > size:
            break
        answer = ask(stream[at + 6], stream[at + 7 : end])
        if answer is not None:
            said = len(answer) + 1
            answers += stream[at : at + 4] + bytes((said >> 8, said & 0xFF, stream[at + 6])) + answer
        at = end
    return answers, stream[at:]


def take_rtu(stream: bytes, ask: Ask) -> Taken:
    """Answer every whole request of a stream of RTU frames; what is none is skipped.

    A frame is known by its length and its checksum: on a line behind a TCP port nobody hears the silence
    that stands between frames.

    >>> asked = bytes.fromhex("ff 01 03 0000 0001 840a")
    >>> [some.hex(" ") for some in take_rtu(asked, lambda unit, body: bytes([0x83, 2]))]
    ['01 83 02 c0 f1', '']
    """
    answers = b""
    while (found := _first_frame(stream)) is not None:
        begin, end = found
        unit, body = stream[begin], stream[begin + 1 : end - CHECKSUM]
        answer = ask(unit, body)
        if answer is not None:
            framed = bytes((unit,)) + answer
            answers += framed + checksum(framed)
        stream = stream[end:]
    return answers, stream[-_MOST_WAITING:]


def _first_frame(stream: bytes) -> tuple[int, int] | None:
    """Return where the first whole frame begins and ends."""
    for begin in range(len(stream) - 3):
        size = request_size(stream[begin:])
        if size is None or begin + size > len(stream):
            continue
        frame = stream[begin : begin + size]
        if checksum(frame[:-CHECKSUM]) == frame[-CHECKSUM:]:
            return begin, begin + size
    return None


def request_size(stream: bytes) -> int | None:
    """Return the length of the RTU request that begins here; None while, or where, that cannot be told.

    >>> request_size(bytes.fromhex("01 10 0064 0002 04")), request_size(bytes.fromhex("01 63"))
    (13, None)
    """
    function = stream[1] if len(stream) > 1 else 0
    place = _COUNTED.get(function)
    if place is None:
        return _FIXED.get(function)
    return place + 1 + stream[place] + CHECKSUM if len(stream) > place else None
