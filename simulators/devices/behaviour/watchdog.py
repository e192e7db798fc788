"""The communication watchdog: a device whose gateway no longer beats falls back by itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.modbus.bank import IllegalAddress, WrongState
from drivers.modbus.entry import Entry
from drivers.modbus.writes import Write
from kernel.point import NANOSECONDS
from simulators.devices.bank import Bank
from simulators.devices.behaviour.role import Behaviour, FallsBack, touches, value_in

COMMUNICATION: Final = "communication_state"
BEATS_MISSED: Final = 3.0
"""Periods of the heartbeat after which it counts as lost, where nothing else is said."""


class Communication(IntEnum):
    """The codes of `communication_state`."""

    LOST = 0
    GOOD = 1
    NEVER = 2
    """No heartbeat since the device was switched on: it does not watch yet."""


class Watchdog(Behaviour):
    """Watches a heartbeat register. A number that does not change is no beat: a hung gateway repeats itself.

    At its end the device falls back at that nanosecond, and takes no other writes until it beats again; it
    then waits for a new set-point.
    """

    def __init__(self, heartbeat: Entry, *, timeout_s: float, tells: bool) -> None:
        """Watch a register.

        Args:
            heartbeat: the register.
            timeout_s: silence after which the device falls back, operational seconds.
            tells: whether the map has a `communication_state`.
        """
        self._heartbeat = heartbeat
        self._timeout_ns = round(timeout_s * NANOSECONDS)
        self._tells = tells
        self._number: float | None = None
        self._due_ns: int | None = None
        self._state = Communication.NEVER

    def live(self, bank: Bank, now_ns: int) -> None:
        """Fall back where the time is over."""
        if self._due_ns is None or now_ns < self._due_ns:
            return
        due_ns, self._due_ns = self._due_ns, None
        self._state = Communication.LOST
        if isinstance(bank, FallsBack):
            bank.fall_back(due_ns)

    def take(self, write: Write, bank: Bank, now_ns: int) -> Write | None:  # noqa: ARG002
        """Take a beat; refuse everything else while none comes.

        Raises:
            IllegalAddress: a part of the heartbeat register, or more than it.
            WrongState: the heartbeat is lost.
        """
        if touches(write, self._heartbeat):
            self._beat(write, now_ns)
            return None
        if self._state is Communication.LOST:
            raise WrongState("the heartbeat is lost")
        return write

    def show(self, bank: Bank, now_ns: int) -> Mapping[str, float]:  # noqa: ARG002
        """Return the last number, and whether the gateway is heard."""
        shown = {} if self._number is None else {self._heartbeat.quantity: self._number}
        return {**shown, COMMUNICATION: float(self._state)} if self._tells else shown

    def _beat(self, write: Write, now_ns: int) -> None:
        slot = self._heartbeat.slot
        number = value_in(write, self._heartbeat)
        if number is None or len(write.values) != slot.end - slot.address:
            raise IllegalAddress(write.table, write.address, len(write.values))
        if number != self._number:
            self._number = number
            self._due_ns = now_ns + self._timeout_ns
            self._state = Communication.GOOD
