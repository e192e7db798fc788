"""Frames: how requests and answers travel.

A frame is a 4-byte big-endian length and a msgpack body; one request, one answer, in order.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from kernel.shell.wire.buses import Buses
from kernel.shell.wire.lineage import Lineage
from kernel.shell.wire.metrics import Metrics
from kernel.shell.wire.outcomes import Accepted, Rejected, Repeated, TurnedAway
from kernel.shell.wire.processes import Processes
from kernel.shell.wire.requests import Request
from kernel.shell.wire.snapshot import Snapshot
from kernel.shell.wire.tree import Branch

LONGEST_FRAME: Final = 16 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")

Answer = (
    Snapshot | Lineage | Metrics | Processes | Buses | Branch | Accepted | Repeated | Rejected | TurnedAway
)

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


class FrameTooLong(ValueError):
    """A frame claims to be longer than the protocol admits."""


def frame(message: Request | Answer) -> bytes:
    """Encode a message with its length in front."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def frame_length(head: bytes) -> int:
    """Read the length of a frame from its first four bytes.

    Raises:
        FrameTooLong: the other side sends more than 16 MiB, or no frame of ours.
    """
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST_FRAME:
        raise FrameTooLong(f"frame of {length} bytes; at most {LONGEST_FRAME} are taken")
    return int(length)


def read_request(body: bytes) -> Request:
    """Decode a request.

    Raises:
        msgspec.DecodeError: not one of ours.
    """
    return _requests.decode(body)


def read_answer(body: bytes) -> Answer:
    """Decode an answer.

    Raises:
        msgspec.DecodeError: not one of ours.
    """
    return _answers.decode(body)
