"""The heap: memory that a start needed and nobody holds goes back to the machine.

It stands alone, because workers want it without the log and what the log imports.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back_memory() -> None:
    """Return to the machine what the start needed and nobody holds; only the GNU C library can be asked."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
