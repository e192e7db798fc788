"""The chain of models in a device: where it begins, and what hangs in it.

Source: SunSpec Device Information Model Specification V1.1, 6: the marker "SunS", then blocks of id,
length and points until id 0xFFFF.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException, Link, NoAnswer

BASES: Final = (40000, 0, 50000)
"""Registers at which the marker may stand, the usual one first."""
MARKER: Final = [0x5375, 0x6E53]
"""The text SunS."""
END: Final = 0xFFFF
"""Id behind the last model."""
MOST_READ: Final = 124
"""Registers in one read; one less than the protocol admits, which some devices do not bear."""
MOST_MODELS: Final = 200
"""A longer chain is none: its lengths lead in a circle or into nowhere."""


class ChainModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model as it hangs in the chain."""

    id: int
    address: int
    """Register of its id."""
    registers: tuple[int, ...]
    """All of it, id and length first."""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """All models of a device."""

    base: int
    """Register of the marker."""
    models: tuple[ChainModel, ...]
    fault: str = ""
    """Why it ended before its end; empty where it is whole."""


Seen = Callable[[int, int], None]
"""Is told the id of each model and its number."""
_Read = Callable[[int, int], Awaitable[list[int]]]


async def find_base(link: Link, unit: int) -> int | None:
    """Return the register of the marker; None where the device has none.

    Raises:
        LinkDown, NoAnswer, BadEcho: the device did not answer; one that refuses an address did.
    """
    lost: NoAnswer | None = None
    answered = False
    for base in BASES:
        try:
            if await link.read(unit, Table.HOLDING, base, 2) == MARKER:
                return base
            answered = True
        except DeviceException:
            answered = True
        except NoAnswer as silence:  # some keep silent where they have no register
            lost = silence
    if lost is not None and not answered:
        raise lost
    return None


async def walk(link: Link, unit: int, base: int, seen: Seen = lambda _id, _number: None) -> Chain:
    """Read all models behind a marker.

    Raises:
        LinkDown, NoAnswer, BadEcho: the device went away.
    """

    async def read(address: int, count: int) -> list[int]:
        registers: list[int] = []
        while len(registers) < count:
            part = min(MOST_READ, count - len(registers))
            registers += await link.read(unit, Table.HOLDING, address + len(registers), part)
        return registers

    models: list[ChainModel] = []
    fault = ""
    address = base + len(MARKER)
    while not fault and len(models) < MOST_MODELS:
        try:
            model = await _model(read, address)
        except DeviceException as refusal:
            fault = f"the chain breaks at register {address}: {refusal}"
            break
        if model is None:
            return Chain(base=base, models=tuple(models))
        seen(model.id, len(models) + 1)
        models.append(model)
        address += len(model.registers)
        if address >= 65536:
            fault = f"model {model.id} claims to reach beyond the last register"
    fault = fault or f"more than {MOST_MODELS} models"
    return Chain(base=base, models=tuple(models), fault=fault)


async def _model(read: _Read, address: int) -> ChainModel | None:
    """Read one model; None at the end. The id is read alone: behind the last one there may be nothing."""
    (number,) = await read(address, 1)
    if number == END:
        return None
    (length,) = await read(address + 1, 1)
    inside = min(length, 65536 - address - 2)
    registers = await read(address + 2, inside)
    return ChainModel(id=number, address=address, registers=(number, length, *registers))
