"""What a device admits in one request, and how soon after another."""

from __future__ import annotations

from typing import Final

import msgspec

MOST_REGISTERS: Final = 125
"""Most registers in one read. Source: Modbus Application Protocol V1.1b3, 6.3 and 6.4."""
MOST_BITS: Final = 2000
"""Most bits in one read. Source: Modbus Application Protocol V1.1b3, 6.1 and 6.2."""
MOST_WRITTEN: Final = 123
"""Most registers in one write. Source: Modbus Application Protocol V1.1b3, 6.12."""
MASK_WRITE: Final = 22
"""Function that sets and clears bits of one holding register. Source: as above, 6.16."""
USUAL_FUNCTIONS: Final = (1, 2, 3, 4, 5, 6, 15, 16)
"""What a device is taken to have whose map says nothing."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of device admits; without a word of the vendor it is what the protocol admits."""

    registers: int = MOST_REGISTERS
    """Most registers in one read."""
    bits: int = MOST_BITS
    """Most bits in one read."""
    written: int = MOST_WRITTEN
    """Most registers in one write."""
    functions: tuple[int, ...] = USUAL_FUNCTIONS
    """Function codes it has."""
    pause_s: float = 0.0
    """Least time between its answer and the next request, seconds."""

    def writes_bits(self) -> bool:
        """Tell whether single bits of a holding register can be written."""
        return MASK_WRITE in self.functions
