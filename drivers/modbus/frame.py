"""Does an answer belong to its request? Checked on the bytes, before anything is believed.

Source: Modbus Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 (MBAP header); Modbus
Application Protocol V1.1b3, 6.1 to 6.12 (functions) and 7 (exceptions).
"""

from __future__ import annotations

import struct
from typing import Final

from drivers.modbus.entry import Table
from drivers.modbus.identification import FUNCTION, identification_fault

HEADER: Final = 7
"""Bytes of the MBAP header: transaction, protocol, length, unit."""
INCOMPLETE: Final = "incomplete"
ECHOED: Final = (5, 6)
"""Functions whose answer repeats what was written."""
READS: Final = (1, 2, 3, 4)
MASKED: Final = 22
"""Mask write: its answer repeats address and both masks."""
TABLE_OF: Final = {
    1: Table.COIL,
    2: Table.DISCRETE,
    3: Table.HOLDING,
    4: Table.INPUT,
    5: Table.COIL,
    6: Table.HOLDING,
    15: Table.COIL,
    16: Table.HOLDING,
    22: Table.HOLDING,
    23: Table.HOLDING,
}
"""Table that each function code works on. Source: Modbus Application Protocol V1.1b3, 5."""
_LONGEST: Final = 254
"""Largest length field: unit, function code and 252 bytes of data."""


def fault_of_reply(request: bytes, received: bytes) -> str | None:
    """Return what is wrong with an answer, `INCOMPLETE` while more must come, or None.

    Args:
        request: the whole frame that was sent.
        received: what has come since.

    >>> request = bytes.fromhex("0001 0000 0006 01 06 0001 0003")
    >>> fault_of_reply(request, request) is None
    True
    >>> fault_of_reply(request, bytes.fromhex("0001 0000 0006 01 06 0001 0004"))
    'the device echoed other data than were written'
    """
    fault = _header_fault(request, received)
    if fault is not None:
        return fault
    wanted = 6 + int.from_bytes(received[4:6])
    if len(received) > wanted:
        return f"{len(received) - wanted} bytes too many"
    return body_fault(request[HEADER:], received[HEADER:])


def _header_fault(request: bytes, received: bytes) -> str | None:
    """Judge as much of the header as is there: garbage need not be waited for."""
    if received[:2] != request[:2][: len(received)]:
        return "another transaction"
    if received[2:4] != b"\0\0"[: max(0, len(received) - 2)]:
        return "another protocol"
    if len(received) < HEADER:
        return INCOMPLETE
    length = int.from_bytes(received[4:6])
    if not 3 <= length <= _LONGEST:
        return f"length {length} is impossible"
    if received[6] != request[6]:
        return f"unit {received[6]} answered for unit {request[6]}"
    return INCOMPLETE if len(received) < 6 + length else None


def body_fault(asked: bytes, answer: bytes) -> str | None:
    """Judge a whole answer, function code first, by what was asked."""
    function = asked[0]
    if answer[0] == function | 0x80:
        return None if len(answer) == 2 else "an exception of the wrong length"
    if answer[0] != function:
        return f"function {answer[0]} answered for function {function}"
    if function in READS:
        size = answer_size(asked)
        return None if len(answer) == 2 + size and answer[1] == size else "another count than asked for"
    if function == FUNCTION:
        return identification_fault(answer)
    return _echo_fault(asked, answer)


def _echo_fault(asked: bytes, answer: bytes) -> str | None:
    """Judge the answer to a write: it repeats what was written, or where and how much."""
    if asked[0] == MASKED:
        return None if answer[1:] == asked[1:7] else "the device echoed other masks than were written"
    if answer[1:] != asked[1:5]:
        return "the device echoed other data than were written"
    return None


def answer_size(asked: bytes) -> int:
    """Return how many bytes of data a read asks for.

    >>> answer_size(bytes.fromhex("03 0000 0064")), answer_size(bytes.fromhex("01 0000 0009"))
    (200, 2)
    """
    count = asked[3] << 8 | asked[4]
    return 2 * count if asked[0] in (3, 4) else -(-count // 8)


def numbers_in(answer: bytes, count: int) -> list[int]:
    """Take a judged answer to a read apart: `count` registers, or bits as 0 and 1.

    >>> numbers_in(bytes.fromhex("03 04 0007 ffff"), 2)
    [7, 65535]
    >>> numbers_in(bytes.fromhex("01 01 05"), 3)
    [1, 0, 1]
    """
    if answer[0] in (3, 4):
        return list(struct.unpack_from(f">{count}H", answer, 2))
    return [answer[2 + place // 8] >> place % 8 & 1 for place in range(count)]
