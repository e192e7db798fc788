"""The process of the policy of rights: one question a frame, one answer a frame, until its input ends.

Frames are those of `policies.worker`.
"""

from __future__ import annotations

import signal
import sys
from typing import BinaryIO, Final

import msgspec

from policies.rights.process import RightsAnswer
from policies.rights.rights import Granted, RightAsked, Rights
from policies.worker import FAILED, frames, put

_question: Final = msgspec.json.Decoder(RightAsked)


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Compile the rights and answer every question."""
    rights = Rights()
    for body in frames(incoming):
        put(outgoing, _answer(rights, body))


def _answer(rights: Rights, body: bytes) -> bytes:
    try:
        found = rights.may(_question.decode(body))
    except msgspec.MsgspecError as error:
        return FAILED + str(error).encode()
    if isinstance(found, Granted):
        return msgspec.json.encode(RightsAnswer(roles=found.roles))
    return msgspec.json.encode(RightsAnswer(why=found.why))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which closes our input
    serve(sys.stdin.buffer, sys.stdout.buffer)
