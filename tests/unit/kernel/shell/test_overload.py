"""Overload: a control loop that suddenly needs three times its budget costs itself, not the safety loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from kernel.image import View
from kernel.ports import Past, Step
from kernel.schedule.loop import ControlLoop
from kernel.schedule.statistics import LoopStatistics
from tests.unit.kernel.conftest import S
from tests.unit.kernel.shell.test_kernel import Plant

MS = 1_000_000
BEGIN, SICK, WELL, END = 1000, 1020, 1060, 1300
"""The offender is sick from 1020 to 1060 s."""


class SpentClock:
    """Time that agents spend: operational time and stopwatch at once, to the nanosecond."""

    factor = 1.0

    def __init__(self, now_ns: int) -> None:
        self.time_ns = now_ns

    def now_ns(self) -> int:
        return self.time_ns

    def wall_ns(self) -> int:
        return self.time_ns

    def state(self) -> str:
        return "virtual"

    async def sleep_until(self, at_ns: int) -> None:
        self.time_ns = max(self.time_ns, at_ns)


@dataclass
class Costly:
    """Spends time in every step."""

    name: str
    clock: SpentClock
    cost_ms: float
    sick_ms: float = 0.0
    reads: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        is_sick = self.sick_ms and SICK * S <= view.now_ns < WELL * S
        self.clock.time_ns += round((self.sick_ms if is_sick else self.cost_ms) * MS)
        return Step(state=state + 1)


class Overloaded:
    """A safety loop, an offender and its neighbour on a base tick of a second."""

    def __init__(self, folder: Path, *, offender: str = "a", overrun: str = "degrade", **guard: Any) -> None:
        self.clock = clock = SpentClock(BEGIN * S)
        self.offender = offender
        neighbour = {"a": "b", "b": "a"}[offender]
        loops = [
            self._loop(Costly("trip", clock, 50), "safety", 0.2),
            self._loop(Costly(offender, clock, 250, sick_ms=750), "control", 1.0, budget_ms=250),
            self._loop(Costly(neighbour, clock, 300), "control", 1.0, budget_ms=300),
        ]
        loops = [replace(one, overrun=overrun) if one.name == offender else one for one in loops]
        if not guard.get("budgets", True):
            loops = [replace(one, budget_ms=None) for one in loops]
        loops.sort(key=lambda one: one.name)
        plant = Plant(folder, loops=loops, clock=clock, start_ns=BEGIN * S, stopwatch_ns=clock.now_ns)
        self.plant, self.kernel = plant, plant.kernel
        self.named: list[tuple[int, str]] = []
        self.rungs: list[str] = []

    def _loop(self, agent: Costly, priority: str, deadline_s: float, **rest: Any) -> ControlLoop:
        return ControlLoop(
            name=agent.name, agent=agent, period_s=1.0, deadline_s=deadline_s, priority=priority, **rest
        )

    async def live(self) -> dict[str, LoopStatistics]:
        def until(now_ns: int) -> bool:
            rung = self.kernel.state.rungs.get(self.offender)
            self.rungs.append("" if rung is None else rung.rung)
            self.named += [(now_ns // S, words) for _, words in self.kernel.scheduler.overrunning()]
            return now_ns >= END * S

        await self.kernel.run(until)
        return self.kernel.statistics()


Make = Callable[..., Overloaded]


@pytest.fixture
def overloaded(tmp_path: Path) -> Iterator[Make]:
    made: list[Overloaded] = []

    def make(**guard: Any) -> Overloaded:
        made.append(Overloaded(tmp_path / str(len(made)), **guard))
        return made[-1]

    yield make
    for one in made:
        one.kernel.close()


@pytest.mark.parametrize("offender", ["a", "b"], ids=["before its neighbour", "after its neighbour"])
@pytest.mark.parametrize("overrun", ["degrade", "skip", "coalesce"])
async def test_no_safety_loop_misses_a_deadline(overloaded: Make, offender: str, overrun: str) -> None:
    site = overloaded(offender=offender, overrun=overrun)
    found = await site.live()
    assert found[offender].overruns >= 1
    assert (found["trip"].runs, found["trip"].misses) == (300, 0)


async def test_without_budgets_the_safety_loop_would_have_missed(overloaded: Make) -> None:
    """The negative control: the same load, and nobody watches budgets."""
    assert (await overloaded(budgets=False).live())["trip"].misses > 0


async def test_a_safety_loop_is_late_no_more_often_than_somebody_overran(overloaded: Make) -> None:
    site = overloaded(offender="b")
    found = await site.live()
    jitter = site.kernel.accounts.loops["trip"].jitter
    assert sum(jitter.kept() > 0) <= found["b"].overruns <= 6
    assert found["trip"].jitter_max_ms == pytest.approx(100.0), "what the offender took over the tick"


async def test_the_offender_is_named_with_numbers_and_recovers(overloaded: Make) -> None:
    site = overloaded()
    found = await site.live()
    seconds, words = zip(*site.named, strict=True)
    assert words[0] == "took 750.0 ms, budget 250 ms; runs in every 3. period"
    assert min(seconds) in {SICK, SICK + 1}
    assert WELL <= max(seconds) < END - 50, "it came back"
    turn = site.kernel.scheduler.turns["a"]
    assert (turn.stretch, turn.words) == (1, "")
    assert found["a"].skipped > 20
    assert found["a"].runs > 100, "at its whole rate before and after"


async def test_the_offender_stands_on_a_lower_rung_with_the_reason_and_comes_back(overloaded: Make) -> None:
    site = overloaded()
    await site.live()
    assert site.rungs[SICK - BEGIN + 5] == "rule"
    assert site.rungs[SICK - BEGIN - 1] == site.rungs[-1] == "model"
    rungs = [entry for entry in site.plant.journal.entries() if entry.kind == "rung"]
    assert any("took 750.0 ms, budget 250 ms" in entry.body for entry in rungs)


async def test_the_neighbour_of_the_offender_keeps_its_deadlines_when_it_degrades(overloaded: Make) -> None:
    found = await overloaded().live()
    assert found["b"].misses <= found["a"].overruns
