"""The policy process: evaluates for a `ProcessGate` at the other end of its standard streams.

Frames are a 4-byte big-endian length and a body. First comes the bundle, then requests; each is answered
by one frame: a JSON document, or `!` and why there is none. It ends when its input ends.
"""

from __future__ import annotations

import signal
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from policies.bundle import ENTRY, PolicyBundle
from policies.embedded import EvaluationFailed, Evaluator

LENGTH: Final = struct.Struct(">I")
FAILED: Final = b"!"
READY: Final = b"ready"


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Compile the bundle of the first frame and answer all that follow."""
    asked = frames(incoming)
    first = next(asked, None)
    if first is None:
        return
    bundle = msgspec.json.decode(first, type=PolicyBundle)
    try:
        evaluator = Evaluator(bundle.modules, bundle.data)
    except EvaluationFailed as failure:
        put(outgoing, FAILED + str(failure).encode())
        return
    put(outgoing, READY)
    for request in asked:
        put(outgoing, _answer(evaluator, request))


def _answer(evaluator: Evaluator, request: bytes) -> bytes:
    try:
        return evaluator.evaluate_text(ENTRY, request).encode()
    except EvaluationFailed as failure:
        return FAILED + str(failure).encode()


def frames(incoming: BinaryIO) -> Iterator[bytes]:
    """Yield the bodies of frames until the input ends."""
    while len(head := incoming.read(LENGTH.size)) == LENGTH.size:
        yield incoming.read(LENGTH.unpack(head)[0])


def put(outgoing: BinaryIO, body: bytes) -> None:
    """Write one frame."""
    outgoing.write(LENGTH.pack(len(body)) + body)
    outgoing.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which ends its gate in order
    serve(sys.stdin.buffer, sys.stdout.buffer)
