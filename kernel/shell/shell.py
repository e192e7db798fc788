"""What stands around the pipe: the world it reads from and writes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from kernel.journal.commands import CommandJournal
from kernel.journal.lane import LaneMaker
from kernel.journal.recorder import Recorder
from kernel.pipe.tick import Decided, Inputs
from kernel.ports import Clock, Gate
from kernel.shell.bus import Bus
from kernel.shell.clock import stopwatch_ns
from kernel.shell.worker import Workers

GATE_PATIENCE_S: Final = 2.0
"""Real seconds after which a silent gate has failed; gates have tighter budgets of their own."""
JOURNAL_PATIENCE_S: Final = 1.0
"""Real seconds a tick waits for its commit; a journal that hangs longer is down."""


class TickListener(Protocol):
    """Hears of every finished tick: history, pages, the demo. It must be quick and must not await.

    History must not stop control: one that raises is told of in the log, once, and the others hear on.
    """

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Take note of a tick."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Everything around the pipe: the world it reads from and writes to."""

    clock: Clock
    gate: Gate
    buses: tuple[Bus, ...]
    workers: Workers
    journal: CommandJournal
    recorder: Recorder
    listeners: tuple[TickListener, ...] = ()
    gate_patience_s: float = GATE_PATIENCE_S
    journal_patience_s: float = JOURNAL_PATIENCE_S
    threaded: bool = True
    """Commit and record in threads; under the virtual clock inline."""
    stopwatch_ns: Callable[[], int] = stopwatch_ns
    """Real time, nanoseconds, for costs and statistics; a simulation gives its own."""
    lane: LaneMaker | None = None
    """Who waits for the disk instead; a simulation's disks are slow in virtual time."""
