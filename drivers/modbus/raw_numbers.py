"""The raw numbers in the answers of a poll: all of one type in one step, however many there are.

Built once for a device. The answers become one row of bytes; one permutation sorts them by type and
undoes word and byte order; then each type is one view of that row.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from drivers.modbus.codec import FORMAT, byte_order
from drivers.modbus.entry import BIT_TABLES, Encoding, Slot, Table
from kernel.measurement import Values

Answer = Sequence[int] | None
"""Registers or bits of one request; None where there was no answer."""
_TYPE: Final = {
    **{encoding: np.dtype(f">{letter}") for encoding, letter in FORMAT.items()},
    Encoding.BOOL: np.dtype("u1"),
    Encoding.DOUBLE_POINT: np.dtype("<u2"),
}
"""Type of each encoding in the sorted bytes."""
_TOKENS: Final = list(_TYPE)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """The numbers of one type: their bytes after sorting, and the places they go to."""

    type: np.dtype[Any]
    first: int
    end: int
    places: NDArray[np.intp] | slice
    double: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawNumbers:
    """How the answers of R requests become N raw numbers; 0.0 where no request has it."""

    size: int
    packers: tuple[struct.Struct, ...]
    blanks: tuple[bytes, ...]
    """What stands for an answer that did not come."""
    pick: NDArray[np.intp] | None
    """Place of each sorted byte in the answers; None where they lie sorted already: the usual case."""
    runs: tuple[_Run, ...]

    def of(self, answers: Sequence[Answer]) -> Values:
        """Return the raw numbers, (N,)."""
        pieces = [
            blank if answer is None else packer.pack(*answer)
            for packer, blank, answer in zip(self.packers, self.blanks, answers, strict=True)
        ]
        wire = np.frombuffer(pieces[0] if len(pieces) == 1 else b"".join(pieces), dtype=np.uint8)
        if self.pick is not None:
            wire = wire[self.pick]
        raw = np.zeros(self.size)
        for run in self.runs:
            numbers = wire[run.first : run.end].view(run.type)
            if run.double:  # the first contact in the low byte, the second in the high one
                numbers = (numbers & 1) + 2 * (numbers >> 8)
            raw[run.places] = numbers
        return raw


def raw_numbers(
    slots: Sequence[Slot], request_of: Sequence[int], requests: Sequence[tuple[Table, int, int]]
) -> RawNumbers:
    """Prepare the way from answers to N raw numbers.

    Args:
        slots: N places of numbers.
        request_of: the request that reads each; -1 where none does.
        requests: table, first address and count of each.
    """
    widths = [1 if table in BIT_TABLES else 2 for table, _, _ in requests]
    starts = np.cumsum([0, *(width * count for width, (_, _, count) in zip(widths, requests, strict=True))])
    wanted = [place for place in range(len(slots)) if request_of[place] >= 0]
    wanted.sort(
        key=lambda place: (_TOKENS.index(slots[place].encoding), request_of[place], slots[place].address)
    )
    pick: list[int] = []
    runs: list[_Run] = []
    for encoding, grouped in groupby(wanted, key=lambda place: slots[place].encoding):
        places, first = list(grouped), len(pick)
        for place in places:
            request = request_of[place]
            at = int(starts[request]) + widths[request] * (slots[place].address - requests[request][1])
            pick.extend(at + byte for byte in _bytes_of(slots[place]))
        double = encoding is Encoding.DOUBLE_POINT
        runs.append(_Run(_TYPE[encoding], first, len(pick), _as_slice(places), double))
    return RawNumbers(
        size=len(slots),
        packers=tuple(
            struct.Struct(f">{count}{'B' if width == 1 else 'H'}")
            for width, (_, _, count) in zip(widths, requests, strict=True)
        ),
        blanks=tuple(bytes(width * count) for width, (_, _, count) in zip(widths, requests, strict=True)),
        pick=None if pick == list(range(int(starts[-1]))) else np.array(pick, dtype=np.intp),
        runs=tuple(runs),
    )


def _bytes_of(slot: Slot) -> tuple[int, ...]:
    if slot.encoding is Encoding.BOOL:
        return (0,)
    return (0, 1) if slot.encoding is Encoding.DOUBLE_POINT else byte_order(slot)


def _as_slice(places: list[int]) -> NDArray[np.intp] | slice:
    """Return neighbours as a slice, which is copied faster."""
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places, dtype=np.intp)
