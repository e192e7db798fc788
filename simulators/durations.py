"""Lengths of time in whole nanoseconds, as they are counted in everywhere: sums of them are exact."""

from __future__ import annotations

from typing import Final

from kernel.point import NANOSECONDS

HOUR_NS: Final = 3_600 * NANOSECONDS
QUARTER_HOUR_NS: Final = HOUR_NS // 4
"""Demand intervals of most tariffs, from the full hour."""
DAY_NS: Final = 24 * HOUR_NS
