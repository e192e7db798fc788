"""What a server serves: a device's registers, and its refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drivers.modbus.entry import Table


class IllegalAddress(Exception):
    """The device has nothing at one of these addresses (exception code 2)."""

    def __init__(self, table: Table, address: int, count: int) -> None:
        self.table = table
        self.address = address
        self.count = count
        super().__init__(f"no {table} {address}..{address + count - 1}")


class IllegalValue(Exception):
    """The device does not take this value (exception code 3)."""


class RegisterBank(Protocol):
    """The registers of one device; the time is passed in, operational nanoseconds since 1970 UTC."""

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return `count` registers, or bits as 0 and 1.

        Raises:
            IllegalAddress: the device does not have all of them.
        """
        ...

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Take registers or bits, all or none.

        Raises:
            IllegalAddress: the device does not have all of them, or not to be written so.
            IllegalValue: the device refuses a value.
        """
        ...
