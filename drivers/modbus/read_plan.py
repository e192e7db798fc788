"""The reads of a device: as few requests as it allows, and what the answers say.

Built once for a device, then used at every poll: everything that can be known before is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers.modbus.codec import decode_factor
from drivers.modbus.entry import BIT_TABLES, FLOATS, Access, Entry, Factor, Slot, Table
from drivers.modbus.few_numbers import FewNumbers
from drivers.modbus.limits import Limits
from drivers.modbus.meaning import BitFields, KnownCodes, ScaleRegisters, codes_missing
from drivers.modbus.raw_numbers import Answer, RawNumbers, raw_numbers
from drivers.modbus.scales import scales_of
from kernel.measurement import Values
from kernel.quality import BAD_REFERENCE, FAILURE, INVALID, NEVER_READ, OLD, OUT_OF_RANGE, Quality

NO_ANSWER: Final = INVALID | FAILURE | OLD
"""Quality of a value that could not be read now."""
NO_SCALE: Final = INVALID | BAD_REFERENCE
"""Quality of a value whose scale register says nothing that can be believed."""


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
    numbers: RawNumbers
    """Answers to the raw numbers of the entries, then those of their scale registers."""
    request_of: NDArray[np.intp]
    """Request that reads each number; behind the last one where none does."""
    written_only: NDArray[np.intp]
    """Rows that can only be written."""
    scale: Values
    offset: Values | None
    """None where all are 0."""
    missing: Values | None
    """Raw number that means not implemented; None where no row has one."""
    bits: BitFields | None
    codes: KnownCodes | None
    registers: ScaleRegisters | None
    floats: bool
    """Whether a raw number may be what no whole number is: NaN, infinite, too large to be scaled."""
    write_scales: tuple[Factor, ...]
    """Scale registers of what can be written."""
    few: FewNumbers | None = None
    """The way for a few plain numbers; None where they are none."""

    def decode(self, answers: Sequence[Answer]) -> tuple[Values, Quality]:
        """Return values and qualities, each (N,), of one answer a request.

        A value that is not implemented, not a number, not a known code or without its scale is an
        invalid 0.0; so is one that was not answered, and an entry that can only be written.
        """
        said = [answer for answer in answers if answer is not None]
        if self.few is not None and len(said) == len(answers):
            return self.few.decode(said)
        if not self.floats:
            return self._decode(answers)
        with np.errstate(all="ignore"):  # a device may show any bits, those of a signalling NaN too
            return self._decode(answers)

    def _decode(self, answers: Sequence[Answer]) -> tuple[Values, Quality]:
        size = len(self.scale)
        every = self.numbers.of(answers)
        raw = every[:size]
        missing = None if self.missing is None else raw == self.missing
        if self.bits is not None:
            self.bits.cut(raw)
        quality = self._unread(answers)
        scale = self.scale
        if self.registers is not None:
            times, sound = self.registers.multipliers(every[size:])
            scale = scale * times
            quality[~sound & (quality == 0)] = NO_SCALE
        value = raw * scale
        if self.offset is not None:
            value += self.offset
        self._judge(value, missing, quality)
        return value, quality

    def together(self) -> tuple[tuple[int, int], ...]:
        """Return the pairs of requests of which one reads a value and the other its scale register."""
        if self.registers is None:
            return ()
        rows, none = len(self.scale), len(self.registers.factors)
        pairs = {
            (int(self.request_of[row]), int(self.request_of[rows + place]))
            for row, place in enumerate(self.registers.of_row.tolist())
            if place < none and self.request_of[row] < len(self.requests)
        }
        return tuple(sorted(pair for pair in pairs if pair[0] != pair[1]))

    def factors(self, answers: Sequence[Answer]) -> Mapping[str, float]:
        """Return what the scale registers of writable entries multiply by; left out where silent."""
        found: dict[str, float] = {}
        for factor in self.write_scales:
            for request, answer in zip(self.requests, answers, strict=True):
                first = factor.slot.address - request.address
                if answer is not None and factor.table is request.table and 0 <= first < request.count:
                    words = answer[first : first + factor.slot.end - factor.slot.address]
                    times = decode_factor(factor, words)
                    found |= {} if times is None else {factor.name: times}
        return found

    def _unread(self, answers: Sequence[Answer]) -> Quality:
        """Return what is known of each row before its number is looked at."""
        size = len(self.scale)
        quality = np.zeros(size, dtype=np.uint16)
        if None in answers:
            silent = np.array([answer is None for answer in answers] + [False])[self.request_of]
            quality[silent[:size]] = NO_ANSWER
            if self.registers is not None:
                quality[np.append(silent[size:], False)[self.registers.of_row]] = NO_ANSWER
        if len(self.written_only):
            quality[self.written_only] = NEVER_READ
        return quality

    def _judge(self, value: Values, missing: NDArray[np.bool_] | None, quality: Quality) -> None:
        """Mark what is no value, and leave 0.0 in its place."""
        hole = missing
        if self.floats:
            broken = ~np.isfinite(value)
            hole = broken if hole is None else hole | broken
        if hole is not None and np.count_nonzero(hole):  # several times as fast as `any` for a few rows
            quality[hole] |= np.uint16(INVALID | FAILURE)
        if self.codes is not None:
            unknown = self.codes.unknown(value)
            if len(unknown):
                quality[unknown[quality[unknown] == 0]] = INVALID | OUT_OF_RANGE
        if np.count_nonzero(quality):
            value[quality != 0] = 0.0


def plan_reads(entries: Sequence[Entry], *, gap: int = 0, limits: Limits | None = None) -> ReadPlan:
    """Plan the reads of N entries, and of the scale registers they need.

    Args:
        entries: in the order of the rows wanted.
        gap: undeclared registers or bits that one read may cross.
        limits: of the device; None for those of the protocol.
    """
    slots = [entry.slot for entry in entries]
    registers = ScaleRegisters.of(slots)
    scaling: tuple[Factor, ...] = () if registers is None else registers.factors
    tables = [*(entry.table for entry in entries), *(factor.table for factor in scaling)]
    every = [*slots, *(factor.slot for factor in scaling)]
    written = [row for row, entry in enumerate(entries) if entry.access is Access.WRITE]
    groups = list(_groups(tables, every, set(written), gap, limits or Limits()))
    request_of = [-1] * len(every)
    for number, group in enumerate(groups):
        for place in group:
            request_of[place] = number
    requests = [_request(tables[group[0]], [every[place] for place in group]) for group in groups]
    offset = np.array([slot.offset for slot in slots], dtype=np.float64)
    reads = [(one.table, one.address, one.count) for one in requests]
    return ReadPlan(
        requests=tuple(requests),
        numbers=raw_numbers(every, request_of, reads),
        request_of=np.array([len(groups) if one < 0 else one for one in request_of], dtype=np.intp),
        written_only=np.array(written, dtype=np.intp),
        scale=np.array([slot.scale for slot in slots], dtype=np.float64),
        offset=offset if offset.any() else None,
        missing=codes_missing(slots),
        bits=BitFields.of(slots),
        codes=KnownCodes.of(entries),
        registers=registers,
        floats=any(slot.encoding in FLOATS for slot in every),
        write_scales=tuple(
            factor
            for factor in scaling
            if any(factor in scales_of(entry) for entry in entries if entry.access is not Access.READ)
        ),
        few=FewNumbers.of(entries, reads),
    )


def _groups(
    tables: Sequence[Table], slots: Sequence[Slot], unread: set[int], gap: int, limits: Limits
) -> Iterator[list[int]]:
    """Give the places that go into one request, ordered by address."""
    readable = [place for place in range(len(slots)) if place not in unread]
    readable.sort(key=lambda place: (tables[place], slots[place].address))
    for table, places in groupby(readable, key=lambda place: tables[place]):
        most = limits.bits if table in BIT_TABLES else limits.registers
        group: list[int] = []
        first = end = 0
        for place in places:
            slot = slots[place]
            if group and not (slot.address - end <= gap and max(slot.end, end) - first <= most):
                yield group
                group = []
            if not group:
                first = end = slot.address
            end = max(end, slot.end)
            group.append(place)
        yield group


def _request(table: Table, group: Sequence[Slot]) -> ReadRequest:
    first = group[0].address
    return ReadRequest(table=table, address=first, count=max(slot.end for slot in group) - first)
