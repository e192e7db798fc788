"""A short poll without arrays: what a meter of a few registers says, number by number.

For a few numbers each step over an array costs more than all of them one by one. The rules are those of
`drivers.modbus.read_plan`, and so are the bits; a plan whose numbers are many, swapped, cut into bits or
scaled by registers is decoded there.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np

from drivers.modbus.codec import FORMAT
from drivers.modbus.entry import BIT_TABLES, Access, Entry, Order, Table
from kernel.measurement import Values
from kernel.quality import FAILURE, INVALID, NEVER_READ, OUT_OF_RANGE, Quality

MOST: Final = 16
"""Numbers up to which one by one is the faster way."""


class _Number(NamedTuple):
    """What one number means."""

    row: int
    scale: float
    offset: float | None
    """None where no number of the plan has one: nothing is added, not even 0."""
    missing: float | None
    codes: frozenset[float]
    """All that have a name; empty where the number is no code."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FewNumbers:
    """How the answers of R requests become N values and qualities."""

    packers: tuple[struct.Struct, ...]
    """From the registers of each request to bytes."""
    readers: tuple[struct.Struct, ...]
    """From those bytes to numbers, in the order of their addresses."""
    numbers: tuple[_Number, ...]
    """In the order in which they are read."""
    written_only: tuple[int, ...]
    rows: int

    @classmethod
    def of(cls, entries: Sequence[Entry], requests: Sequence[tuple[Table, int, int]]) -> Self | None:
        """Prepare a plan; None where it is none of those.

        Args:
            entries: N of them.
            requests: table, first register and count of each.
        """
        if not _is_simple(entries):
            return None
        has_offset = any(entry.slot.offset for entry in entries)
        readers: list[struct.Struct] = []
        numbers: list[_Number] = []
        for table, first, count in requests:
            fields, place = [">"], first
            for row, entry in _of_request(entries, table, first, count):
                slot = entry.slot
                if slot.address < place:
                    return None  # two entries share a register
                fields.append(f"{2 * (slot.address - place)}x{FORMAT[slot.encoding]}")
                place = slot.end
                missing = None if slot.not_implemented is None else float(slot.not_implemented)
                offset = slot.offset if has_offset else None
                codes = frozenset(float(code) for code in entry.states or ())
                numbers.append(_Number(row, slot.scale, offset, missing, codes))
            readers.append(struct.Struct("".join(fields) + f"{2 * (first + count - place)}x"))
        written = tuple(row for row, entry in enumerate(entries) if entry.access is Access.WRITE)
        if len(numbers) + len(written) != len(entries):
            return None
        return cls(
            packers=tuple(struct.Struct(f">{count}H") for _, _, count in requests),
            readers=tuple(readers),
            numbers=tuple(numbers),
            written_only=written,
            rows=len(entries),
        )

    def decode(self, answers: Sequence[Sequence[int]]) -> tuple[Values, Quality]:
        """Return values and qualities, each (N,), of one answer a request."""
        value, quality = [0.0] * self.rows, np.zeros(self.rows, dtype=np.uint16)
        raw: list[float] = []
        for packer, reader, answer in zip(self.packers, self.readers, answers, strict=True):
            raw += reader.unpack(packer.pack(*answer))
        for (row, scale, offset, missing, codes), number in zip(self.numbers, raw, strict=True):
            counted = float(number)
            scaled = counted * scale
            if offset is not None:
                scaled += offset
            if counted == missing or not math.isfinite(scaled):
                quality[row] = INVALID | FAILURE
            elif codes and scaled not in codes:
                quality[row] = INVALID | OUT_OF_RANGE
            else:
                value[row] = scaled
        for row in self.written_only:
            quality[row] = NEVER_READ
        return np.array(value), quality


def _is_simple(entries: Sequence[Entry]) -> bool:
    return len(entries) <= MOST and all(
        entry.table not in BIT_TABLES
        and entry.slot.encoding in FORMAT
        and entry.slot.order is Order.ABCD
        and entry.slot.bits is None
        and entry.slot.factor is None
        for entry in entries
    )


def _of_request(entries: Sequence[Entry], table: Table, first: int, count: int) -> list[tuple[int, Entry]]:
    """Return what a request reads, by address."""
    read = [
        (row, entry)
        for row, entry in enumerate(entries)
        if entry.access is not Access.WRITE
        and entry.table is table
        and first <= entry.slot.address
        and entry.slot.end <= first + count
    ]
    return sorted(read, key=lambda pair: pair[1].slot.address)
