"""Warm-up: compiles what the site's agents will run, before anything is controlled.

Compiled kernels lie in a folder of their own for each set of versions and each processor: a cache that is
shared between different ones is at best useless. One process fills it; the workers start after it and find
everything.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec
import structlog

import aios
from aios.agents import crew_of
from aios.site import load_site
from aios.workers import METER
from kernel.site import Site

log = structlog.get_logger()

LIMIT_S: Final = 120.0
"""Real seconds a warm-up may take; a gateway then starts without it; its workers compile as they start."""
CACHE: Final = "NUMBA_CACHE_DIR"
VERSIONED: Final = ("numba", "llvmlite", "numpy")
STAMP: Final = "warm"


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

    A folder that the environment names is taken as the base instead. It must come before the compiler is
    imported.
    """
    base = Path(os.environ.get(CACHE) or root / "compiled")
    folder = cache_folder(base)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[CACHE] = str(folder)
    return folder


def is_warm(cache: Path) -> bool:
    """Tell whether a warm-up has filled a cache."""
    return (cache / STAMP).exists()


def warm_up(site: Site, cache: Path) -> Warmth:
    """Compile what the agents of the site's workers will run, and leave a stamp."""
    begin, agents = time.perf_counter(), []
    for name, agent in crew_of(site).items():
        if callable(warm := getattr(agent, "warm_up", None)):
            warm()
            agents.append(name)
    compiled = 0
    if agents:
        module, _, function = METER.partition(":")
        compiled = int(getattr(importlib.import_module(module), function)())
    (cache / STAMP).touch()
    seconds = time.perf_counter() - begin
    return Warmth(cache=str(cache), compiled=compiled, agents=tuple(agents), seconds=seconds)


async def warmed(site_file: Path, root: Path) -> None:
    """Fill the cache in a process of its own, unless that has been done; a failure costs time only."""
    cache = use_cache(root)
    if is_warm(cache):
        return
    log.info("compiling", cache=str(cache))
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aios.warmup", str(site_file)), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            code = await child.wait()
    except BaseException:
        child.kill()
        await child.wait()
        raise
    if code:
        log.error("warm-up failed; workers compile as they start", code=code)


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
    warm_up(load_site(Path(sys.argv[1])), Path(os.environ[CACHE]))
