"""The two ways in which a request and its answer lie on the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.modbus.client import mbap_frame, rtu_frame
from drivers.modbus.frame import HEADER, fault_of_reply
from drivers.modbus.rtu_frame import CHECKSUM, fault_of_rtu_reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What stands around a body, and how an answer is judged."""

    numbered: bool
    """Whether an answer carries the transaction number of its request."""
    frame: Callable[[bytes, int, int], bytes]
    """Body, unit and transaction number to a frame."""
    fault: Callable[[bytes, bytes], str | None]
    """Request and what came since, to what is wrong with it; None for nothing."""
    head: int
    """Bytes before the function code."""
    tail: int
    """Bytes behind the body."""

    def body(self, frame: bytes) -> bytes:
        """Return what is in a frame, function code first.

        >>> RTU.body(bytes.fromhex("01 83 02 c0f1")).hex(" ")
        '83 02'
        """
        return frame[self.head : len(frame) - self.tail]


MBAP: Final = Framing(numbered=True, frame=mbap_frame, fault=fault_of_reply, head=HEADER, tail=0)
"""Modbus TCP, with or without TLS."""
RTU: Final = Framing(numbered=False, frame=rtu_frame, fault=fault_of_rtu_reply, head=1, tail=CHECKSUM)
"""Serial lines, and serial lines behind a TCP port."""
