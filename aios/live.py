"""A gateway in the field: real sockets, real time, and its helpers in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from aios.compose import Surroundings, assemble, bundle_of, crew_builder
from aios.costs import keep_costs
from aios.folder import Folder
from aios.lock import sole
from aios.processes import END_S
from aios.realtime import claim, claim_gate, rest_heap
from aios.warmup import warmed
from aios.workers import worker_plans
from edge.chronicle import Chronicle
from edge.gateway import Gateway
from edge.metrics import Queues
from kernel.ports import Clock
from kernel.schedule.reservation import Reservation
from kernel.shell.child import ChildSpec
from kernel.shell.clock import stopwatch_ns
from kernel.shell.process_child import process
from kernel.shell.systemd import Notifier, WatchdogFeed, slowest_tick_s
from kernel.shell.worker_pool import WorkerPool
from kernel.site import Site
from policies.process import ProcessGate

log = structlog.get_logger()

GATE_BUDGET_S: Final = 0.2
"""Real seconds the policy gate may take; a later answer is a denial."""
SLOW_TICKS: Final = 3
"""Base ticks that the watchdog of a slow site waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What the process around a gateway has, and asks for."""

    queues: tuple[Queues, ...] = ()
    """Queues of its own, such as that of its log lines, for the metrics."""
    realtime: bool = False
    """Claim real-time priority and locked memory, as far as they are permitted."""
    reservation: Reservation | None = None
    """What admission on this machine has set aside for the loops."""


async def run_gateway(
    site: Site,
    text: str,
    site_file: Path,
    folder: Folder,
    clock: Clock,
    *,
    on_ready: Callable[[], None] = lambda: None,
    host: Host | None = None,
) -> None:
    """Live until told to stop by signal or over the socket; then end in order.

    Args:
        site: the substation.
        text: of its file, as the recorder keeps it.
        site_file: where it was read from; the historian reads it again.
        folder: where journal, history, outbox and socket lie.
        clock: operational time.
        on_ready: called when everything has started and the first tick may come.
        host: the process around it.

    Raises:
        FolderBusy: another gateway lives in the folder; nothing of it was touched.
        GatewayFailed: something critical crashed; the process should exit non-zero.
    """
    with sole(folder.lock, "gateway"):
        await _live(site, text, site_file, folder, clock, on_ready=on_ready, host=host or Host())


async def _live(
    site: Site,
    text: str,
    site_file: Path,
    folder: Folder,
    clock: Clock,
    *,
    on_ready: Callable[[], None],
    host: Host,
) -> None:
    now_ns, notifier = clock.now_ns(), Notifier()
    notifier.status("warming up")
    await warmed(site_file, folder.root)
    gate = policy_gate(site, realtime=host.realtime)
    plans = worker_plans(site, crew_builder(text, site_file.parent, folder.root), clock.factor)
    workers = WorkerPool(plans, now_ns=clock.now_ns, stopwatch_ns=stopwatch_ns)
    try:
        await gate.open()
        around = Surroundings(
            clock=clock,
            gate=gate,
            workers=workers,
            link=lambda _: None,
            threaded=True,
            run=run_name(site, now_ns),
            reservation=host.reservation,
        )
        chronicle = Chronicle(around.run)
        assembly = assemble(site, text, folder, around, (WatchdogFeed(notifier), chronicle))
        chronicle.begin(assembly.kernel.state)

        async def ready() -> None:
            await asyncio.to_thread(workers.wait_ready)
            rest_heap()
            if host.realtime:
                claim()
            watch_slow_ticks(notifier, site.base_tick_s / clock.factor)
            notifier.ready(f"{site.name}: {len(site.devices)} devices, {len(site.loops)} loops")
            on_ready()

        try:
            gateway = Gateway(assembly.kernel, assembly.buses, assembly.desk, folder.socket)
            gateway.queues = (assembly.outbox.queues, *host.queues)
            gateway.beside = (
                gateway.subsystem("workers", *workers.children, on_giving_up=workers.give_up),
                gateway.subsystem("history", historian(site_file, folder)),
            )
            _stop_on_signal(gateway, notifier)
            await gateway.run(on_ready=ready)
        finally:
            notifier.stopping()
            keep_costs(folder, assembly.kernel)
            await asyncio.to_thread(assembly.close)
    finally:
        await gate.close()
        workers.close()


def policy_gate(site: Site, *, realtime: bool) -> ProcessGate:
    """Make the gate of a site, in a process of its own."""
    on_start = claim_gate if realtime else lambda _: None
    return ProcessGate(bundle_of(site), budget_s=GATE_BUDGET_S, on_start=on_start)


def historian(site_file: Path, folder: Folder) -> ChildSpec:
    """Describe the historian as a child."""
    return process("historian", historian_command(site_file, folder), shutdown_s=END_S)


def watch_slow_ticks(notifier: Notifier, tick_s: float) -> None:
    """Let the watchdog wait longer where the site ticks more slowly than it does: only ticks feed it."""
    if tick_s > slowest_tick_s(notifier):
        longer_us = round(SLOW_TICKS * tick_s * 1e6)
        log.warning("the watchdog waits longer", seconds=longer_us / 1e6, base_tick_s=tick_s)
        notifier.say(WATCHDOG_USEC=longer_us)


def historian_command(site_file: Path, folder: Folder) -> tuple[str, ...]:
    """Return the command of a historian that ends with this process."""
    return (
        *(sys.executable, "-m", "aios.historian"),
        *(str(site_file), str(folder.root), str(os.getpid())),
    )


def run_name(site: Site, now_ns: int) -> str:
    """Name a run by its millisecond: a gateway killed and restarted within a second is another run."""
    return f"{now_ns // 1_000_000:x}-{site.digest[:4]}"


def _stop_on_signal(gateway: Gateway, notifier: Notifier) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        notifier.stopping()
        gateway.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
