"""Forecasts: quantiles of a point by lead time, with the moment they were made."""

from __future__ import annotations

import msgspec


class Forecast(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Quantiles by lead time for one point.

    Invariants: `values` has one row a lead and one column a quantile; rows never decrease.
    """

    point: str
    """The point that is forecast."""
    made_at_ns: int
    start_ns: int
    """Begin of the first interval, nanoseconds since 1970 UTC."""
    step_s: float
    """Length of an interval, seconds; a value is the mean over it."""
    quantiles: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]
    """(leads, quantiles), in the unit of the point."""
    model: str
    """Name and version of the model, such as `online-quantile 0.1.0`."""
    rung: str = "model"
    """Rung of the degradation ladder that made it."""

    def quantile(self, level: float) -> tuple[float, ...]:
        """Return one quantile for every lead.

        Raises:
            ValueError: the forecast does not carry that level.
        """
        column = self.quantiles.index(level)
        return tuple(row[column] for row in self.values)

    @property
    def end_ns(self) -> int:
        """End of the last interval, nanoseconds since 1970 UTC."""
        return self.start_ns + round(self.step_s * 1e9) * len(self.values)
