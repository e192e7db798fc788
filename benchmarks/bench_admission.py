"""Admission control against 10 000 random loop sets that the real scheduler runs.

    python -m benchmarks.bench_admission [--quick]

Every set is judged by `kernel.schedule.admission`, and run by the kernel's own ticking and scheduler in a
discrete simulation, where agents spend time instead of computing. A set is feasible when its run under worst
costs has no miss. An accepted set must have no miss, neither under worst costs nor under costs that vary
below them, because a non-preemptive schedule may get worse when work ends earlier.
`--quick` runs 500 sets and writes no results.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.results import write
from kernel.ports import Agent
from kernel.schedule.admission import Admitted, admit_loops
from kernel.schedule.costs import Costs
from kernel.schedule.loop import ControlLoop
from kernel.schedule.scheduler import Scheduler
from kernel.shell.ticking import keep_ticking

SETS: Final = 10_000
QUICK: Final = 500
SEED: Final = 20261122
COMMAND: Final = "python -m benchmarks.bench_admission"
HARMONIC: Final = (1, 2, 4, 8, 16, 32)
ODD: Final = (1, 2, 3, 5, 6, 7, 10, 12, 14, 15)
"""Periods in base ticks; they repeat after 420 at the latest."""
BASE_MS: Final = 10.0
MS: Final = 1_000_000
VARIED: Final = 2
"""Runs under costs below the worst, of every accepted set."""


class _NoAgent:
    """The simulation spends time where an agent would step."""

    name, reads, proposes = "", (), ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSet:
    """A random site: loops and their worst costs."""

    loops: tuple[ControlLoop, ...]
    costs: Costs
    hyperperiod: int
    """Base ticks."""


def uunifast(number: int, total: float, draw: random.Random) -> list[float]:
    """Split a utilisation evenly over all ways to split it.

    Source: Bini and Buttazzo 2005, UUniFast.
    """
    parts, left = [], total
    for at in range(1, number):
        following = left * draw.random() ** (1.0 / (number - at))
        parts.append(left - following)
        left = following
    return [*parts, left]


def loop_set(draw: random.Random) -> LoopSet:
    """Draw one site; about half of them are harmonic, about a third has no safety loop."""
    periods = draw.choice((HARMONIC, ODD))
    number = draw.randint(2, 10)
    tick_ms = draw.uniform(0.02, 0.2) * BASE_MS
    shares = uunifast(number, draw.uniform(0.1, 0.95) * (1.0 - tick_ms / BASE_MS), draw)
    loops, steps = [], {}
    for at, share in enumerate(shares):
        period = draw.choice(periods)
        steps[f"l{at}"] = share * period * BASE_MS
        loops.append(_loop(f"l{at}", period, steps[f"l{at}"] + tick_ms, draw))
    return LoopSet(
        loops=tuple(loops),
        costs=Costs(fixed_ms=tick_ms, gate_ms=0.0, commit_ms=0.0, steps_ms=steps),
        hyperperiod=math.lcm(*(round(loop.period_s * 1e3 / BASE_MS) for loop in loops)),
    )


def _loop(name: str, period: int, shortest_ms: float, draw: random.Random) -> ControlLoop:
    period_ms = period * BASE_MS
    deadline_ms = period_ms * draw.choice((1.0, draw.uniform(0.5, 1.0)))
    agent: Any = _NoAgent()
    typed: Agent = agent
    return ControlLoop(
        name=name,
        agent=typed,
        period_s=period_ms / 1e3,
        deadline_s=min(max(deadline_ms, shortest_ms), period_ms) / 1e3,
        priority="safety" if draw.random() < 0.2 else "control",
        phase_s=draw.randrange(period) * BASE_MS / 1e3,
    )


class SimulatedClock:
    """Time that is spent by hand: nobody waits."""

    factor = 1.0

    def __init__(self) -> None:
        self.time_ns = -1

    def now_ns(self) -> int:
        """Return simulated nanoseconds."""
        return self.time_ns

    def wall_ns(self) -> int:
        """Return the same."""
        return self.time_ns

    def state(self) -> str:
        """Say that time is virtual."""
        return "virtual"

    async def sleep_until(self, at_ns: int) -> None:
        """Be there at once."""
        self.time_ns = max(self.time_ns, at_ns)


class Simulated:
    """A run of one set by the real ticking and scheduler."""

    def __init__(self, one: LoopSet, cost_ns: Callable[[float], int]) -> None:
        """Begin just before the base tick 0.

        Args:
            one: the set.
            cost_ns: makes of a worst cost, ms, what a step or a tick takes this time, ns.
        """
        self.clock = SimulatedClock()
        self.scheduler = Scheduler.of(one.loops, start_ns=-1)
        self.missed = False
        self._one = one
        self._cost_ns = cost_ns
        self._deadlines_ns = {loop.name: round(loop.deadline_s * 1e9) + 1 for loop in one.loops}
        self._end_ns = round(2 * one.hyperperiod * BASE_MS * MS)

    def run(self) -> bool:
        """Run two hyperperiods, or until a deadline is missed; tell whether none was."""
        ticking = keep_ticking(
            self.clock, round(BASE_MS * MS), self._tick, lambda now_ns: self.missed or now_ns >= self._end_ns
        )
        try:
            ticking.send(None)
        except StopIteration:
            lost = any(turn.lost for turn in self.scheduler.turns.values())
            return not (self.missed or lost)
        raise AssertionError("the simulation waited for something")

    async def _tick(self) -> None:
        """Spend what a base tick takes, in the order of the kernel."""
        costs, clock = self._one.costs, self.clock
        for names in self.scheduler.agenda(clock.time_ns).ticks:
            clock.time_ns += self._cost_ns(costs.fixed_ms)
            for name in names:
                clock.time_ns += self._cost_ns(costs.steps_ms[name])
            for name, release_ns in self.scheduler.ran(names):
                self.missed |= clock.time_ns - release_ns > self._deadlines_ns[name]


def worst_ns(cost_ms: float) -> int:
    """Take the worst cost."""
    return int(cost_ms * MS)


def varied(draw: random.Random) -> Callable[[float], int]:
    """Take some cost below the worst, and often the worst itself."""

    def cost_ns(cost_ms: float) -> int:
        share = 1.0 if draw.random() < 0.4 else draw.random()
        return int(cost_ms * share * MS)

    return cost_ns


@dataclass(slots=True)
class Count:
    """What was found."""

    sets: int = 0
    feasible: int = 0
    accepted: int = 0
    false_accepts: int = 0
    accepted_of_feasible: int = 0

    @property
    def accepted_percent(self) -> float:
        """Accepted share of the feasible sets, percent."""
        return 100.0 * self.accepted_of_feasible / self.feasible if self.feasible else 0.0


def judge(one: LoopSet, count: Count, draw: random.Random) -> None:
    """Judge one set and run it."""
    answer = admit_loops(one.loops, one.costs, base_tick_s=BASE_MS / 1e3)
    is_accepted, is_feasible = isinstance(answer, Admitted), Simulated(one, worst_ns).run()
    count.sets += 1
    count.feasible += is_feasible
    count.accepted += is_accepted
    count.accepted_of_feasible += is_accepted and is_feasible
    if is_accepted:
        held = is_feasible and all(Simulated(one, varied(draw)).run() for _ in range(VARIED))
        count.false_accepts += not held


def measure(sets: int, *, seed: int = SEED, progress: Callable[[int], None] = lambda _: None) -> Count:
    """Judge and run that many sets."""
    draw, count = random.Random(seed), Count()
    for number in range(sets):
        judge(loop_set(draw), count, draw)
        progress(number + 1)
    return count


def rows(count: Count, seconds: float) -> Sequence[dict[str, object]]:
    """Return the figures."""
    shared = {"count": count.sets, "seconds": seconds, "seed": SEED, "command": COMMAND, "unit": "1"}
    return [
        {"name": "kernel.admission_false_accepts", "value": float(count.false_accepts)} | shared,
        {"name": "kernel.admission_accepted_of_feasible_percent", "value": count.accepted_percent}
        | shared
        | {"unit": "%", "count": count.feasible},
    ]


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} sets instead of {SETS}")
    quick = parser.parse_args().quick

    def progress(done: int) -> None:
        if done % 500 == 0:
            print(f"{done} sets", file=sys.stderr)

    began = time.perf_counter()
    count = measure(QUICK if quick else SETS, progress=progress)
    seconds = time.perf_counter() - began
    print(
        f"{count.sets} sets in {seconds:.0f} s: {count.feasible} feasible, {count.accepted} accepted, "
        f"{count.false_accepts} of them wrongly; {count.accepted_percent:.1f} % of the feasible accepted"
    )
    if not quick:
        write("admission", rows(count, seconds))
    return 1 if count.false_accepts else 0


if __name__ == "__main__":
    sys.exit(main())
