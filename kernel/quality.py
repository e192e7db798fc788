"""Quality of a value: 16 bits with the meaning of IEC 61850-7-3.

Bits 0 and 1 hold the validity (00 good, 01 invalid, 11 questionable); the others say why.
A hole in the data is a quality, never a NaN.

Source: IEC 61850-7-3, 6.2 (quality); the bit order of the detail bits is ours.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Quality = NDArray[np.uint16]

GOOD: Final = 0
INVALID: Final = 1
QUESTIONABLE: Final = 3
VALIDITY: Final = 3

OVERFLOW: Final = 1 << 2
OUT_OF_RANGE: Final = 1 << 3
BAD_REFERENCE: Final = 1 << 4
OSCILLATORY: Final = 1 << 5
FAILURE: Final = 1 << 6
OLD: Final = 1 << 7
INCONSISTENT: Final = 1 << 8
INACCURATE: Final = 1 << 9
SUBSTITUTED: Final = 1 << 10
TEST: Final = 1 << 11
BLOCKED: Final = 1 << 12
CLOCK_NOT_SYNCHRONISED: Final = 1 << 13

UNUSABLE: Final = VALIDITY | SUBSTITUTED | TEST | BLOCKED
"""Bits of which none may be set in a quality that control uses."""
NEVER_READ: Final = INVALID | OLD
"""What a point has before its first reading."""

DETAILS: Final = {
    OVERFLOW: "overflow",
    OUT_OF_RANGE: "out of range",
    BAD_REFERENCE: "bad reference",
    OSCILLATORY: "oscillatory",
    FAILURE: "failure",
    OLD: "old",
    INCONSISTENT: "inconsistent",
    INACCURATE: "inaccurate",
    SUBSTITUTED: "substituted",
    TEST: "test",
    BLOCKED: "blocked",
    CLOCK_NOT_SYNCHRONISED: "clock not synchronised",
}
_VALIDITY_NAMES: Final = {GOOD: "good", INVALID: "invalid", 2: "invalid", QUESTIONABLE: "questionable"}


def is_good(quality: int) -> bool:
    """Tell whether control may use a value of this quality.

    >>> is_good(GOOD), is_good(QUESTIONABLE | OLD), is_good(GOOD | TEST)
    (True, False, False)
    """
    return quality & UNUSABLE == GOOD


def good_mask(quality: Quality) -> NDArray[np.bool_]:
    """Tell for each of N qualities whether control may use the value; (N,) bool."""
    usable: NDArray[np.bool_] = (quality & np.uint16(UNUSABLE)) == GOOD
    return usable


def grown_old(quality: int) -> int:
    """Return the quality of a value that is older than declared: invalid stays invalid, good is questionable.

    >>> grown_old(GOOD) == QUESTIONABLE | OLD, grown_old(INVALID | FAILURE) == INVALID | FAILURE | OLD
    (True, True)
    """
    return quality | OLD | (0 if quality & VALIDITY == INVALID else QUESTIONABLE)


def describe(quality: int) -> str:
    """Say a quality in words a dispatcher reads.

    >>> describe(INVALID | OLD)
    'invalid (old)'
    """
    why = [name for bit, name in DETAILS.items() if quality & bit]
    validity = _VALIDITY_NAMES[quality & VALIDITY]
    return f"{validity} ({', '.join(why)})" if why else validity
