"""Answering: which devices have gone silent, for all of them at once.

A device is lost when it has answered before and has no good value left.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kernel.image import ProcessImage
from kernel.quality import VALIDITY
from kernel.site import Site


class Answering:
    """Watches the D devices of a site from tick to tick."""

    def __init__(self, site: Site) -> None:
        """Begin with every device there."""
        number = {device.name: place for place, device in enumerate(site.devices)}
        served = [(row, number[p.source]) for row, p in enumerate(site.points) if p.source in number]
        self._names = tuple(number)
        self._rows = np.array([row for row, _ in served], dtype=np.intp)
        self._device = np.array([device for _, device in served], dtype=np.intp)
        """Device of each of those rows."""
        self._lost = np.zeros(len(number), dtype=np.bool_)
        self._all_answer = False
        self._quality = b""
        """Of all points at the last call."""

    def changes(self, image: ProcessImage) -> Iterator[tuple[str, bool]]:
        """Yield each device that was lost or came back since the last call, and whether it is lost now."""
        quality = image.quality.tobytes()
        if quality == self._quality and self._all_answer:
            return
        self._quality = quality
        good = (image.quality[self._rows] & VALIDITY) == 0
        lost = self._without(good)
        self._all_answer = not lost.any()
        if not self._all_answer:
            lost &= ~self._without(image.at_ns[self._rows] > 0)
        for place in np.flatnonzero(lost != self._lost):
            yield self._names[place], bool(lost[place])
        self._lost = lost

    def _without(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which devices have none of the marked rows; (D,) bool."""
        none = np.ones(len(self._names), dtype=np.bool_)
        none[self._device[rows]] = False
        return none
