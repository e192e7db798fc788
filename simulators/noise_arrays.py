"""Randomness with random access for whole fleets: the same numbers as `simulators.noise`, many at a time."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.physics.flows import Values

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_MASK: Final = (1 << 64) - 1
_TERMS: Final = 4

Numbers = NDArray[np.int64]


def uniforms(seed: int, index: Numbers) -> Values:
    """Return a number in [0, 1) for a seed and each index, in the shape of the index.

    >>> from simulators.noise import uniform
    >>> uniforms(7, np.array([-3, 5])).tolist() == [uniform(7, -3), uniform(7, 5)]
    True
    """
    mixed = _mix(np.uint64(seed & _MASK) ^ _mix(np.atleast_1d(index).astype(np.uint64)))
    shares: Values = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return shares


def bells(seed: int, index: Numbers) -> Values:
    """Return a bell-shaped number for a seed and each index: mean 0, standard deviation 1, within 3.47.

    The sum of four uniform numbers (Bates, Irwin and Hall), so that arithmetic alone makes it: the same bits
    for a fleet of one and of a thousand.

    >>> many = bells(1, np.arange(4000))
    >>> bool(abs(many.mean()) < 0.05 and abs(many.std() - 1.0) < 0.05)
    True
    """
    total = np.zeros(np.atleast_1d(index).shape)
    for term in range(_TERMS):
        total += uniforms(seed, _TERMS * np.atleast_1d(index) + term)
    spread: Values = (total - 0.5 * _TERMS) * (12.0 / _TERMS) ** 0.5
    return spread


def _mix(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = numbers + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))
