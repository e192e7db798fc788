"""A short poll without arrays: what a meter of a few registers says, number by number.

For a few numbers each step over an array costs more than all of them one by one. The rules are those of
`drivers.modbus.read_plan`, and so are the bits; a plan whose numbers are many, swapped, cut into bits or
scaled by registers is decoded there.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
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
class Usual:
    """What an answer means in which every number is a value: only whether it is one is looked at."""

    scales: tuple[float, ...]
    """Of the numbers, in the order in which they are read."""
    coded: tuple[tuple[int, float | None, frozenset[float]], ...]
    """Place, raw number that means missing and known codes of the numbers that have one of them."""
    places: Callable[[Sequence[float]], Sequence[float]] | None
    """From the numbers and a 0.0 behind them to the N rows; None where they are the rows as they stand."""

    @classmethod
    def of(cls, numbers: Sequence[_Number], *, rows: int) -> Self | None:
        """Prepare for the numbers of a plan without offsets; None for a single row, which is quick anyway."""
        if rows == 1:
            return None
        place_of = {number.row: place for place, number in enumerate(numbers)}
        places = [place_of.get(row, len(numbers)) for row in range(rows)]
        return cls(
            scales=tuple(number.scale for number in numbers),
            coded=tuple(
                (place, number.missing, number.codes)
                for place, number in enumerate(numbers)
                if number.missing is not None or number.codes
            ),
            places=None if places == list(range(len(numbers))) else itemgetter(*places),
        )

    def values(self, raw: Sequence[float]) -> Values | None:
        """Return the values, (N,); None where one of them is missing, unknown or beyond all numbers."""
        scaled = [number * scale for number, scale in zip(raw, self.scales, strict=True)]
        if not math.isfinite(sum(scaled)):  # so it is where one of them is not
            return None
        for place, missing, codes in self.coded:
            if float(raw[place]) == missing or (codes and scaled[place] not in codes):
                return None
        return np.array(scaled if self.places is None else self.places((*scaled, 0.0)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FewNumbers:
    """How the answers of R requests become N values and qualities."""

    packers: tuple[struct.Struct, ...]
    """From the registers of each request to bytes."""
    readers: tuple[struct.Struct, ...]
    """From those bytes to numbers, in the order of their addresses."""
    numbers: tuple[_Number, ...]
    """In the order in which they are read."""
    quality: Quality
    """(N,), of an answer in which every number is a value; it is shared and cannot be written."""
    usual: Usual | None
    """The way of an answer in which every number is a value; None where some have an offset."""

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
        written = [row for row, entry in enumerate(entries) if entry.access is Access.WRITE]
        if len(numbers) + len(written) != len(entries):
            return None
        quality = np.zeros(len(entries), dtype=np.uint16)
        quality[written] = NEVER_READ
        quality.flags.writeable = False
        return cls(
            packers=tuple(struct.Struct(f">{count}H") for _, _, count in requests),
            readers=tuple(readers),
            numbers=tuple(numbers),
            quality=quality,
            usual=None if has_offset else Usual.of(numbers, rows=len(entries)),
        )

    def decode(self, answers: Sequence[Sequence[int]]) -> tuple[Values, Quality]:
        """Return values and qualities, each (N,), of one answer a request."""
        raw: list[float] = []
        for packer, reader, answer in zip(self.packers, self.readers, answers, strict=True):
            raw += reader.unpack(packer.pack(*answer))
        if self.usual is not None and (values := self.usual.values(raw)) is not None:
            return values, self.quality
        value, quality = [0.0] * len(self.quality), self.quality.copy()
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
