"""The last day of one transformer as means over quarters of an hour: trends, profiles and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kernel.point import NANOSECONDS

STEP_S: Final = 900.0
"""Length of a quarter, seconds."""
KEPT: Final = 96
"""Quarters that are kept: one day."""
DAYS: Final = 14
"""Daily shares that are kept, for growth."""
_STEP_NS: Final = int(STEP_S) * NANOSECONDS
_DAY_NS: Final = KEPT * _STEP_NS


class Quarter(msgspec.Struct, frozen=True, array_like=True):
    """Means over one quarter of an hour; None where no good value fell into it."""

    start_ns: int
    load_pu: float | None
    ambient_c: float | None
    residual_k: float | None
    rise_k: float | None
    fan_current_a: float | None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Closed quarters, oldest first, and the sums of the running one."""

    quarters: tuple[Quarter, ...] = ()
    start_ns: int = 0
    sums: tuple[float, ...] = (0.0,) * 5
    counts: tuple[int, ...] = (0,) * 5
    days: tuple[tuple[int, float], ...] = ()
    """Begin of a day and the residual's share of the rise on it, oldest first."""

    def add(self, now_ns: int, values: tuple[float | None, ...]) -> History:
        """Take one look: load pu, ambient degC, residual K, rise K, fan current A; None is a hole."""
        start_ns = now_ns - now_ns % _STEP_NS
        kept = self if start_ns == self.start_ns else self._close(start_ns)
        return msgspec.structs.replace(
            kept,
            sums=tuple(s + (v or 0.0) for s, v in zip(kept.sums, values, strict=True)),
            counts=tuple(c + (v is not None) for c, v in zip(kept.counts, values, strict=True)),
        )

    def _close(self, start_ns: int) -> History:
        if self.start_ns == 0:
            return History(start_ns=start_ns)
        means = (s / c if c else None for s, c in zip(self.sums, self.counts, strict=True))
        oldest = start_ns - KEPT * _STEP_NS
        kept = (*self.quarters, Quarter(self.start_ns, *means))
        quarters = tuple(quarter for quarter in kept if quarter.start_ns >= oldest)
        return History(quarters=quarters, start_ns=start_ns, days=self._next_days(quarters, start_ns))

    def _next_days(self, quarters: tuple[Quarter, ...], start_ns: int) -> tuple[tuple[int, float], ...]:
        """Keep one share a day, taken when a whole day of quarters lies behind a UTC midnight."""
        share = share_of_rise(quarters) if len(quarters) == KEPT and start_ns % _DAY_NS == 0 else None
        return self.days if share is None else (*self.days, (start_ns - _DAY_NS, share))[-DAYS:]

    def residuals(self) -> tuple[float, ...]:
        """Return the residuals of the quarters that have one, oldest first, K."""
        return tuple(quarter.residual_k for quarter in self.quarters if quarter.residual_k is not None)

    def growth_per_day(self, *, settled_ns: int) -> float:
        """Return how fast the residual's share of the rise grows, 1 per day; 0 where it cannot be told.

        The slope of a straight line through the daily shares since `settled_ns`, at least four days of them,
        where it passes twice its standard error. Whole days, because within one the load's course and the
        oil's lag look like growth.
        """
        rows = [(at / (86_400.0 * NANOSECONDS), share) for at, share in self.days if at >= settled_ns]
        if len(rows) < 4:
            return 0.0
        mean_t, mean_r = sum(t for t, _ in rows) / len(rows), sum(r for _, r in rows) / len(rows)
        spread = sum((t - mean_t) ** 2 for t, _ in rows)
        slope = sum((t - mean_t) * (r - mean_r) for t, r in rows) / spread
        left = sum((r - mean_r - slope * (t - mean_t)) ** 2 for t, r in rows)
        error = (left / ((len(rows) - 2) * spread)) ** 0.5
        return slope if slope > 2.0 * error else 0.0


def share_of_rise(quarters: Sequence[Quarter]) -> float | None:
    """Return the least-squares share that residuals are of the rises, 1; None without a usable quarter."""
    rows = [
        (q.rise_k, q.residual_k)
        for q in quarters
        if q.rise_k is not None and q.residual_k is not None and q.rise_k > 1.0
    ]
    if not rows:
        return None
    return sum(rise * residual for rise, residual in rows) / sum(rise * rise for rise, _ in rows)
