"""Costs of a site on this machine: kept from earlier runs, declared as budgets, or measured now.

A cost is a high percentile of what was measured, not the worst of all: one slow write on a busy disk shall
not keep a site from starting. A deadline that it costs is counted as missed.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from aios.folder import Folder
from aios.gateway.compose import bundle_of, pipe_of
from aios.gateway.safe_set import safe_commands
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import record_of
from kernel.pipe.agent_step import attempt
from kernel.pipe.pipe import Pipe
from kernel.pipe.sight import Sight
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Inputs
from kernel.ports import GateRequest
from kernel.schedule.costs import Costs
from kernel.schedule.loop import ON_THE_LOOP
from kernel.shell.kernel import Kernel
from kernel.site import Site
from kernel.testing import EmptyPast
from policies.bundle import PolicyBundle
from policies.embedded import EmbeddedGate

TICKS: Final = 200
STEPS: Final = 300
JUDGEMENTS: Final = 50
COMMITS: Final = 40
WARM_UP: Final = 5
"""Runs of each before it is measured: first calls import and compile."""
SECTION_MS: Final = 1.0
"""Allowed for the longest callback of drivers and pages on the loop, real milliseconds."""
PERCENTILE: Final = 90.0
"""Of what is measured in a moment in which others may use the machine."""


def read_costs(folder: Folder) -> Costs | None:
    """Return what earlier runs in this folder cost; None where nothing readable is kept."""
    try:
        return msgspec.json.decode(folder.costs.read_bytes(), type=Costs)
    except (OSError, msgspec.MsgspecError):
        return None


def write_costs(folder: Folder, costs: Costs) -> None:
    """Keep what a run cost for the next one."""
    fresh = folder.costs.with_suffix(".new")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(costs), indent=2) + b"\n")
    fresh.rename(folder.costs)


def keep_costs(folder: Folder, kernel: Kernel) -> None:
    """Keep what the run of a kernel has cost, if it was long enough to tell; a full disk loses no more."""
    costs = kernel.accounts.costs()
    if costs is None:
        return
    with contextlib.suppress(OSError):
        write_costs(folder, msgspec.structs.replace(costs, section_ms=SECTION_MS))


def costs_of(site: Site, folder: Folder | None = None) -> Costs:
    """Return the costs of a site: kept ones first, then declared budgets, and the rest measured now.

    No step is taken for cheaper than its declared budget: that is what it may use up.
    """
    kept = None if folder is None else read_costs(folder)
    if kept is None or not (kept.gate_ms and kept.commit_ms):
        kept = measured_costs(site, folder)
    budgets = {loop.agent: loop.budget_ms for loop in site.loops if loop.budget_ms is not None}
    return _with_strangers(site, kept.with_budgets(budgets))


def _with_strangers(site: Site, kept: Costs) -> Costs:
    """Measure loops that the run before did not have: what nobody has seen is not free."""
    on_the_loop = {loop.agent for loop in site.loops if loop.priority in ON_THE_LOOP}
    strangers = on_the_loop - kept.steps_ms.keys()
    if not strangers:
        return kept
    pipe = pipe_of(site, run="costs", revision="")
    steps = _steps_ms(pipe, pipe.begin(EmptyPast(), now_ns=0), strangers)
    return kept.with_budgets(dict(steps))


def measured_costs(site: Site, folder: Folder | None = None) -> Costs:
    """Measure ticks, steps on an empty view, judgements and durable commits on this machine.

    Args:
        site: the substation.
        folder: on whose disk the commits are measured; None takes the disk for temporary files.
    """
    bundle = bundle_of(site)
    pipe = pipe_of(site, run="costs", revision=bundle.revision)
    state = pipe.begin(EmptyPast(), now_ns=0)
    return Costs(
        fixed_ms=_fixed_ms(pipe, state),
        gate_ms=_gate_ms(site, bundle),
        commit_ms=_commit_ms(folder),
        section_ms=SECTION_MS,
        steps_ms=dict(_steps_ms(pipe, state, {loop.name for loop in pipe.loops})),
        origin="measured now, agents on an empty view",
    )


def _fixed_ms(pipe: Pipe, state: PipeState) -> float:
    """Ticks in which nobody steps: image, arbiter, conclusion and recording."""
    base_ns = round(pipe.site.base_tick_s * 1e9)

    def tick() -> None:
        inputs = Inputs(tick=state.tick + 1, now_ns=state.image.now_ns + base_ns, activations=())
        decided = pipe.conclude(pipe.draft(state, inputs), ())
        record_of(inputs, (), decided.outputs)

    return _cost_ms(tick, TICKS)


def _steps_ms(pipe: Pipe, state: PipeState, names: Set[str]) -> Iterator[tuple[str, float]]:
    """Steps of the agents on the loop; where one stays idle without measurements its budget is the word."""
    for loop in pipe.loops:
        if loop.in_worker or loop.name not in names:
            continue
        view = Sight.of(pipe.site, state, (loop,)).view(loop)
        yield loop.name, _cost_ms(partial(attempt, loop.agent, view, state.agents[loop.name]), STEPS)


def _gate_ms(site: Site, bundle: PolicyBundle) -> float:
    """Judgements of a set-point for every writable point, twice a tick because policy may clamp.

    Nothing is read: policies that need readings then give their reasons, which is dearer than to clear.
    """
    gate = EmbeddedGate(bundle)
    request = GateRequest(tick=0, now_ns=0, commands=safe_commands(site, bundle, now_ns=0), readings={})
    return 2.0 * _cost_ms(lambda: gate.judge_now(request), JUDGEMENTS)


def _commit_ms(folder: Folder | None) -> float:
    """Durable entries in a journal on the disk where the real one lies."""
    if folder is not None:
        folder.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="costs-", dir=folder.root if folder else None) as place:
        journal = CommandJournal(Path(place) / "commands.db")
        try:
            return _cost_ms(lambda: journal.note("cost", "commit", {}, at_ns=0), COMMITS)
        finally:
            journal.close()


def _cost_ms(work: Callable[[], object], times: int) -> float:
    for _ in range(WARM_UP):
        work()
    return _percentile_ms([_timed_ns(work) for _ in range(times)])


def _timed_ns(work: Callable[[], object]) -> int:
    began_ns = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - began_ns


def _percentile_ms(took_ns: Sequence[int]) -> float:
    return float(np.percentile(took_ns, PERCENTILE)) / 1e6
