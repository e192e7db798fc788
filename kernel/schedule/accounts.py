"""Accounts of time: what every loop cost, how late it began, and which of its deadlines it missed.

Pure: it is fed with readings of a stopwatch. Nothing here enters a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kernel.point import NANOSECONDS
from kernel.schedule.loop import ControlLoop
from kernel.schedule.statistics import Durations, LoopStatistics
from kernel.schedule.turn import Turn

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
        self.commit = Durations(deadline_ns=base_tick_s * real_ns)
        """What the tick waited for the command journal."""
        self.loops = {loop.name: LoopAccount(loop.deadline_s * real_ns) for loop in loops}
        self._spans: dict[str, tuple[int, int]] = {}

    def stepped(self, name: str, begin_ns: int, end_ns: int) -> None:
        """Note a step on the loop, by the stopwatch."""
        self._spans[name] = begin_ns, end_ns
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

    def statistics(self, turns: Mapping[str, Turn]) -> dict[str, LoopStatistics]:
        """Return durations of whole ticks, of decisions (image to commands queued), and of every loop."""
        loops = {name: account.statistics(turns[name]) for name, account in self.loops.items()}
        return {"tick": self.tick.statistics(), "decision": self.decision.statistics()} | loops
