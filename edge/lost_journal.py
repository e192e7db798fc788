"""A lost journal: when a gateway that can journal nothing any more has done what is left to do."""

from __future__ import annotations

from typing import Final

from kernel.shell.kernel import Kernel

QUIET_TICKS: Final = 2
"""Base ticks in a row with nothing in flight: what was in flight before holds the safe set up for one."""
LAST_TICKS: Final = 6
"""Base ticks without a journal after which nothing is waited for any more."""


class LostJournal:
    """Watches for a journal that takes nothing until it is opened again: then the process must end.

    What the gateway still may write is its safe set. When that is written and read back, or does not come
    through within six base ticks, a successor that opens the journal again is better than this process.
    """

    def __init__(self, kernel: Kernel) -> None:
        """Watch the journal of a kernel."""
        self._kernel = kernel
        self._ticks = self._quiet = 0

    @property
    def why(self) -> str:
        """Why the journal is lost; empty while it is not."""
        return self._kernel.shell.journal.lost

    def is_over(self) -> bool:
        """Tell, once after each tick, whether the process should end now."""
        state = self._kernel.state
        if not (self.why and state.journal_failure):
            return False
        self._ticks += 1
        self._quiet = 0 if state.in_flight else self._quiet + 1
        return self._ticks >= LAST_TICKS or self._quiet >= QUIET_TICKS
