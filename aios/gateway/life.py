"""One life of a gateway: from a site file to its end, or to the site file that comes next."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from aios.folder import Folder
from aios.gateway.accept import Charter, Unfit, accepted
from aios.gateway.agents import crew_builder
from aios.gateway.at_the_door import keep_door
from aios.gateway.awaited import Awaited
from aios.gateway.carriage import BusWatch
from aios.gateway.compose import Assembly, Surroundings, assemble
from aios.gateway.costs import keep_costs
from aios.gateway.realtime import be_prompt, claim, rest_heap
from aios.gateway.revisions import Revisions
from aios.gateway.take_over import Before
from aios.gateway.warmup import warm_loops, warm_plans
from aios.gateway.workers import worker_plans
from aios.outbox.standing import standing_samples
from aios.processes import END_S
from aios.shelf.acts import BundleActs
from aios.shelf.at_life import acts_of, kept_for_replay
from aios.site.diff import differences
from edge.chronicle import Chronicle
from edge.gateway import Gateway
from edge.metrics import Queues
from edge.subsystems import policies
from kernel.pipe.tick import Decided, Inputs
from kernel.ports import Clock
from kernel.shell.child import ChildSpec
from kernel.shell.clock import stopwatch_ns
from kernel.shell.process_child import process
from kernel.shell.systemd import Notifier, WatchdogFeed, slowest_tick_s
from kernel.shell.wire import Accepted, Answer, Rejected, Reload
from kernel.shell.worker_pool import WorkerPool
from kernel.site import Site
from policies.changing import ChangingGate

log = structlog.get_logger()

SLOW_TICKS: Final = 3
"""Base ticks that the watchdog of a slow site waits for, and a new revision for its first good one."""
TRIAL_S: Final = 10.0
"""Real seconds within which a new revision must reach its first good tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What the process around a gateway has, and asks for."""

    queues: tuple[Queues, ...] = ()
    """Queues of its own, such as that of its log lines, for the metrics."""
    waits: bool = False
    """Be ready only when the workers are: under a scaled clock time begins then, and waiting costs none."""
    realtime: bool = False
    """Claim real-time priority and locked memory, as far as they are permitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What stays from one life to the next."""

    folder: Folder
    file: Path
    """The site file that the gateway was started with."""
    clock: Clock
    notifier: Notifier
    revisions: Revisions
    host: Host
    cache: Path
    """Where compiled kernels lie."""


class FirstGoodTick:
    """Hears ticks until one was decided with gate and journal at work."""

    def __init__(self) -> None:
        """Wait."""
        self.reached = asyncio.Event()

    def heard(self, inputs: Inputs, decided: Decided) -> None:  # noqa: ARG002 - the role gives them
        """Note a good tick."""
        if not decided.state.gate_failure and not decided.state.journal_failure:
            self.reached.set()


class Life:
    """A gateway under one site file."""

    def __init__(self, house: House, charter: Charter, before: Before | None, *, why: str = "") -> None:
        """Prepare a life.

        Args:
            house: what stays.
            charter: what this life runs by.
            before: where the life before stood; None for the first.
            why: what led from that to this; empty for the first.
        """
        self.charter = charter
        self.next: Charter | None = None
        """What to run by when this life has ended; None where the gateway ends with it."""
        self.next_why = ""
        self.good = FirstGoodTick()
        self._house = house
        self._before = before
        self._why = why
        self._gateway: Gateway | None = None
        self._told_to_stop = False

    def stop(self) -> None:
        """End after the running tick, or as soon as everything has started."""
        self._told_to_stop = True
        if self._gateway is not None:
            self._gateway.stop()

    async def run(self, gate: ChangingGate, on_ready: Callable[[], None]) -> Before:
        """Live until told to stop; return where it stood."""
        house, site = self._house, self.charter.site
        build = crew_builder(self.charter.text, self.charter.maps, house.folder.root)
        plans = warm_plans(worker_plans(site, build, house.clock.factor), site, house.cache)
        workers = WorkerPool(plans, now_ns=house.clock.now_ns, stopwatch_ns=stopwatch_ns)
        try:
            awaited = Awaited(workers)
            acts = await acts_of(site, house.folder, gate, house.clock, realtime=house.host.realtime)
            assembly = await asyncio.to_thread(self._assembled, gate, workers, awaited, acts)
            awaited.begin(assembly.kernel.inbox)
            acts.keep_with(kept_for_replay(assembly.kernel.shell.recorder))
            try:
                await self._lived(assembly, gate, workers, acts, on_ready)
            finally:
                await acts.close()
                keep_costs(house.folder, assembly.kernel)
                await asyncio.to_thread(assembly.close)
        finally:
            workers.close()
        return Before(site, assembly.kernel.state)

    def _assembled(
        self, gate: ChangingGate, workers: WorkerPool, awaited: Awaited, acts: BundleActs
    ) -> Assembly:
        house, now_ns = self._house, self._house.clock.now_ns()
        around = Surroundings(
            clock=house.clock,
            gate=gate,
            workers=workers,
            link=lambda _: None,
            threaded=True,
            run=run_name(self.charter.site, now_ns),
            before=self._before,
            trial=acts.trial,
            reservation=self.charter.reservation,
            loops=partial(warm_loops, cache=house.cache),
        )
        chronicle = Chronicle(around.run)
        watch = BusWatch()
        hear = (WatchdogFeed(house.notifier), self.good, chronicle, awaited, watch, acts)
        assembly = assemble(self.charter.site, self.charter.text, house.folder, around, hear)
        chronicle.begin(assembly.kernel.state)
        watch.begin(assembly.kernel)
        if self._before is not None:
            told = _told(self._before.site, self.charter.site, self._why)
            assembly.kernel.shell.journal.note("reloaded", around.run, told, at_ns=now_ns)
        return assembly

    async def _lived(
        self,
        assembly: Assembly,
        gate: ChangingGate,
        workers: WorkerPool,
        acts: BundleActs,
        on_ready: Callable[[], None],
    ) -> None:
        house, site = self._house, self.charter.site
        gateway = self._gateway = Gateway(assembly.kernel, assembly.buses, assembly.desk, house.folder.socket)
        keep_door(gateway.door, assembly)
        if self._told_to_stop:
            gateway.stop()
        gateway.queues = (assembly.outbox.queues, *house.host.queues)
        gateway.told = partial(standing_samples, house.folder.outbox)
        gateway.reload = self._reload
        gateway.door.bundles = acts
        gateway.before_ticks = partial(settle_down, realtime=house.host.realtime)
        file = house.revisions.keep_text(self.charter.text)
        gateway.beside = (
            gateway.subsystem("workers", *workers.children, on_giving_up=workers.give_up),
            gateway.subsystem("history", historian(file, house.folder, self.charter.maps)),
            policies(gate, gateway.heard_of),
        )

        async def ready() -> None:
            if house.host.waits:
                await asyncio.to_thread(workers.wait_ready)
            if self._told_to_stop:
                return
            watch_slow_ticks(house.notifier, site.base_tick_s / house.clock.factor)
            house.notifier.ready(f"{site.name}: {len(site.devices)} devices, {len(site.loops)} loops")
            on_ready()

        await gateway.run(on_ready=ready)

    async def _reload(self, request: Reload) -> Answer:
        """Judge another revision; where it is good, end this life after the running tick."""
        if self.next is not None:
            return Rejected(reason="a reload is under way")
        found = await self.judged(request)
        if isinstance(found, Unfit):
            return Rejected(reason="; ".join(found.findings))
        if found.digest == self.charter.digest:
            return Rejected(reason="the gateway runs by this text already")
        self.go_on(found, "rolled back by a person" if request.back else "reloaded")
        return Accepted(trace=f"{self.charter.digest[:12]} -> {found.digest[:12]}")

    def go_on(self, charter: Charter, why: str) -> None:
        """End this life after the running tick, and go on under another charter."""
        log.warning("reload", before=self.charter.digest[:12], after=charter.digest[:12], why=why)
        self._house.notifier.reloading()
        self.next, self.next_why = charter, why
        self.stop()

    async def judged(self, request: Reload) -> Charter | Unfit:
        """Read and judge the revision that is asked for, by what this life has cost so far."""
        if self._gateway is not None:
            keep_costs(self._house.folder, self._gateway.kernel)
        return await asyncio.to_thread(self._candidate, request)

    def _candidate(self, request: Reload) -> Charter | Unfit:
        house = self._house
        if request.back:
            before = house.revisions.before(self.charter.digest)
            if before is None:
                return Unfit(("there is no revision before this one",))
            text, maps, name = before.text, self.charter.maps, f"revision {before.number}"
        else:
            file = Path(request.file) if request.file else house.file
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                return Unfit((f"{file} cannot be read: {error}",))
            maps, name = file.parent, str(file)
        return accepted(
            text,
            maps=maps,
            name=name,
            now_ns=house.clock.now_ns(),
            folder=house.folder,
            factor=house.clock.factor or 1.0,
        )


def settle_down(*, realtime: bool) -> None:
    """Do what holds the loop up, before the schedule begins: afterwards it would cost releases."""
    rest_heap()
    be_prompt()
    if realtime:
        claim()


def historian(file: Path, folder: Folder, maps: Path) -> ChildSpec:
    """Describe the historian as a child."""
    return process("historian", historian_command(file, folder, maps), shutdown_s=END_S)


def historian_command(file: Path, folder: Folder, maps: Path) -> tuple[str, ...]:
    """Return the command of a historian that ends with this process."""
    return (
        *(sys.executable, "-m", "aios.historian"),
        *(str(file), str(folder.root), str(os.getpid()), str(maps)),
    )


def watch_slow_ticks(notifier: Notifier, tick_s: float) -> None:
    """Let the watchdog wait longer where the site ticks more slowly than it does: only ticks feed it."""
    if tick_s > slowest_tick_s(notifier):
        longer_us = round(SLOW_TICKS * tick_s * 1e6)
        log.warning("the watchdog waits longer", seconds=longer_us / 1e6, base_tick_s=tick_s)
        notifier.say(WATCHDOG_USEC=longer_us)


def run_name(site: Site, now_ns: int) -> str:
    """Name a run by its millisecond: a gateway killed and restarted within a second is another run."""
    return f"{now_ns // 1_000_000:x}-{site.digest[:4]}"


def _told(old: Site, new: Site, why: str) -> dict[str, Any]:
    return {
        "before": old.digest,
        "after": new.digest,
        "why": why,
        "changes": [change.words for change in differences(old, new)],
    }
