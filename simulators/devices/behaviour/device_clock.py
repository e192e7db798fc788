"""The clock of a device: it is off by something, it drifts, and somebody may set it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.modbus.entry import Entry
from drivers.modbus.writes import Write
from kernel.point import NANOSECONDS
from simulators.devices.bank import Bank
from simulators.devices.behaviour.role import Behaviour, touches, value_in

DEVICE_TIME: Final = "device_time"
"""Quantity of a map in which a device tells its own time, seconds since 1970 UTC."""


class ClockError:
    """By how much a clock is wrong, at each moment.

    >>> error = ClockError(offset_s=2.0, drift_ppm=50.0)
    >>> error.at(0), error.at(86_400 * 10**9)
    (2000000000, 6320000000)
    """

    def __init__(self, *, offset_s: float = 0.0, drift_ppm: float = 0.0) -> None:
        """Begin wrong.

        Args:
            offset_s: how far it is ahead when it is looked at first, seconds.
            drift_ppm: how much faster it runs, millionths.
        """
        self._ahead_ns = round(offset_s * NANOSECONDS)
        self._drift = drift_ppm * 1e-6
        self._since_ns: int | None = None

    def at(self, now_ns: int) -> int:
        """Return how far it is ahead, nanoseconds."""
        if self._since_ns is None:
            self._since_ns = now_ns
        return self._ahead_ns + round(self._drift * (now_ns - self._since_ns))

    def set_to(self, shown_ns: int, now_ns: int) -> None:
        """Let it show a time now, and drift on from there."""
        self._ahead_ns, self._since_ns = shown_ns - now_ns, now_ns


class DeviceClock(Behaviour):
    """Shows the device's own time; a write to its registers sets it, where the map has them writable."""

    def __init__(self, entry: Entry | None, error: ClockError) -> None:
        """Tell the time by a clock with an error; without an entry only stamps tell of it."""
        self._entry = entry
        self._error = error

    def live(self, bank: Bank, now_ns: int) -> None:  # noqa: ARG002
        """Begin to drift when the device is first looked at."""
        self._error.at(now_ns)

    def take(self, write: Write, bank: Bank, now_ns: int) -> Write | None:  # noqa: ARG002
        """Set the clock by a write that covers its registers alone."""
        entry = self._entry
        if entry is None or entry.writing is None or not touches(write, entry):
            return write
        shown_s, slot = value_in(write, entry), entry.slot
        if shown_s is None or len(write.values) != slot.end - slot.address:
            return write
        self._error.set_to(round(shown_s * NANOSECONDS), now_ns)
        return None

    def show(self, bank: Bank, now_ns: int) -> Mapping[str, float]:  # noqa: ARG002
        """Return the device's own time, seconds since 1970 UTC."""
        if self._entry is None:
            return {}
        return {self._entry.quantity: (now_ns + self._error.at(now_ns)) / NANOSECONDS}

    def ahead_ns(self, now_ns: int) -> int:
        """Return how far it is ahead, nanoseconds."""
        return self._error.at(now_ns)
