"""Does an RTU answer belong to its request? Checked on the bytes, checksum included.

RTU frames carry no transaction number and no length. What an answer can show is its unit, its function, how
much it carries and, for writes, what was written; `late_answers.py` sees to what it cannot show.

Source: Modbus over Serial Line V1.02, 2.5.1 (RTU framing), 6.2.2 (CRC).
"""

from __future__ import annotations

from typing import Final

from drivers.modbus.frame import INCOMPLETE, MASKED, READS, answer_size, body_fault
from drivers.modbus.identification import FUNCTION, identification_size

CHECKSUM: Final = 2
"""Bytes of the checksum, the low one first."""
_EXCEPTION: Final = 5
"""Bytes of an exception: unit, function, code, checksum."""
_ECHO: Final = 8
"""Bytes of the answer to a write."""
_MASK_ECHO: Final = 10
"""Bytes of the answer to a mask write."""


def _table() -> tuple[int, ...]:
    """Make the remainders of every byte by the polynomial, bits reversed."""
    remainders = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = rest >> 1 ^ (0xA001 if rest & 1 else 0)
        remainders.append(rest)
    return tuple(remainders)


_REMAINDERS: Final = _table()


def checksum(frame: bytes) -> bytes:
    """Return the CRC-16 of a frame as it goes on the wire.

    >>> checksum(b"123456789").hex()
    '374b'
    """
    rest = 0xFFFF
    for byte in frame:
        rest = rest >> 8 ^ _REMAINDERS[(rest ^ byte) & 0xFF]
    return rest.to_bytes(2, "little")


def fault_of_rtu_reply(request: bytes, received: bytes) -> str | None:
    """Return what is wrong with an answer, `INCOMPLETE` while more must come, or None.

    Args:
        request: the whole frame that was sent.
        received: what has come since.

    >>> request = bytes.fromhex("01 06 0001 0003 980b")
    >>> fault_of_rtu_reply(request, request) is None
    True
    >>> fault_of_rtu_reply(request, bytes.fromhex("02 06 0001 0003"))
    'unit 2 answered for unit 1'
    """
    asked = request[1:-CHECKSUM]
    fault = _head_fault(request[0], asked, received)
    if fault is not None:
        return fault
    wanted = _length(asked, received)
    if len(received) != wanted:
        return INCOMPLETE if len(received) < wanted else f"{len(received) - wanted} bytes too many"
    if checksum(received[:-CHECKSUM]) != received[-CHECKSUM:]:
        return "the checksum is wrong"
    return body_fault(asked, received[1:-CHECKSUM])


def _head_fault(unit: int, asked: bytes, received: bytes) -> str | None:
    """Judge as much of the beginning as is there: garbage need not be waited for."""
    if received[:1] and received[0] != unit:
        return f"unit {received[0]} answered for unit {unit}"
    if len(received) < 2:
        return INCOMPLETE
    if received[1] & 0x7F != asked[0]:
        return f"function {received[1]} answered for function {asked[0]}"
    reads = asked[0] in READS and received[1] == asked[0]
    if reads and received[2:3] not in (b"", bytes([answer_size(asked)])):
        return "another count than asked for"
    return None


def _length(asked: bytes, received: bytes) -> int:
    """Return the bytes that the answer to a request must have; one more while that cannot be told."""
    if received[1] & 0x80:
        return _EXCEPTION
    if asked[0] == FUNCTION:
        size = identification_size(received[1:])
        return len(received) + 1 if size is None else 1 + size + CHECKSUM
    if asked[0] in READS:
        return 3 + answer_size(asked) + CHECKSUM
    return _MASK_ECHO if asked[0] == MASKED else _ECHO
