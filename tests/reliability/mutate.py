"""Malformed input: what is valid, damaged in the ways in which wires, peers and attackers damage it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

LONGEST: Final = 600
"""Bytes of pure rubbish at most."""
INTERESTING: Final = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
"""Bytes at which lengths, signs and types turn over."""

Damage = Callable[[bytearray, random.Random], bytearray]


def _flip(frame: bytearray, dice: random.Random) -> bytearray:
    for _ in range(dice.randint(1, 3)):
        frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
    return frame


def _set(frame: bytearray, dice: random.Random) -> bytearray:
    frame[dice.randrange(len(frame))] = dice.choice(INTERESTING)
    return frame


def _head(frame: bytearray, dice: random.Random) -> bytearray:
    """Damage the beginning, where lengths and types stand."""
    frame[dice.randrange(min(len(frame), 10))] = dice.randrange(256)
    return frame


def _cut(frame: bytearray, dice: random.Random) -> bytearray:
    return frame[: dice.randrange(len(frame))]


def _insert(frame: bytearray, dice: random.Random) -> bytearray:
    place = dice.randrange(len(frame) + 1)
    return frame[:place] + dice.randbytes(dice.randint(1, 8)) + frame[place:]


def _leave_out(frame: bytearray, dice: random.Random) -> bytearray:
    place = dice.randrange(len(frame))
    return frame[:place] + frame[place + dice.randint(1, 4) :]


def _repeat(frame: bytearray, dice: random.Random) -> bytearray:
    place = dice.randrange(len(frame))
    part = frame[place : place + dice.randint(1, 40)]
    return frame[:place] + part * dice.randint(2, 6) + frame[place:]


def _twice(frame: bytearray, dice: random.Random) -> bytearray:
    return frame + frame[: dice.randint(1, len(frame))]


def _rubbish(_frame: bytearray, dice: random.Random) -> bytearray:
    return bytearray(dice.randbytes(dice.randint(1, LONGEST)))


def _swap(frame: bytearray, dice: random.Random) -> bytearray:
    middle = dice.randrange(len(frame))
    return frame[middle:] + frame[:middle]


WAYS: Final[tuple[Damage, ...]] = (
    *(_flip, _flip, _set, _head, _head, _cut, _insert, _leave_out, _repeat, _twice, _rubbish, _swap),
)


def mutated(frame: bytes, dice: random.Random) -> bytes:
    """Return a valid frame damaged once or twice; the same dice damage it the same way."""
    damaged = bytearray(frame)
    for _ in range(1 if dice.random() < 0.7 else 2):
        if damaged:
            damaged = dice.choice(WAYS)(damaged, dice)
    return bytes(damaged)


def pieces(frame: bytes, dice: random.Random) -> list[bytes]:
    """Return a frame whole, or cut in two or three as it may arrive."""
    if len(frame) < 3 or dice.random() < 0.6:
        return [frame]
    places = sorted(dice.sample(range(1, len(frame)), dice.randint(1, 2)))
    return [frame[low:high] for low, high in zip([0, *places], [*places, len(frame)], strict=True)]
