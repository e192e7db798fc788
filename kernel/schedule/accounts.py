"""Accounts of time: what every loop cost, how late it began, and which of its deadlines it missed.

Pure: it is fed with readings of a stopwatch. Nothing here enters a decision.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kernel.point import NANOSECONDS
from kernel.schedule.costs import Costs
from kernel.schedule.loop import ControlLoop
from kernel.schedule.statistics import Durations, LoopStatistics
from kernel.schedule.turn import Turn

ENOUGH: Final = 200
"""Ticks after which their costs can be told."""
KEPT: Final = 8_192
"""Runs of a loop that its percentiles are taken over: the newest."""


class LoopAccount:
    """One loop: the cost of its steps, its start jitter, and the time from release to output."""

    def __init__(self, deadline_ns: float) -> None:
        """Open an account.

        Args:
            deadline_ns: real nanoseconds from release to output that the loop may take.
        """
        self.deadline_ns = deadline_ns
        self.cost = Durations(deadline_ns=deadline_ns, kept=KEPT)
        self.jitter = Durations(deadline_ns=deadline_ns, kept=KEPT)
        self.response = Durations(deadline_ns=deadline_ns, kept=KEPT)

    def statistics(self, turn: Turn) -> LoopStatistics:
        """Return counts and percentiles until now; a miss is a late output or a release that never ran.

        A loop that answers off the tick has no response of its own: it misses by the length of its job.
        """
        cost, jitter, response = self.cost.statistics(), self.jitter.statistics(), self.response.statistics()
        late = response.misses if response.runs else cost.misses
        return msgspec.structs.replace(
            cost,
            misses=late + turn.lost,
            lost=turn.lost,
            skipped=turn.skipped,
            overruns=turn.overruns,
            total_ms=self.cost.total_ns / 1e6,
            jitter_p99_ms=jitter.p99_ms,
            jitter_max_ms=jitter.max_ms,
            response_p50_ms=response.p50_ms,
            response_p99_ms=response.p99_ms,
            response_max_ms=response.max_ms,
        )


class Accounts:
    """The accounts of a kernel: whole ticks, decisions, and every loop."""

    def __init__(self, loops: Sequence[ControlLoop], *, base_tick_s: float, factor: float) -> None:
        """Open the accounts.

        Args:
            loops: of the site.
            base_tick_s: base tick, operational seconds.
            factor: operational seconds in a real second; 0 under the virtual clock, where real time means
                nothing to a deadline and operational seconds are taken as they are.
        """
        real_ns = NANOSECONDS / (factor or 1.0)
        self._late_ns = 1.0 / factor if factor else 0.0
        """Real nanoseconds in an operational one; lateness means nothing under the virtual clock."""
        self.tick = Durations(deadline_ns=base_tick_s * real_ns)
        self.decision = Durations(deadline_ns=base_tick_s * real_ns)
        self.fixed = Durations(deadline_ns=math.inf, kept=KEPT)
        """Ticks without their steps, gate and commit."""
        self.gate = Durations(deadline_ns=math.inf, kept=KEPT)
        self._steps_ns = 0
        """Of the tick at hand."""
        self.commit = Durations(deadline_ns=base_tick_s * real_ns)
        """What the tick waited for the command journal."""
        self.loops = {loop.name: LoopAccount(loop.deadline_s * real_ns) for loop in loops}
        self._spans: dict[str, tuple[int, int]] = {}

    def stepped(self, name: str, begin_ns: int, end_ns: int) -> None:
        """Note a step on the loop, by the stopwatch."""
        self._spans[name] = begin_ns, end_ns
        self._steps_ns += end_ns - begin_ns
        self.loops[name].cost.add(end_ns - begin_ns)

    def answered(
        self, releases: Iterable[tuple[str, int]], *, now_ns: int, begin_ns: int, end_ns: int
    ) -> None:
        """Note that the commands of a tick are queued.

        Args:
            releases: the loops that stepped in it, with the release that each answered.
            now_ns: operational time of the tick.
            begin_ns: stopwatch at that time.
            end_ns: stopwatch when everything was queued.
        """
        for name, release_ns in releases:
            span = self._spans.pop(name, None)
            if span is None:
                continue  # it was given to a worker
            late_ns = round((now_ns - release_ns) * self._late_ns)
            account = self.loops[name]
            account.jitter.add(late_ns + span[0] - begin_ns)
            account.response.add(late_ns + end_ns - begin_ns)

    def ticked(self, took_ns: int, *, gate_ns: int, commit_ns: int) -> None:
        """Note a whole tick.

        Args:
            took_ns: from its begin to its end.
            gate_ns: of it for the gate; 0 where nothing was asked.
            commit_ns: of it for a durable commit; 0 where nothing was decided.
        """
        self.tick.add(took_ns)
        self.fixed.add(took_ns - gate_ns - commit_ns - self._steps_ns)
        self._steps_ns = 0
        if gate_ns:
            self.gate.add(gate_ns)

    def costs(self) -> Costs | None:
        """Return what admission may reckon with next time; None after too few ticks to tell.

        A cost is the 95th percentile: what is rarer is counted as missed deadlines.
        """
        parts = {name: part.statistics() for name, part in self._parts().items()}
        if parts["fixed"].runs < ENOUGH:
            return None
        steps = {name: account.cost.statistics() for name, account in self.loops.items()}
        return Costs(
            fixed_ms=parts["fixed"].p95_ms,
            gate_ms=parts["gate"].p95_ms,
            commit_ms=parts["commit"].p95_ms,
            steps_ms={name: step.p95_ms for name, step in steps.items() if step.runs},
            origin=f"measured over {parts['fixed'].runs} ticks of the run before",
        )

    def _parts(self) -> dict[str, Durations]:
        return {"fixed": self.fixed, "gate": self.gate, "commit": self.commit}

    def statistics(self, turns: Mapping[str, Turn]) -> dict[str, LoopStatistics]:
        """Return durations of whole ticks, of decisions (image to commands queued), and of every loop."""
        loops = {name: account.statistics(turns[name]) for name, account in self.loops.items()}
        return {"tick": self.tick.statistics(), "decision": self.decision.statistics()} | loops
