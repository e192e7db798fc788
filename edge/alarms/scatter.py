"""The scatter of readings, block by block, and the usual one that it is held against.

The scatter of a point in a block is the median size of the second differences of its readings: a value that
rises or falls evenly has none, and neither has one that jumps once or twice; an unsteady instrument has one
with every reading. What is usual is learnt from blocks that are near it, so that a fault is not learnt away.

Source: differences of successive readings as a measure of noise beside a trend (von Neumann, 1941); the
median against outliers is usual in robust statistics. The constants are our choice.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.image import ProcessImage
from kernel.measurement import Values
from kernel.point import NANOSECONDS
from kernel.quality import good_mask

BLOCK: Final = 8
"""Readings of a block."""
LEARNING: Final = 8
"""Blocks in which the usual scatter is learnt before it is believed: two hours with a look in two minutes."""
USUAL_S: Final = 6 * 3600.0
"""Time constant of the usual scatter, seconds."""
CALM: Final = 2.0
"""A block teaches what is usual where its scatter is below so many times it."""
FLOOR_SHARE: Final = 0.001
"""Least usual scatter over the value: a sound instrument of class 0.5 has as much."""


class Scatter:
    """Scatter of N points of an image, in the unit of each."""

    def __init__(self, rows: NDArray[np.intp], floors: Values) -> None:
        """Begin with nothing read.

        Args:
            rows: of the points in the image, (N,).
            floors: least usual scatter of each, whatever its value, (N,).
        """
        count = len(rows)
        self.rows = rows
        self._floors = floors
        self._images: tuple[ProcessImage, ...] = ()
        self.newest, self.usual = np.zeros(count), floors.copy()
        """Scatter of the newest whole block of each point, and the usual one, (N,)."""
        self.largest = np.full(count, np.inf)
        """Largest second difference of the newest block; infinite where that block was not whole, (N,)."""
        self.blocks = np.zeros(count, dtype=np.int64)
        """Whole blocks of each point."""

    def take(self, image: ProcessImage) -> bool:
        """Take in the readings of an image; judge the block that they complete, and tell whether they do.

        A point of which a reading in the block is missing, old or not good is not judged by that block.
        """
        self._images = (*self._images, image)
        if len(self._images) < BLOCK:
            return False
        self._judge(self._images)
        self._images = ()
        return True

    def _judge(self, images: tuple[ProcessImage, ...]) -> None:
        lasted_s = (images[-1].now_ns - images[0].now_ns) / NANOSECONDS
        qualities = np.array([image.quality for image in images])[:, self.rows]
        times = np.array([image.at_ns for image in images])[:, self.rows]
        good = good_mask(qualities).all(axis=0) & (np.diff(times, axis=0) > 0).all(axis=0)
        rows = np.flatnonzero(good)
        value = np.array([image.value for image in images])[:, self.rows[rows]]
        sizes = np.sort(np.abs(np.diff(value, 2, axis=0)), axis=0)
        middle = 0.5 * (sizes[BLOCK // 2 - 1] + sizes[BLOCK // 2 - 2])
        floor = np.maximum(self._floors[rows], FLOOR_SHARE * np.abs(value[-1]))
        before, blocks = self.usual[rows], self.blocks[rows]
        weight = np.where(
            blocks < LEARNING,
            1.0 / (blocks + 1.0),
            np.where(middle < CALM * before, min(1.0, lasted_s / USUAL_S), 0.0),
        )
        self.usual[rows] = np.maximum(before + weight * (middle - before), floor)
        self.newest[rows] = middle
        self.largest[:] = np.inf
        self.largest[rows] = sizes[-1]
        self.blocks[rows] += 1

    def hot(self, times: float) -> list[int]:
        """Return the points whose newest block scatters more than so many times the usual."""
        return np.flatnonzero((self.newest > times * self.usual) & (self.blocks > LEARNING)).tolist()

    def knows(self, place: int) -> bool:
        """Tell whether what is usual for a point is believed."""
        return bool(self.blocks[place] > LEARNING)

    def excess(self, place: int) -> float:
        """Return by how much a point scatters more than usually, in its unit."""
        return float(self.newest[place] - self.usual[place])
