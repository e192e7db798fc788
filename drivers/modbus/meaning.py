"""What raw numbers mean beyond their scale: bits of a register, scale registers, known codes.

Each is prepared once for a device and then one step over all rows that need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from drivers.modbus.codec import POWERS, bit_mask
from drivers.modbus.entry import Entry, Factor, FactorKind, Slot
from kernel.measurement import Values

_CODES_APART: Final = 2.0**34
"""Room for the codes of one row: any 32-bit number, with or without a sign."""
_POWERS: Final = np.array([POWERS[float(power)] for power in range(-10, 11)])


def codes_missing(slots: Sequence[Slot]) -> Values | None:
    """Return the raw number that means not implemented of each slot; None where no slot has one."""
    if all(slot.not_implemented is None for slot in slots):
        return None
    codes = [np.nan if slot.not_implemented is None else slot.not_implemented for slot in slots]
    return np.array(codes, dtype=np.float64)  # NaN equals nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BitFields:
    """Rows that are some bits of their register."""

    rows: NDArray[np.intp]
    mask: NDArray[np.int64]
    shift: NDArray[np.int64]

    @classmethod
    def of(cls, slots: Sequence[Slot]) -> Self | None:
        """Prepare those of some slots; None where there is no bit field."""
        fields = [(row, slot, slot.bits[0]) for row, slot in enumerate(slots) if slot.bits is not None]
        if not fields:
            return None
        return cls(
            rows=np.array([row for row, _, _ in fields], dtype=np.intp),
            mask=np.array([bit_mask(slot) for _, slot, _ in fields], dtype=np.int64),
            shift=np.array([first for _, _, first in fields], dtype=np.int64),
        )

    def cut(self, raw: Values) -> None:
        """Put the number in the bits in place of the number in the register."""
        raw[self.rows] = (raw[self.rows].astype(np.int64) & self.mask) >> self.shift


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownCodes:
    """Rows that show a code, with the codes that have a name."""

    rows: NDArray[np.intp]
    lift: Values
    """What is added to a code, so that the codes of different rows differ."""
    keys: Values
    """Lifted codes, rising, and NaN behind them: the place of what is above all codes."""

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Self | None:
        """Prepare those of some entries; None where none has states."""
        coded = [(row, entry.states) for row, entry in enumerate(entries) if entry.states]
        if not coded:
            return None
        lift = _CODES_APART * np.arange(len(coded), dtype=np.float64)
        keys = [code + lift[place] for place, (_, states) in enumerate(coded) for code in states]
        rows = np.array([row for row, _ in coded], dtype=np.intp)
        return cls(rows=rows, lift=lift, keys=np.array([*sorted(keys), np.nan]))

    def unknown(self, value: Values) -> NDArray[np.intp]:
        """Return the rows whose code has no name; no code is longer than 32 bits (a rule of maps)."""
        keys = value[self.rows] + self.lift
        other = self.keys[self.keys.searchsorted(keys)] != keys
        return self.rows[other] if other.any() else self.rows[:0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaleRegisters:
    """F scale registers behind the N rows of a poll, and which row each of them scales."""

    factors: tuple[Factor, ...]
    of_row: NDArray[np.intp]
    """Place of each row's scale register; F where it has none."""
    scale: Values
    offset: Values
    missing: Values | None
    low: Values
    high: Values
    exponent: NDArray[np.bool_]

    @classmethod
    def of(cls, slots: Sequence[Slot]) -> Self | None:
        """Prepare those that some slots name; None where none does."""
        named = {slot.factor.name: slot.factor for slot in slots if slot.factor is not None}
        if not named:
            return None
        factors = tuple(named.values())
        place = {name: at for at, name in enumerate(named)}
        own = [factor.slot for factor in factors]
        return cls(
            factors=factors,
            of_row=np.array(
                [len(named) if slot.factor is None else place[slot.factor.name] for slot in slots],
                dtype=np.intp,
            ),
            scale=np.array([slot.scale for slot in own]),
            offset=np.array([slot.offset for slot in own]),
            missing=codes_missing(own),
            low=np.array([factor.low for factor in factors]),
            high=np.array([factor.high for factor in factors]),
            exponent=np.array([factor.kind is FactorKind.EXPONENT for factor in factors]),
        )

    def multipliers(self, raw: Values) -> tuple[Values, NDArray[np.bool_]]:
        """Return what each row is multiplied by, and whether that can be believed, both (N,).

        Args:
            raw: (F,) raw numbers of the scale registers.
        """
        number = raw * self.scale + self.offset
        sound = (number >= self.low) & (number <= self.high)  # NaN is neither
        if self.missing is not None:
            sound &= raw != self.missing
        power = np.where(self.exponent & sound, number, 0.0)
        sound &= np.where(self.exponent, power == np.rint(power), number != 0.0)
        times = np.where(self.exponent, _POWERS[np.rint(power).astype(np.intp) + 10], number)
        of_all = np.append(np.where(sound, times, 1.0), 1.0)
        return of_all[self.of_row], np.append(sound, True)[self.of_row]
