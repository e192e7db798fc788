"""Scale registers at the moment of a write: read again, and compared with those of the last poll.

A set-point was decided on values that were scaled then. Where the device scales otherwise now, the
same registers would mean another value: nothing is written, and the next poll shows the new scale.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from drivers.modbus.codec import CannotEncode, decode_factor
from drivers.modbus.entry import Entry, Factor, Table

Read = Callable[[int, Table, int, int], Awaitable[list[int]]]
"""Unit, table, address and count to registers, as `Link.read`."""


def scales_of(entry: Entry) -> tuple[Factor, ...]:
    """Return the scale registers that a write of an entry needs, each once."""
    slots = (entry.slot, *entry.companions.slots())
    return tuple({slot.factor.name: slot.factor for slot in slots if slot.factor is not None}.values())


async def scales_now(read: Read, unit: int, entry: Entry, polled: Mapping[str, float]) -> dict[str, float]:
    """Return what the scale registers of an entry multiply by now; asks nothing where it has none.

    Args:
        read: reads registers of the device, on a shared wire with the urgency of the write that follows.
        unit: of the device.
        entry: what is to be written.
        polled: what they multiplied by at the last poll; one that is not in it is not compared.

    Raises:
        CannotEncode: one has no value that can be believed, or another one than at the last poll.
        LinkDown, NoAnswer, BadEcho, DeviceException: it could not be read.
    """
    found: dict[str, float] = {}
    for factor in scales_of(entry):
        at = factor.slot
        times = decode_factor(factor, await read(unit, factor.table, at.address, at.end - at.address))
        before = polled.get(factor.name)
        if times is None:
            raise CannotEncode(entry.quantity, 0.0, f"scale register {factor.name} has no value")
        if before is not None and before != times:
            why = f"scale register {factor.name} multiplies by {times:g} now, by {before:g} when it was read"
            raise CannotEncode(entry.quantity, before, why)
        found[factor.name] = times
    return found
