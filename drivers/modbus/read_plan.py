"""The reads of a device: as few requests as the protocol allows, and what the answers say.

Built once for a device, then used at every poll: everything that can be known before is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers.modbus.codec import FORMAT, byte_order
from drivers.modbus.entry import BIT_TABLES, Access, Encoding, Entry, Table
from kernel.measurement import Values
from kernel.quality import FAILURE, INVALID, NEVER_READ, OLD, OUT_OF_RANGE, Quality

MOST_REGISTERS: Final = 125
"""Most registers in one read. Source: Modbus Application Protocol V1.1b3, 6.3 and 6.4."""
MOST_BITS: Final = 2000
"""Most bits in one read. Source: Modbus Application Protocol V1.1b3, 6.1 and 6.2."""
NO_ANSWER: Final = INVALID | FAILURE | OLD
"""Quality of a value that could not be read now."""

Numbers = tuple[float, ...]
Answer = Sequence[int] | None
"""Registers or bits of one request; None where there was no answer."""


class ReadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One read of neighbouring bits or registers."""

    table: Table
    address: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadPlan:
    """The requests for N entries, and how their answers become N values.

    Invariants: arrays have shape (N,), in the order of the entries the plan was made for.
    """

    requests: tuple[ReadRequest, ...]
    extract: tuple[Callable[[Sequence[int]], Numbers], ...]
    """Answer of each request to the raw numbers in it, by address."""
    gather: NDArray[np.intp]
    """Place of each entry among the raw numbers of all requests one after the other."""
    sizes: tuple[int, ...]
    """Raw numbers in each request."""
    scale: Values
    offset: Values
    missing: Values
    """Raw number that means not implemented; NaN, which equals nothing, where there is none."""
    codes: tuple[tuple[int, frozenset[float]], ...]
    """Row of each discrete entry, with the codes it may show."""

    def decode(self, answers: Sequence[Answer]) -> tuple[Values, Quality]:
        """Return values and qualities, each (N,), of one answer a request.

        A value that is not implemented, not a number or not a known code is an invalid 0.0; so is
        one that was not answered, and an entry that can only be written.
        """
        raw, quality = self._raw(answers)
        value = raw * self.scale + self.offset
        missing = (raw == self.missing) | ~np.isfinite(raw)
        if missing.any():
            quality[missing] |= INVALID | FAILURE
        for row, known in self.codes:
            if quality[row] == 0 and value[row] not in known:
                quality[row] = INVALID | OUT_OF_RANGE
        value[quality != 0] = 0.0
        return value, quality

    def _raw(self, answers: Sequence[Answer]) -> tuple[Values, Quality]:
        """Line up the raw numbers of all requests; the last one stands for entries never read."""
        flat: list[float] = []
        flags: list[int] = []
        for extract, size, answer in zip(self.extract, self.sizes, answers, strict=True):
            flat.extend((0.0,) * size if answer is None else extract(answer))
            flags.extend((NO_ANSWER if answer is None else 0,) * size)
        flat.append(0.0)
        flags.append(NEVER_READ)
        raw = np.array(flat, dtype=np.float64)[self.gather]
        return raw, np.array(flags, dtype=np.uint16)[self.gather]


def plan_reads(entries: Sequence[Entry], *, gap: int = 0) -> ReadPlan:
    """Plan the reads of N entries.

    Args:
        entries: in the order of the rows wanted.
        gap: undeclared registers or bits that one read may cross.
    """
    groups = list(_groups(entries, gap))
    order = [row for group in groups for row in group]
    gather = np.full(len(entries), len(order), dtype=np.intp)
    gather[order] = np.arange(len(order))
    slots = [entry.slot for entry in entries]
    return ReadPlan(
        requests=tuple(_request([entries[row] for row in group]) for group in groups),
        extract=tuple(_extractor([entries[row] for row in group]) for group in groups),
        gather=gather,
        sizes=tuple(len(group) for group in groups),
        scale=np.array([slot.scale for slot in slots], dtype=np.float64),
        offset=np.array([slot.offset for slot in slots], dtype=np.float64),
        missing=np.array(
            [np.nan if slot.not_implemented is None else slot.not_implemented for slot in slots],
            dtype=np.float64,
        ),
        codes=tuple(
            (row, frozenset(map(float, entry.states))) for row, entry in enumerate(entries) if entry.states
        ),
    )


def _groups(entries: Sequence[Entry], gap: int) -> Iterator[list[int]]:
    """Give the rows that go into one request, ordered by address."""
    readable = [row for row, entry in enumerate(entries) if entry.access is not Access.WRITE]
    readable.sort(key=lambda row: (entries[row].table, entries[row].slot.address))
    for table, rows in groupby(readable, key=lambda row: entries[row].table):
        most = MOST_BITS if table in BIT_TABLES else MOST_REGISTERS
        group: list[int] = []
        for row in rows:
            slot = entries[row].slot
            if group and not (
                slot.address - entries[group[-1]].slot.end <= gap
                and slot.end - entries[group[0]].slot.address <= most
            ):
                yield group
                group = []
            group.append(row)
        yield group


def _request(group: Sequence[Entry]) -> ReadRequest:
    first = group[0].slot.address
    return ReadRequest(table=group[0].table, address=first, count=group[-1].slot.end - first)


def _extractor(group: Sequence[Entry]) -> Callable[[Sequence[int]], Numbers]:
    return _bit_extractor(group) if group[0].table in BIT_TABLES else _register_extractor(group)


def _bit_extractor(group: Sequence[Entry]) -> Callable[[Sequence[int]], Numbers]:
    first = group[0].slot.address
    places = [(entry.slot.address - first, entry.slot.encoding) for entry in group]

    def extract(bits: Sequence[int]) -> Numbers:
        return tuple(
            float(bits[at] | bits[at + 1] << 1 if encoding is Encoding.DOUBLE_POINT else bits[at])
            for at, encoding in places
        )

    return extract


def _register_extractor(group: Sequence[Entry]) -> Callable[[Sequence[int]], Numbers]:
    """Compile a group to two calls: registers to bytes, bytes to numbers."""
    first = group[0].slot.address
    to_bytes = struct.Struct(f">{group[-1].slot.end - first}H")
    letters = [">"]
    places: list[int] = []
    for entry in group:
        letters.append(FORMAT[entry.slot.encoding])
        places.extend(2 * (entry.slot.address - first) + place for place in byte_order(entry.slot))
    to_numbers = struct.Struct("".join(letters))
    pick: Callable[[bytes], Any] | None = itemgetter(*places)
    if places == list(range(to_bytes.size)):
        pick = None  # everything lies as it should: the usual case

    def extract(registers: Sequence[int]) -> Numbers:
        wire = to_bytes.pack(*registers)
        return to_numbers.unpack(wire if pick is None else bytes(pick(wire)))

    return extract
