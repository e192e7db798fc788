"""A recording of answers, and a frame that shows an old one in the place of a new one."""

from __future__ import annotations

from collections import deque
from typing import Final

MOST: Final = 64
"""Answers that are kept."""
_HEAD: Final = 7
"""Bytes of a Modbus TCP header: transaction, protocol, length, unit."""


class Tape:
    """The last answers of one connection, oldest first."""

    def __init__(self) -> None:
        self._answers: deque[bytes] = deque(maxlen=MOST)
        self._played = 0

    def note(self, answer: bytes) -> None:
        """Record an answer."""
        self._answers.append(answer)
        self._played = 0

    def instead_of(self, answer: bytes, count: int) -> bytes:
        """Return one of the last `count` recorded answers of the same shape, in turn, or the answer itself.

        Where frames are numbered it comes under the number of the new one, as from somebody who knows
        the protocol.

        >>> tape = Tape()
        >>> tape.note(bytes.fromhex("0001 0000 0005 01 04 02 0007"))
        >>> tape.instead_of(bytes.fromhex("0002 0000 0005 01 04 02 0009"), 1).hex(" ")
        '00 02 00 00 00 05 01 04 02 00 07'
        """
        like = [old for old in self._answers if _shape(old) == _shape(answer)][-count:]
        if not like:
            return answer
        old = like[self._played % len(like)]
        self._played += 1
        return answer[:_HEAD] + old[_HEAD:] if _numbered(answer) else old


def _numbered(answer: bytes) -> bool:
    """Tell whether a frame has the header of Modbus TCP."""
    return len(answer) > _HEAD and answer[2:4] == b"\0\0" and int.from_bytes(answer[4:6]) == len(answer) - 6


def _shape(answer: bytes) -> tuple[int, bytes]:
    """Tell answers of one kind: size, unit and function."""
    return len(answer), answer[6:8] if _numbered(answer) else answer[:2]
