"""What a server serves: a device's registers, and its refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, runtime_checkable

from drivers.modbus.entry import Table


class Refusal(Exception):
    """The device does not do what it is asked, and says so with an exception code.

    Source of the codes: Modbus Application Protocol V1.1b3, 7.
    """

    code: ClassVar[int]


class WrongState(Refusal):
    """The device cannot do this in the state that it is in (exception code 1).

    Source: as above, code 1: "the server is in the wrong state to process a request of this type".
    """

    code = 1


class IllegalAddress(Refusal):
    """The device has nothing at one of these addresses (exception code 2)."""

    code = 2

    def __init__(self, table: Table, address: int, count: int) -> None:
        self.table = table
        self.address = address
        self.count = count
        super().__init__(f"no {table} {address}..{address + count - 1}")


class IllegalValue(Refusal):
    """The device does not take this value (exception code 3)."""

    code = 3


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
            WrongState: the device takes no such write now.
        """
        ...


@runtime_checkable
class PackedBank(Protocol):
    """A bank that keeps the bytes of what it was asked, for servers of many devices."""

    def packed(self, table: Table, address: int, count: int, now_ns: int) -> bytes:
        """Return registers as they go on the wire, high byte first; of the tables of registers alone.

        Raises:
            IllegalAddress: the device does not have all of them.
        """
        ...
