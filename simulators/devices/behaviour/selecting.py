"""Select before operate: a device that is operated only while it is reserved, and each time anew.

Source: IEC 61850-7-2, 20.2 (control class model, SBO control); the registers are those of the map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivers.modbus.bank import IllegalAddress, WrongState
from drivers.modbus.entry import Entry
from drivers.modbus.writes import Write
from kernel.point import NANOSECONDS, Writing
from simulators.devices.bank import Bank
from simulators.devices.behaviour.role import Behaviour, touches, value_in


class SelectBeforeOperate(Behaviour):
    """One register that reserves, and what may be operated while it does.

    A reservation ends by its time-out, by any other value in the register, and with the operation, whether
    the device then executes it or not.
    """

    def __init__(self, select: Entry, operated: Sequence[Entry]) -> None:
        """Guard some entries.

        Args:
            select: the register.
            operated: what it guards; all of them have a writing section that names it.

        Raises:
            ValueError: none is guarded, or they differ in how they are reserved.
        """
        rules = {_rule(entry.writing) for entry in operated if entry.writing is not None}
        if len(rules) != 1:
            raise ValueError(f"what {select.quantity} reserves must agree on value and time")
        self._select, self._operated = select, tuple(operated)
        self._value, seconds, self._idle = rules.pop()
        self._lasts_ns = round(seconds * NANOSECONDS)
        self._until_ns: int | None = None

    def take(self, write: Write, bank: Bank, now_ns: int) -> Write | None:  # noqa: ARG002
        """Reserve, give back, or let an operation pass.

        Raises:
            IllegalAddress: a part of the select register, or more than it.
            WrongState: an operation on a device that is not reserved.
        """
        if touches(write, self._select):
            self._reserve(write, now_ns)
            return None
        if any(touches(write, entry) for entry in self._operated):
            if not self._is_reserved(now_ns):
                raise WrongState("the device is not selected")
            self._until_ns = None
        return write

    def show(self, bank: Bank, now_ns: int) -> Mapping[str, float]:  # noqa: ARG002
        """Return what the select register reads."""
        return {self._select.quantity: self._value if self._is_reserved(now_ns) else self._idle}

    def _reserve(self, write: Write, now_ns: int) -> None:
        slot = self._select.slot
        value = value_in(write, self._select)
        if value is None or len(write.values) != slot.end - slot.address:
            raise IllegalAddress(write.table, write.address, len(write.values))
        self._until_ns = now_ns + self._lasts_ns if value == self._value else None

    def _is_reserved(self, now_ns: int) -> bool:
        return self._until_ns is not None and now_ns <= self._until_ns


def _rule(writing: Writing) -> tuple[float, float, float]:
    """Return the value that reserves, for how many seconds, and what an idle register reads."""
    idle = 0.0 if writing.cancel_value is None else writing.cancel_value
    return writing.select_value, writing.select_s, idle
