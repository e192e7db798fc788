"""The running metering interval: what its mean is and where it is heading."""

from __future__ import annotations

import msgspec


class RunningMean(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the running metering interval.

    Sign: demand is positive when it draws from the grid; the battery's discharge is positive and lowers it.
    """

    so_far_kw: float
    """Mean of the demand over the part that has passed, kW."""
    elapsed_s: float
    """Length of that part, seconds."""
    interval_s: float
    uncontrolled_kw: float
    """Demand now without the battery, kW: what is measured plus what the battery gives."""

    @property
    def remaining_s(self) -> float:
        """Seconds left in the interval."""
        return self.interval_s - self.elapsed_s

    @property
    def heading_kw(self) -> float:
        """Mean at the end of the interval if the battery stops now and the demand stays, kW.

        >>> RunningMean(
        ...     so_far_kw=17000.0, elapsed_s=450.0, interval_s=900.0, uncontrolled_kw=19000.0
        ... ).heading_kw
        18000.0
        """
        past = self.so_far_kw * self.elapsed_s
        return (past + self.uncontrolled_kw * self.remaining_s) / self.interval_s
