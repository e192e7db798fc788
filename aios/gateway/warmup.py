"""Warm-up: compiles what a site's agents will run, before they take a step.

What agents on the tick run is compiled before the gateway is ready: nothing may compile inside a tick. What
agents in workers run is compiled by a process that the first worker in need of it starts, beside the ticks:
the gateway does not wait for it, and the ladder shows `warming_up` meanwhile (decision 0012). The compiler
keeps 100 MiB for good, so it runs in a process that ends.

Compiled kernels lie in a folder of their own for each set of versions and each processor: a cache that is
shared between different ones is at best useless. One process at a time fills it.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import pickle
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

import aios
from aios.gateway.agents import loops_of
from aios.gateway.heap import give_back_memory
from aios.gateway.workers import METER
from aios.lock import in_turn
from kernel.ports import Agent, Past
from kernel.schedule.loop import ControlLoop
from kernel.shell.orphan import end_with
from kernel.shell.worker import Build, Crew
from kernel.shell.worker_plan import WorkerPlan
from kernel.site import Site

CACHE: Final = "NUMBA_CACHE_DIR"
VERSIONED: Final = ("numba", "llvmlite", "numpy")
LOCK: Final = "warming.lock"


class Warmth(msgspec.Struct, frozen=True, kw_only=True):
    """What a warm-up did."""

    cache: str
    compiled: int
    """Functions that were compiled; 0 where all were found on disk."""
    agents: tuple[str, ...]
    seconds: float


def cache_folder(base: Path) -> Path:
    """Return the folder of compiled kernels for these versions on this processor."""
    said = [platform.python_version(), aios.__version__, _processor(), *map(_version, VERSIONED)]
    key = hashlib.sha256("|".join(said).encode()).hexdigest()[:12]
    return base / f"{platform.machine()}-py{sys.version_info.major}{sys.version_info.minor}-{key}"


def use_cache(root: Path) -> Path:
    """Let this process and its children keep compiled kernels below a gateway's folder; return where.

    A folder that the environment names is taken as the base instead, or as it is where it is one that this
    function made. It must come before the compiler is imported.
    """
    base = Path(os.environ.get(CACHE) or root / "compiled")
    folder = cache_folder(base)
    if base.name == folder.name:
        folder = base
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[CACHE] = str(folder)
    return folder


def stamp_of(cache: Path, kind: str) -> Path:
    """Return the file that says: what agents of a kind run lies in a cache."""
    return cache / f"warm-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"


def warm_up(site: Site, cache: Path) -> Warmth:
    """Compile what the agents of a site will run, or find it on disk, and leave stamps."""
    begin, kinds = time.perf_counter(), kinds_of(site)
    agents = [loop.name for loop in loops_of(site) if _warm(loop.agent, stamp_of(cache, kinds[loop.name]))]
    compiled = 0
    if agents:
        module, _, function = METER.partition(":")
        compiled = int(getattr(importlib.import_module(module), function)())
    seconds = time.perf_counter() - begin
    return Warmth(cache=str(cache), compiled=compiled, agents=tuple(agents), seconds=seconds)


def kinds_of(site: Site) -> dict[str, str]:
    """Return the kinds of the agents of a site, by name."""
    return {loop.agent: loop.kind for loop in site.loops}


def warm_loops(site: Site, cache: Path) -> tuple[ControlLoop, ...]:
    """Make the control loops of a site; what those on the tick run is compiled in this process, now.

    So nothing compiles inside a tick. An agent shows what it runs by its method `warm_up`, if it has one.
    """
    loops, kinds = loops_of(site), kinds_of(site)
    for loop in loops:
        if not loop.in_worker:
            _warm(loop.agent, stamp_of(cache, kinds[loop.name]))
    return loops


def warm_plans(plans: Iterable[WorkerPlan], site: Site, cache: Path) -> tuple[WorkerPlan, ...]:
    """Let each worker process see that what its own agents run is compiled before it makes them.

    What no cache holds is compiled by one process at a time, and the others find it on disk: several that
    write one cache at once have been seen to crash.
    """
    kinds = kinds_of(site)
    return tuple(
        replace(
            plan,
            build=partial(_build_warm, plan.build, {d.agent: kinds[d.agent] for d in plan.duties}, cache),
        )
        for plan in plans
    )


def _build_warm(build: Build, kinds: dict[str, str], cache: Path, now_ns: int) -> tuple[Crew, Past]:
    if any(not stamp_of(cache, kind).exists() for kind in kinds.values()):
        _compile_beside(build, kinds, cache, now_ns)
    built = build(now_ns)
    give_back_memory()
    return built


def _compile_beside(build: Build, kinds: dict[str, str], cache: Path, now_ns: int) -> None:
    """Compile in a process that ends with this one.

    Raises:
        subprocess.CalledProcessError: it failed, and said why on standard error.
    """
    job = pickle.dumps((os.getpid(), build, kinds, cache, now_ns))
    command = (sys.executable, "-m", "aios.gateway.warmup")
    subprocess.run(command, input=pickle.dumps(sys.path) + job, check=True)  # noqa: S603 - our own module


def compile_for(parent: int, build: Build, kinds: dict[str, str], cache: Path, now_ns: int) -> None:
    """Compile what the agents of a worker run and no stamp tells of, and leave stamps."""
    end_with(parent)
    crew, _ = build(now_ns)
    for name, kind in kinds.items():
        if not stamp_of(cache, kind).exists():
            _warm(crew[name], stamp_of(cache, kind))


def main() -> None:
    """Be the process that compiles: standard input says first where modules are found, then what to do."""
    sys.path[:] = pickle.load(sys.stdin.buffer)  # noqa: S301 - a worker wrote it, through a pipe of its own
    compile_for(*pickle.load(sys.stdin.buffer))  # noqa: S301 - the same


def _warm(agent: Agent, stamp: Path) -> bool:
    """Let an agent compile what it runs, alone; False where it compiles nothing."""
    warm = getattr(agent, "warm_up", None)
    if not callable(warm):
        return False
    with in_turn(stamp.parent / LOCK):
        warm()
        stamp.touch()
    return True


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def _processor() -> str:
    """Return model and features of the processor: machine code for one may be no code for another."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    told = ("model name", "flags", "Features", "CPU part")
    return "|".join(sorted({line for line in lines if line.startswith(told)}))


if __name__ == "__main__":
    main()
