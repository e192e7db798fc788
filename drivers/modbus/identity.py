"""What a device says of itself: maker, model, serial number. Read when asked for, never a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from drivers.modbus.entry import Order, Table


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A text in registers, two characters in each."""

    name: str
    table: Table
    address: int
    """First register, counted from 0 as on the wire."""
    count: int
    """Registers it takes."""
    order: Order = Order.ABCD
    """BADC and DCBA where the second character stands first in a register."""
    expected: str = ""
    """What a device that fits the map says, or how that begins; empty for anything."""

    @property
    def end(self) -> int:
        """First address behind the text."""
        return self.address + self.count


def decode_text(identity: Identity, registers: Sequence[int]) -> str:
    """Return the text in registers; empty where the device has none (all NUL).

    >>> maker = Identity(name="maker", table=Table.HOLDING, address=0, count=4)
    >>> decode_text(maker, [0x4D61, 0x6B65, 0x7200, 0x0000])
    'Maker'
    """
    octets = b"".join((word & 0xFFFF).to_bytes(2, _order(identity)) for word in registers)
    # what stands behind the first NUL is left over from a longer text
    return octets.split(b"\x00", 1)[0].decode("utf-8", "replace").strip()


def encode_text(identity: Identity, text: str) -> tuple[int, ...]:
    """Return the registers that hold a text, filled with NUL; what is too long is cut.

    >>> [hex(word) for word in encode_text(Identity(name="m", table=Table.INPUT, address=0, count=2), "abc")]
    ['0x6162', '0x6300']
    """
    octets = text.encode()[: 2 * identity.count].ljust(2 * identity.count, b"\x00")
    order = _order(identity)
    return tuple(int.from_bytes(octets[at : at + 2], order) for at in range(0, len(octets), 2))


def _order(identity: Identity) -> Literal["big", "little"]:
    return "little" if identity.order in (Order.BADC, Order.DCBA) else "big"
