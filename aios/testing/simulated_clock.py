"""A machine's clock in a simulation: what the gateway is told of the time, which need not be true."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from kernel.point import NANOSECONDS


@dataclass(slots=True)
class WallClock:
    """Civil time as the machine shows it; it may be set, frozen, or lose its source. It outlives gateways.

    >>> wall = WallClock(epoch_ns=0)
    >>> wall.step(3600.0); wall.show(5 * NANOSECONDS) // NANOSECONDS
    3605
    """

    epoch_ns: int
    """Civil time at the begin of the simulation, nanoseconds since 1970 UTC."""
    offset_ns: int = 0
    """By how much it goes ahead of true time."""
    frozen_ns: int | None = None
    """What it shows while it is frozen."""
    is_synchronised: bool = True
    steps: list[tuple[int, int]] = field(default_factory=list)
    """True time and size of each step, nanoseconds."""

    def show(self, true_ns: int) -> int:
        """Return what it shows at a true time, nanoseconds since the begin of the simulation."""
        if self.frozen_ns is not None:
            return self.frozen_ns
        return self.epoch_ns + true_ns + self.offset_ns

    def step(self, by_s: float, true_ns: int = 0) -> None:
        """Set it forward, or back where negative."""
        self.offset_ns += round(by_s * NANOSECONDS)
        self.steps.append((true_ns, round(by_s * NANOSECONDS)))

    def freeze(self, true_ns: int) -> None:
        """Let it stand still."""
        self.frozen_ns = self.show(true_ns)

    def thaw(self) -> None:
        """Let it go on from the true time."""
        self.frozen_ns = None


def true_ns() -> int:
    """Return the time that really passed since the simulation began, nanoseconds."""
    return round(asyncio.get_running_loop().time() * NANOSECONDS)


class SimulatedClock:
    """What one gateway goes by: the wall clock at its start, then monotonic, as `SystemClock` does it."""

    factor = 1.0

    def __init__(self, wall: WallClock) -> None:
        """Take the wall clock once, as the epoch."""
        self._wall = wall
        self._epoch_ns = wall.show(true_ns()) - true_ns()

    def now_ns(self) -> int:
        """Return nanoseconds since 1970 UTC, monotonic."""
        return self._epoch_ns + true_ns()

    def wall_ns(self) -> int:
        """Return civil time as the machine has it now, nanoseconds since 1970 UTC."""
        return self._wall.show(true_ns())

    def state(self) -> str:
        """Say whether the machine's clock is synchronised and was not set since the start."""
        apart_ns = abs(self.wall_ns() - self.now_ns())
        return "synchronised" if self._wall.is_synchronised and apart_ns < NANOSECONDS else "not synchronised"

    async def sleep_until(self, at_ns: int) -> None:
        """Return when the operational time has reached `at_ns`."""
        while (left_ns := at_ns - self.now_ns()) > 0:  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(left_ns / NANOSECONDS)
