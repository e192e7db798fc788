"""Warm-up: compiled once, by one process at a time: for loops on the tick before it, for workers beside."""

from __future__ import annotations

import pickle
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import aios
from aios import warmup
from aios.lock import in_turn
from aios.site import load_site
from aios.warmup import LOCK, kinds_of, stamp_of, warm_loops, warm_plans, warm_up
from aios.workers import worker_plans
from kernel.schedule.loop import ControlLoop
from kernel.shell.worker import Crew
from kernel.testing import EmptyPast

NORD = Path(aios.__file__).parent / "sites" / "nord.toml"


@dataclass
class Compiles:
    """An agent that has something to compile."""

    name: str
    warmed: list[str] = field(default_factory=list)
    reads: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()

    def warm_up(self) -> None:
        self.warmed.append(self.name)

    def start(self, past: Any) -> int:
        return 0

    def step(self, view: Any, state: int) -> Any:
        raise NotImplementedError


CREW: dict[str, Compiles] = {}


def crew(now_ns: int) -> tuple[Crew, EmptyPast]:
    return CREW, EmptyPast()


@pytest.fixture
def agents(monkeypatch: pytest.MonkeyPatch) -> dict[str, Compiles]:
    """The loops of nord with agents that have something to compile."""
    site = load_site(NORD)
    made = {loop.agent: Compiles(loop.agent) for loop in site.loops}
    loops = tuple(
        ControlLoop(
            name=loop.agent,
            agent=made[loop.agent],
            period_s=loop.period_s,
            deadline_s=loop.deadline_s,
            priority=loop.priority,
        )
        for loop in site.loops
    )
    monkeypatch.setattr(warmup, "loops_of", lambda _: loops)
    CREW.clear()
    CREW.update(made)
    return made


def warmed(agents: dict[str, Compiles]) -> set[str]:
    return {name for name, agent in agents.items() if agent.warmed}


def test_only_what_runs_on_the_tick_is_compiled_in_the_gateway(
    agents: dict[str, Compiles], tmp_path: Path
) -> None:
    site = load_site(NORD)
    loops = warm_loops(site, tmp_path)
    assert warmed(agents) == {loop.name for loop in loops if not loop.in_worker}
    assert warmed(agents) < set(agents), "nord has loops in workers"
    agents[loops[0].name].warmed.clear()
    warm_loops(site, tmp_path)
    assert agents[loops[0].name].warmed, "another process must load it before its first tick"


def test_a_worker_compiles_what_its_own_agents_run_once(agents: dict[str, Compiles], tmp_path: Path) -> None:
    site = load_site(NORD)
    for plan in warm_plans(worker_plans(site, crew, 1.0), site, tmp_path):
        pickle.dumps(plan)  # it is sent to the process
        plan.build(0)
        assert warmed(agents) >= {duty.agent for duty in plan.duties}
        plan.build(0)
    in_workers = {loop.name for loop in warmup.loops_of(site) if loop.in_worker}
    assert {name: len(agents[name].warmed) for name in in_workers} == dict.fromkeys(in_workers, 1)
    assert warmed(agents) == in_workers


def test_a_stamp_of_one_kind_of_agent_says_nothing_of_another(tmp_path: Path) -> None:
    stamps = {stamp_of(tmp_path, kind) for kind in kinds_of(load_site(NORD)).values()}
    assert len(stamps) == len(set(kinds_of(load_site(NORD)).values()))


def test_what_fails_to_compile_leaves_no_stamp(
    agents: dict[str, Compiles], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Compiles) -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(Compiles, "warm_up", broken)
    with pytest.raises(RuntimeError, match="no compiler"):
        warm_up(load_site(NORD), tmp_path)
    assert list(tmp_path.glob("warm-*")) == []


def test_nobody_compiles_while_another_does(agents: dict[str, Compiles], tmp_path: Path) -> None:
    site = load_site(NORD)
    (plan, *_) = warm_plans(worker_plans(site, crew, 1.0), site, tmp_path)
    with in_turn(tmp_path / LOCK):
        other = threading.Thread(target=plan.build, args=(0,))
        other.start()
        other.join(0.1)
        assert warmed(agents) == set()
    other.join(5.0)
    assert warmed(agents) != set()
