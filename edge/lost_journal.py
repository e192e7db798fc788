"""A lost journal: when a gateway that can journal nothing any more has done what is left to do."""

from __future__ import annotations

from typing import Final

from kernel.command import Transmission
from kernel.pipe.issue import writing_of
from kernel.pipe.state import InFlight
from kernel.point import NANOSECONDS, OnLoss, Operation
from kernel.shell.kernel import Kernel
from kernel.site import Site

QUIET_TICKS: Final = 2
"""Base ticks in a row with nothing on the way: what has ended is decided anew, and safe, in the next one."""
EXCHANGES: Final = 2
"""Time-outs that one request may take: to connect, and to be answered."""


class LostJournal:
    """Watches for a journal that takes nothing until it is opened again: then the process must end.

    What the gateway still may write is its safe set. It ends when every bus has written what had to go safe,
    or when a bound has passed that follows from the time-outs of its devices: then a successor that opens the
    journal again is better than this process.
    """

    def __init__(self, kernel: Kernel) -> None:
        """Watch the journal of a kernel."""
        self._kernel = kernel
        self._bound_ns = round(bound_s(kernel.pipe.site, kernel.shell.clock.factor) * NANOSECONDS)
        self._since_ns: int | None = None
        self._quiet = 0

    @property
    def why(self) -> str:
        """Why the journal is lost; empty while it is not."""
        return self._kernel.shell.journal.lost

    def is_over(self, now_ns: int) -> bool:
        """Tell, once after each tick, whether the process should end now.

        Args:
            now_ns: operational time.
        """
        state = self._kernel.state
        if not (self.why and state.journal_failure):
            return False
        if self._since_ns is None:
            self._since_ns = now_ns
        waits = any(self._is_on_its_way(flight) for flight in state.in_flight.values())
        self._quiet = 0 if waits else self._quiet + 1
        return self._quiet >= QUIET_TICKS or now_ns - self._since_ns >= self._bound_ns

    def _is_on_its_way(self, flight: InFlight) -> bool:
        """Tell whether a point that must go safe still waits for this command, or for its outcome."""
        command, site = flight.command, self._kernel.pipe.site
        writing = writing_of(site.point(command.point))
        if writing.on_loss is not OnLoss.WRITE_SAFE or writing.operation is Operation.PULSE:
            return False
        return not (command.authority == "safe_set" and flight.transmission is Transmission.WRITTEN)


def bound_s(site: Site, factor: float = 1.0) -> float:
    """Return how long a gateway without a journal waits for its safe set at the most, operational seconds.

    A bus finishes the request that it is at and writes every point of its device, each within two time-outs.
    That comes twice, since what was on the way when the journal went is waited for first, with its feedback;
    and three base ticks decide in between. A device whose readings take several requests, each answered as
    late as it may, can take longer: it is not waited for.

    Args:
        site: devices with their time-outs, points with their feedback times.
        factor: of the clock; time-outs are real seconds.
    """
    writable: dict[str, int] = {}
    for point in site.writable:
        writable[point.source] = writable.get(point.source, 0) + 1
    timeouts = {device.name: device.timeout_s for device in site.devices}
    bus_s = max(
        (EXCHANGES * timeouts.get(name, 0.0) * (1 + count) for name, count in writable.items()), default=0.0
    )
    feedback_s = max((writing_of(point).feedback_s for point in site.writable), default=0.0)
    return 2 * bus_s * factor + feedback_s + (QUIET_TICKS + 1) * site.base_tick_s
