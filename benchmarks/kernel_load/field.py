"""A device that answers at once, in the process of the gateway: a third of its values change each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from benchmarks.kernel_load.substation import DEVICE
from kernel.command import Command, Sent, Transmission
from kernel.measurement import Block
from kernel.ports import Clock
from kernel.site import Site

_SHARE: Final = 3
"""One value in so many changes every reading."""


class InProcessDriver:
    """Serves all points of a site; what is written stands in the next reading."""

    def __init__(self, site: Site, clock: Clock, *, name: str = DEVICE, rows: range | None = None) -> None:
        """Serve the rows of a site, by default all."""
        self.name = name
        served = range(len(site.points)) if rows is None else rows
        self.points = tuple(site.points[row].name for row in served)
        self._clock = clock
        self._place = {point: place for place, point in enumerate(self.points)}
        self._index = np.array(served, dtype=np.int32)
        self._value = np.array([10.0 + row % 40 for row in served])
        self._good = np.zeros(len(served), dtype=np.uint16)
        measured = [place for place, row in enumerate(served) if site.points[row].writing is None]
        self._measured = np.array(measured, dtype=np.int64)
        self._readings = 0

    async def open(self) -> None:
        """Do nothing: it is always there."""

    async def read(self) -> Block:
        """Change a third of what is measured, and return all rows as of now."""
        changing = self._measured[self._readings % _SHARE :: _SHARE]
        self._value[changing] += 1.0 if self._readings // _SHARE % 2 else -1.0
        self._readings += 1
        now = np.full(len(self._index), self._clock.now_ns(), dtype=np.int64)
        return Block(
            index=self._index, value=self._value.copy(), quality=self._good, at_ns=now, available_at_ns=now
        )

    async def write(self, command: Command) -> Sent:
        """Take a value at once."""
        self._value[self._place[command.point]] = command.value
        return Sent(command=command.id, transmission=Transmission.WRITTEN, at_ns=self._clock.now_ns())

    async def close(self) -> None:
        """Do nothing."""


def drivers(site: Site, clock: Clock, *, count: int) -> Iterator[InProcessDriver]:
    """Share the rows of a site among so many drivers."""
    size = -(-len(site.points) // count)
    for number in range(count):
        rows = range(number * size, min((number + 1) * size, len(site.points)))
        yield InProcessDriver(site, clock, name=f"{DEVICE}{number}", rows=rows)
