"""Randomness with random access: a number for a seed and an index, without stepping through those before.

Source of the mixing function: splitmix64, S. Vigna, public domain reference implementation.
"""

from __future__ import annotations

import math
from typing import Final

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


def seed_of(seed: int, *names: str) -> int:
    """Derive a seed for a named use, so that uses do not disturb each other.

    >>> seed_of(1, "weather") == seed_of(1, "weather"), seed_of(1, "weather") == seed_of(1, "t1")
    (True, False)
    """
    own = seed & _MASK
    for name in names:
        for byte in name.encode():
            own = mixed(own ^ byte)
    return own


def uniform(seed: int, index: int) -> float:
    """Return a number in [0, 1) for a seed and an index.

    >>> 0.0 <= uniform(7, -3) < 1.0
    True
    """
    return (mixed((seed & _MASK) ^ mixed(index & _MASK)) >> 11) * 2.0**-53


def normal(seed: int, index: int) -> float:
    """Return a standard normal number for a seed and an index (Box-Muller).

    >>> numbers = [normal(3, k) for k in range(4000)]
    >>> abs(sum(numbers)) / 4000 < 0.05
    True
    """
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(seed, 2 * index)))
    return radius * math.cos(2.0 * math.pi * uniform(seed, 2 * index + 1))


def mixed(number: int) -> int:
    """Return 64 bits for 64 others, 0 <= number < 2^64: near ones are far apart afterwards."""
    number = (number + _GOLDEN) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)
