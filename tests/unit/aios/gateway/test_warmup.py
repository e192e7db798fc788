"""Warm-up: compiled once, by one process at a time: for loops on the tick before it, for workers beside."""

from __future__ import annotations

import os
import pickle
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import aios
from aios.gateway import warmup
from aios.gateway.warmup import LOCK, kinds_of, stamp_of, warm_loops, warm_plans, warm_up
from aios.gateway.workers import worker_plans
from aios.lock import in_turn
from aios.site import load_site
from kernel.schedule.loop import ControlLoop
from kernel.shell.worker import Crew
from kernel.testing import EmptyPast

NORD = Path(aios.__file__).parent / "sites" / "nord.toml"


WARMED = "WARMED_AGENTS"
"""Names the folder in which agents leave a line each time they compile, in whatever process."""


@dataclass
class Compiles:
    """An agent that has something to compile."""

    name: str
    reads: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()

    def warm_up(self) -> None:
        with (Path(os.environ[WARMED]) / self.name).open("a") as file:
            file.write(f"{os.getpid()}\n")

    def start(self, past: Any) -> int:
        return 0

    def step(self, view: Any, state: int) -> Any:
        raise NotImplementedError


def crew(now_ns: int) -> tuple[Crew, EmptyPast]:
    return {loop.agent: Compiles(loop.agent) for loop in load_site(NORD).loops}, EmptyPast()


class Warmed:
    """Who compiled, and in which processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> set[str]:
        return {file.name for file in self.folder.iterdir()}

    def processes(self, name: str) -> list[int]:
        return [int(line) for line in (self.folder / name).read_text().split()]


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Warmed:
    """The loops of nord with agents that have something to compile."""
    folder = tmp_path / "warmed"
    folder.mkdir()
    monkeypatch.setenv(WARMED, str(folder))
    loops = tuple(
        ControlLoop(
            name=loop.agent,
            agent=Compiles(loop.agent),
            period_s=loop.period_s,
            deadline_s=loop.deadline_s,
            priority=loop.priority,
        )
        for loop in load_site(NORD).loops
    )
    monkeypatch.setattr(warmup, "loops_of", lambda _: loops)
    return Warmed(folder)


def test_only_what_runs_on_the_tick_is_compiled_in_the_gateway(warmed: Warmed, tmp_path: Path) -> None:
    site = load_site(NORD)
    loops = warm_loops(site, tmp_path)
    on_the_tick = {loop.name for loop in loops if not loop.in_worker}
    assert warmed.names() == on_the_tick
    assert on_the_tick < {loop.name for loop in loops}, "nord has loops in workers"
    warm_loops(site, tmp_path)
    for name in on_the_tick:
        assert warmed.processes(name) == [os.getpid()] * 2, (
            "another process must load it before its first tick"
        )


def test_what_a_workers_agents_run_is_compiled_once_and_in_a_process_that_ends(
    warmed: Warmed, tmp_path: Path
) -> None:
    site = load_site(NORD)
    for plan in warm_plans(worker_plans(site, crew, 1.0), site, tmp_path):
        pickle.dumps(plan)  # it is sent to the process
        plan.build(0)
        assert warmed.names() >= {duty.agent for duty in plan.duties}
        plan.build(0)
    assert warmed.names() == {loop.name for loop in warmup.loops_of(site) if loop.in_worker}
    for name in warmed.names():
        (process,) = warmed.processes(name)
        assert process != os.getpid()
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_a_stamp_of_one_kind_of_agent_says_nothing_of_another(tmp_path: Path) -> None:
    stamps = {stamp_of(tmp_path, kind) for kind in kinds_of(load_site(NORD)).values()}
    assert len(stamps) == len(set(kinds_of(load_site(NORD)).values()))


def test_what_fails_to_compile_leaves_no_stamp(
    warmed: Warmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Compiles) -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(Compiles, "warm_up", broken)
    with pytest.raises(RuntimeError, match="no compiler"):
        warm_up(load_site(NORD), tmp_path)
    assert list(tmp_path.glob("warm-*")) == []


def test_a_worker_whose_compiler_failed_does_not_begin(
    warmed: Warmed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    site = load_site(NORD)
    (plan, *_) = warm_plans(worker_plans(site, crew, 1.0), site, tmp_path)
    warmed.folder.rmdir()
    with pytest.raises(subprocess.CalledProcessError):
        plan.build(0)
    assert "No such file" in capfd.readouterr().err
    assert list(tmp_path.glob("warm-*")) == []


def test_nobody_compiles_while_another_does(warmed: Warmed, tmp_path: Path) -> None:
    site = load_site(NORD)
    with in_turn(tmp_path / LOCK):
        other = threading.Thread(target=warm_loops, args=(site, tmp_path))
        other.start()
        other.join(0.1)
        assert warmed.names() == set()
    other.join(5.0)
    assert warmed.names() != set()
