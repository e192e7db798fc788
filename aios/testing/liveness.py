"""Liveness: after the last fault of a run every agent comes back, and every set-point has an owner. Pure.

Invariants say that nothing bad happens; a gateway that stays on `hold` for ever keeps them all. This judge
stands beside them and says that in the end something good happens, within a stated time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aios.testing.seen import History
from aios.testing.small_agents import OPTIMISED_S, small_loops
from aios.testing.small_site import KEEPING, REVERTING, TICK_S
from kernel.ladder import Level
from kernel.pipe.ladder import CLEAR_PERIODS
from kernel.pipe.probing import GATE_PROBE_S

CLEAR_S: Final = 60.0
"""Longest time of the table for which a condition must have been clear, without `drift`, seconds."""
SETTLING_S: Final = 30.0
"""Devices, disks and workers answer again so long after their faults at the latest, seconds."""
UNWANTED_S: Final = {REVERTING: 2 * TICK_S, KEEPING: 4 * OPTIMISED_S}
"""By set-point, how long its agent wants nothing at the most when all is well, seconds."""
OWNER: Final = {REVERTING: "follower", KEEPING: "optimiser"}


def freed_within_s(period_s: float) -> float:
    """Return how long after the last fault a condition may still hold an agent down, seconds.

    >>> freed_within_s(5.0), freed_within_s(60.0)
    (105.0, 220.0)
    """
    return SETTLING_S + GATE_PROBE_S + period_s + max(CLEAR_S, CLEAR_PERIODS * period_s)


def back_in_time(history: History) -> Iterator[str]:
    """L1: no condition outlives its cause, and every agent climbs back to the best rung it had.

    A rung that an agent names itself is its own matter; from there it must climb, too.
    """
    calm_s = max((fault.end_s for fault in history.faults), default=0.0)
    periods = {loop.name: loop.period_s for loop in small_loops(history.site)}
    for agent, period_s in periods.items():
        stood = [(one.at_s, one.rungs[agent]) for one in history.ticks if agent in one.rungs]
        best = min((Level.of(rung.rung) for _, rung in stood), default=Level.MODEL)
        free_s = calm_s
        for at_s, rung in stood:
            if at_s < calm_s or Level.of(rung.rung) == best:
                continue
            if rung.condition == "agent":
                free_s = at_s
                continue
            is_climbing = rung.condition == "climbing"
            since_s = at_s - (free_s if is_climbing else calm_s)
            if since_s > freed_within_s(period_s) + (len(Level) * period_s if is_climbing else 0.0):
                yield (
                    f"{agent} stands on {rung.rung} at {at_s:g} s ({rung.condition}: {rung.why}), "
                    f"the last fault ended at {calm_s:g} s"
                )
                break


def owned_again(history: History) -> Iterator[str]:
    """L2: when the agents are back every set-point has a live owner, but for the pauses that they make."""
    calm_s = max((fault.end_s for fault in history.faults), default=0.0)
    periods = {loop.name: loop.period_s for loop in small_loops(history.site)}
    for point, agent in OWNER.items():
        period_s = periods[agent]
        last_s = calm_s + freed_within_s(period_s) + 2 * period_s
        for one in (sample for sample in history.samples if sample.point == point):
            if one.at_s <= last_s:
                continue
            if one.owners:
                last_s = one.at_s
            elif one.at_s - last_s > UNWANTED_S[point]:
                yield f"nobody wants anything of {point} at {one.at_s:g} s, long after the last fault"
                break


LIVENESS: Final = {"L1 back in time": back_in_time, "L2 owned again": owned_again}
