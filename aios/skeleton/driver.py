"""The driver: reads all points of one device as one block, and sends each command once."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import numpy as np

from aios import Block, Clock, Command, Device, Driver, Point, Sent, Transmission, quality
from aios.skeleton.line import Away, Lapsed, Line, NoAnswer, Refused

log = logging.getLogger(__name__)

UNREAD = quality.INVALID | quality.FAILURE | quality.OLD
"""Quality of a row that could not be read."""


class SkeletonDriver:
    """Speaks to one device over one line. `read` and `write` raise nothing; `write` never repeats."""

    def __init__(
        self, device: Device, points: Sequence[Point], rows: Sequence[int], clock: Clock, line: Line
    ) -> None:
        self.name = device.name
        self.points = tuple(point.name for point in points)
        self._quantity = {point.name: point.quantity for point in points}
        self._line = line
        self._clock = clock
        self._index = np.asarray(rows, dtype=np.int32)
        self._value = np.zeros(len(points))
        self._at_ns = np.zeros(len(points), dtype=np.int64)
        self._away = False

    async def open(self) -> None:
        """Do nothing: the first reading connects, and a device that is away is no error."""

    async def read(self) -> Block:
        """Read every point in one request; what could not be read keeps its last value and time, invalid."""
        asked_ns = self._clock.now_ns()
        numbers = np.full(len(self.points), math.nan)
        try:
            words = await self._line.ask("READ " + " ".join(self._quantity.values()))
            numbers = _numbers(words, len(self.points))
            self._note("")
        except (Away, NoAnswer, Refused, ValueError) as lost:
            self._note(str(lost))
        there = np.isfinite(numbers)
        self._value = np.where(there, numbers, self._value)
        self._at_ns = np.where(there, np.int64(asked_ns), self._at_ns)
        return Block(
            index=self._index,
            value=self._value,
            quality=np.where(there, 0, UNREAD).astype(np.uint16),
            at_ns=self._at_ns,
            available_at_ns=np.full(len(self.points), self._clock.now_ns(), dtype=np.int64),
        )

    async def write(self, command: Command) -> Sent:
        """Send one command once, and say what the wire said."""
        if not math.isfinite(command.value) or abs(command.value) > 1e6:
            return self._sent(command, Transmission.NOT_SENT, f"{command.value} does not fit the device")
        try:
            await self._line.ask(
                f"SET {self._quantity[command.point]} {command.value!r}",
                lambda: self._clock.now_ns() <= command.valid_until_ns,
            )
        except Away as lost:
            return self._sent(command, Transmission.NOT_SENT, str(lost))
        except Lapsed:
            return self._sent(command, Transmission.EXPIRED, "its validity ended before it could leave")
        except Refused as refusal:
            return self._sent(command, Transmission.REFUSED, str(refusal))
        except NoAnswer as lost:
            return self._sent(command, Transmission.NO_ANSWER, str(lost))
        return self._sent(command, Transmission.WRITTEN, "")

    async def close(self) -> None:
        """Let go of the device."""
        await self._line.close()

    def _sent(self, command: Command, transmission: Transmission, detail: str) -> Sent:
        return Sent(command=command.id, transmission=transmission, at_ns=self._clock.now_ns(), detail=detail)

    def _note(self, why: str) -> None:
        """Say once when the device goes away, and once when it is back."""
        if why and not self._away:
            log.warning("device away: %s: %s", self.name, why)
        if self._away and not why:
            log.warning("device back: %s", self.name)
        self._away = bool(why)


def _numbers(words: Sequence[str], count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the numbers of an answer; `-` is a point without a value, and reads as NaN.

    Raises:
        ValueError: it has another length, or a word that is no number.
    """
    if len(words) != count:
        raise ValueError(f"{len(words)} values for {count} points")
    return np.array([math.nan if word == "-" else float(word) for word in words])


def make(
    device: Device, points: Sequence[Point], rows: Sequence[int], clock: Clock, link: Line | None = None
) -> Driver:
    """Make the driver of one device: entry point `skeleton` of the group `aios.drivers`.

    Args:
        device: of the site file; `host`, `port` and `timeout_s` are used.
        points: that the device serves.
        rows: of them in the site's point table.
        clock: operational time.
        link: how to reach it; None means its host and port.
    """
    line = link or Line(device.host, device.port, timeout_s=device.timeout_s)
    return SkeletonDriver(device, points, rows, clock, line)
