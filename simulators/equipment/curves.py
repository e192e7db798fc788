"""Inverse-time curves of overcurrent relays: how long a current above pickup may flow.

    t(M) = TMS (A / (M^p - 1) + B)        M = current / pickup > 1
    t_r(M) = TMS t_r0 / (1 - M^2)          M < 1, where the curve resets like a disc; else at once

Sources: IEC 60255-151:2009, annex A, curves A, B and C (B = 0; TMS is the time multiplier setting);
IEEE C37.112-1996, table 1 (TMS is the time dial). Checked against the trip times that GE prints for both
families (L90 instruction manual, tables 5-28 to 5-31).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MOST: Final = 20.0
"""Multiple of pickup above which the curves are flat (IEC 60255-151, 5.2: the end of the effective range)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The constants of one curve; with a definite time for `a` = 0.

    >>> round(STANDARD_INVERSE.trip_s(2.0), 2), STANDARD_INVERSE.trip_s(1.0)
    (10.03, inf)
    """

    name: str
    a: float
    """A, seconds."""
    b: float = 0.0
    """B, seconds."""
    p: float = 1.0
    reset_s: float = 0.0
    """t_r0, seconds; 0 resets at once."""

    def trip_s(self, multiple: float, *, dial: float = 1.0) -> float:
        """Return the time to trip at a constant current, seconds; infinite at pickup and below.

        Args:
            multiple: current by pickup, >= 0.
            dial: time multiplier (IEC) or time dial (IEEE), > 0.
        """
        if multiple <= 1.0:
            return math.inf
        if self.a == 0.0:
            return dial * self.b
        over = math.pow(min(multiple, MOST), self.p) - 1.0
        return dial * (self.a / over + self.b) if over > 0.0 else math.inf  # pickup, but for the last bit

    def full_reset_s(self, multiple: float, *, dial: float = 1.0) -> float:
        """Return the time from just before trip back to rest, seconds; infinite at pickup and above.

        Args:
            multiple: current by pickup, >= 0.
            dial: as for `trip_s`.
        """
        if multiple >= 1.0:
            return math.inf
        return dial * self.reset_s / (1.0 - multiple * multiple)


STANDARD_INVERSE: Final = Curve(name="iec_standard_inverse", a=0.14, p=0.02)
VERY_INVERSE: Final = Curve(name="iec_very_inverse", a=13.5, p=1.0)
EXTREMELY_INVERSE: Final = Curve(name="iec_extremely_inverse", a=80.0, p=2.0)
IEEE_MODERATELY: Final = Curve(name="ieee_moderately_inverse", a=0.0515, b=0.114, p=0.02, reset_s=4.85)
IEEE_VERY: Final = Curve(name="ieee_very_inverse", a=19.61, b=0.491, p=2.0, reset_s=21.6)
IEEE_EXTREMELY: Final = Curve(name="ieee_extremely_inverse", a=28.2, b=0.1217, p=2.0, reset_s=29.1)
DEFINITE: Final = Curve(name="definite_time", a=0.0, b=1.0)
"""One second at dial 1: the dial is the time in seconds."""

CURVES: Final = {
    curve.name: curve
    for curve in (
        STANDARD_INVERSE,
        VERY_INVERSE,
        EXTREMELY_INVERSE,
        IEEE_MODERATELY,
        IEEE_VERY,
        IEEE_EXTREMELY,
        DEFINITE,
    )
}
"""By name, for files."""
