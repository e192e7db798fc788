"""The run: raise the field, then start and kill gateways on one folder, let a last one settle, and judge."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import msgspec

from aios.folder import Folder
from benchmarks.kill9 import field, gateway
from benchmarks.kill9.field import Evidence
from benchmarks.kill9.gateway import Life, Sabotage
from benchmarks.kill9.judge import judge, record_of
from benchmarks.kill9.site import site_text
from kernel.journal.commands import CommandJournal

EARLIEST_S: Final = 0.05
LATEST_S: Final = 0.6
"""A gateway is killed at a uniformly random moment between these, real seconds after it was ready."""
WAIT_S: Final = 60.0
"""Real seconds that a process may take to get ready or to settle."""


class HarnessFailed(RuntimeError):
    """A process did not do its part; nothing can be said of the promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run found."""

    kills: int
    left_open: int
    """Commands that were open when their gateway was killed."""
    outcomes: dict[str, int]
    """Commands by operation and end state."""
    violations: tuple[str, ...]
    seconds: float


def kill_and_judge(folder: Path, *, kills: int, seed: int, sabotage: Sabotage = "") -> Report:
    """Kill a gateway many times and ask the devices what was done.

    Raises:
        HarnessFailed: a process ended by itself or did not get ready.
    """
    began, dice = time.monotonic(), random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    # Gateways are forked from a server that has imported everything: a start takes milliseconds.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["benchmarks.kill9.gateway", "benchmarks.kill9.field"])
    start_ns, epoch_ns = time.time_ns(), time.monotonic_ns()
    near, far = processes.Pipe()
    devices = processes.Process(target=field.serve, args=(folder, start_ns, epoch_ns, far))
    devices.start()
    try:
        text = site_text(_hear(near, devices))
        life = Life(text=text, folder=folder, start_ns=start_ns, epoch_ns=epoch_ns, sabotage=sabotage)
        for _ in range(kills):
            _kill_once(processes, life, dice.uniform(EARLIEST_S, LATEST_S))
        _settle(processes, life)
        near.send("testify")
        said = msgspec.json.decode(_hear(near, devices), type=Evidence)
        devices.join(WAIT_S)
    finally:
        devices.kill()
        devices.join()
    return _report(folder, said, kills, time.monotonic() - began)


def _kill_once(processes: ForkServerContext, life: Life, after_s: float) -> None:
    near, far = processes.Pipe()
    child = processes.Process(target=gateway.live, args=(life, far))
    child.start()
    try:
        _hear(near, child)
        child.join(after_s)
        if child.exitcode is not None:
            raise HarnessFailed(f"the gateway ended by itself with {child.exitcode}: see {life.folder}")
    finally:
        child.kill()
        child.join()


def _settle(processes: ForkServerContext, life: Life) -> None:
    """Start a last gateway that asks for nothing new, and wait until it has settled what was open."""
    near, far = processes.Pipe()
    last = Life(
        text=life.text,
        folder=life.folder,
        start_ns=life.start_ns,
        epoch_ns=life.epoch_ns,
        settle=True,
        sabotage=life.sabotage,
    )
    child = processes.Process(target=gateway.live, args=(last, far))
    child.start()
    _hear(near, child)
    child.join(WAIT_S)
    if child.exitcode != 0:
        child.kill()
        raise HarnessFailed(f"the last gateway did not settle: {child.exitcode}; see {life.folder}")


def _hear(line: Connection, speaker: BaseProcess) -> Any:
    """Return what a process says next."""
    if not line.poll(WAIT_S):
        raise HarnessFailed(f"{speaker.name} says nothing; exit code {speaker.exitcode}")
    try:
        said = line.recv()
    except EOFError:
        raise HarnessFailed(f"{speaker.name} ended with {speaker.exitcode}") from None
    return said


def _report(folder: Path, said: Evidence, kills: int, seconds: float) -> Report:
    journal = CommandJournal(Folder(root=folder).commands, read_only=True)
    record = record_of(tuple(journal.entries()))
    journal.close()
    outcomes = Counter(
        f"{command.operation.value} {outcome.value if (outcome := record.outcome(command)) else 'open'}"
        for command in record.commands
    )
    return Report(
        kills=kills,
        left_open=len(record.left_open),
        outcomes=dict(sorted(outcomes.items())),
        violations=judge(record, said),
        seconds=seconds,
    )
