"""Keeping ticks: the recorder writes aside, and a disk that hangs makes it miss its turn, not the tick."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from kernel.journal.encoding import record_of, state_record
from kernel.journal.lane import Lane
from kernel.journal.pins import worth_pinning
from kernel.journal.recorder import STRETCH
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Inputs
from kernel.shell.outage import Outages
from kernel.shell.shell import Shell

RECORD_NS: Final = 1_000_000_000
"""Real time after which what was recorded is written even if the batch is not full."""


class Keeping:
    """Hands every tick to the recorder, and lets it write in a thread of its own."""

    def __init__(self, shell: Shell, outages: Outages, state: PipeState) -> None:
        """Begin with the state that a replay will begin with."""
        self.lane = shell.lane("recorder") if shell.lane else Lane("recorder", threaded=shell.threaded)
        self._recorder = shell.recorder
        self._threaded = shell.threaded
        self._stopwatch_ns = shell.stopwatch_ns
        self._outages = outages
        self._written_ns = shell.stopwatch_ns()
        self._snapshot(state)

    def keep(self, inputs: Inputs, decided: Decided) -> None:
        """Keep a tick; write when a batch is full, a second old, or a stretch ends."""
        is_stretch = inputs.tick % STRETCH == STRETCH - 1
        is_full = self._recorder.add(
            record_of(
                inputs,
                decided.judgements,
                decided.outputs,
                journal_failure=decided.state.journal_failure,
            ),
            event=worth_pinning(decided.outputs) if decided.outputs.is_news() else "",
        )
        is_late = self._threaded and self._stopwatch_ns() - self._written_ns >= RECORD_NS
        if not (is_full or is_late or is_stretch):
            return
        self._written_ns = self._stopwatch_ns()
        if self.lane.is_busy:
            self._outages.away("recorder", "its last write has not ended")
            return
        self._hear()
        work: Callable[[], None] = self._recorder.flush
        if is_stretch:
            work = partial(self._snapshot, decided.state)
        self.lane.start(work)
        if not self._threaded:
            self._hear()

    def _snapshot(self, state: PipeState) -> None:
        """Encode and keep a state, in the recorder's thread: a state is never changed in place."""
        self._recorder.snapshot(state_record(state))

    def _hear(self) -> None:
        with self._outages.spared("recorder"):
            error = self.lane.take()
            if error is not None:
                raise error

    def close(self, patience_s: float) -> bool:
        """Wait for the last write, `patience_s` real seconds at the most; False where it hangs."""
        return self.lane.close(patience_s)
