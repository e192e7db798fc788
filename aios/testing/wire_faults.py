"""What a bad wire does to the bytes of one direction: a noun of faults, and the pure step that applies them.

A *piece* is what one look at the socket gave. Field protocols ask and answer, so that a piece is nearly
always one request or one reply; of a stream without pauses it is a stretch of at most 16 KiB.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

MOST_GARBAGE: Final = 16
"""Random bytes put before a piece: 1 to 16 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFaults:
    """Faults of one direction; without any, bytes pass as they came.

    Chances are of one piece, 0.0 to 1.0; each is drawn on its own.

    Raises:
        ValueError: a chance is not between 0 and 1, or a time, size or rate is negative.
    """

    latency_s: float = 0.0
    """Time that every piece takes, seconds; order is kept."""
    jitter_s: float = 0.0
    """Up to so much more, seconds, drawn evenly."""
    bandwidth: float = 0.0
    """Bytes a second; 0 means as fast as it goes."""
    slice_bytes: int = 0
    """Pieces are cut so small, bytes; 0 means not at all."""
    slice_pause_s: float = 0.001
    """Pause after each cut, seconds, so that the receiver sees them one by one."""
    flip: float = 0.0
    """Chance that one bit is flipped."""
    garbage: float = 0.0
    """Chance that random bytes come before it."""
    drop: float = 0.0
    """Chance that it is lost."""
    duplicate: float = 0.0
    """Chance that it comes twice."""
    late: float = 0.0
    """Chance that it waits for `late_s`, and what follows waits behind it."""
    late_s: float = 2.0
    """How long a late piece waits, seconds: choose more than the time-out of the client."""
    reset: float = 0.0
    """Chance that the connection is reset in its place."""
    half_open: bool = False
    """Swallow all bytes and tell nobody that a side has closed, as a peer that lost its supply."""
    replay: int = 0
    """So many recorded pieces come in turn in the place of new ones of the same shape; 0 means none."""
    hold: bool = False
    """Let nothing pass until it is lifted; then what was held arrives, as after a partition."""

    def __post_init__(self) -> None:
        """Refuse what is no chance, and negative amounts."""
        for name in ("flip", "garbage", "drop", "duplicate", "late", "reset"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a chance between 0 and 1, not {getattr(self, name)}")
        for name in (
            "latency_s",
            "jitter_s",
            "bandwidth",
            "slice_bytes",
            "slice_pause_s",
            "late_s",
            "replay",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} cannot be negative: {getattr(self, name)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbed:
    """What becomes of one piece."""

    content: bytes
    """What is passed on; empty where it was lost."""
    delay_s: float
    """How long after its arrival it may leave at the earliest, seconds."""
    befell: tuple[str, ...]
    """The faults that were drawn, by the names of their fields."""


def disturb(faults: WireFaults, piece: bytes, dice: random.Random) -> Disturbed:
    """Apply the faults of a direction to one piece; the same dice give the same faults.

    >>> disturb(WireFaults(duplicate=1.0), b"ab", random.Random(1))
    Disturbed(content=b'abab', delay_s=0.0, befell=('duplicate',))
    """
    delay_s = faults.latency_s + dice.uniform(0.0, faults.jitter_s)
    if _falls(faults.reset, dice):
        return Disturbed(content=b"", delay_s=delay_s, befell=("reset",))
    if _falls(faults.drop, dice):
        return Disturbed(content=b"", delay_s=delay_s, befell=("drop",))
    befell, content = [], piece
    if _falls(faults.flip, dice):
        befell.append("flip")
        content = _flipped(content, dice)
    if _falls(faults.duplicate, dice):
        befell.append("duplicate")
        content += content
    if _falls(faults.garbage, dice):
        befell.append("garbage")
        content = dice.randbytes(dice.randint(1, MOST_GARBAGE)) + content
    if _falls(faults.late, dice):
        befell.append("late")
        delay_s += faults.late_s
    return Disturbed(content=content, delay_s=delay_s, befell=tuple(befell))


def slices(content: bytes, size: int) -> list[bytes]:
    """Cut bytes into pieces of at most `size`; 0 leaves them whole.

    >>> slices(b"abcde", 2)
    [b'ab', b'cd', b'e']
    """
    step = size or len(content) or 1
    return [content[place : place + step] for place in range(0, len(content), step)]


def _falls(chance: float, dice: random.Random) -> bool:
    return chance > 0.0 and dice.random() < chance


def _flipped(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)
