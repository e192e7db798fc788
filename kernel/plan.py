"""Plans: trajectories that an optimiser publishes and a fast allocator tracks."""

from __future__ import annotations

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A trajectory for one point, with the moment it was made and until when it holds."""

    point: str
    made_at_ns: int
    start_ns: int
    step_s: float
    values: tuple[float, ...]
    """One value an interval, in the unit of the point."""
    valid_until_ns: int
    maker: str
    """Agent that made it."""
    why: str = ""

    def value_at(self, now_ns: int) -> float | None:
        """Return the planned value for a moment; None outside the plan's intervals or validity.

        >>> Plan(point="b/p", made_at_ns=0, start_ns=0, step_s=1.0, values=(3.0, 4.0),
        ...      valid_until_ns=2_000_000_000, maker="m").value_at(1_500_000_000)
        4.0
        """
        step = (now_ns - self.start_ns) // round(self.step_s * 1e9)
        if now_ns > self.valid_until_ns or not 0 <= step < len(self.values):
            return None
        return self.values[step]
