"""A gateway in the field: real sockets, real time, and its helpers in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from aios.compose import Surroundings, assemble, bundle_of, crew_builder
from aios.folder import Folder
from aios.lock import sole
from aios.processes import Keeper
from edge.gateway import Gateway
from kernel.ports import Clock
from kernel.shell.clock import stopwatch_ns
from kernel.shell.worker import ProcessWorkers
from kernel.site import Site
from policies.process import ProcessGate

log = structlog.get_logger()

GATE_BUDGET_S: Final = 0.2
"""Real seconds the policy gate may take; a later answer is a denial."""
SHORTEST_ALLOWED_S: Final = 10.0
"""Real seconds that any step in a worker may take, however short its deadline."""


async def run_gateway(
    site: Site,
    text: str,
    site_file: Path,
    folder: Folder,
    clock: Clock,
    *,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Live until told to stop by signal or over the socket; then end in order.

    Args:
        site: the substation.
        text: of its file, as the recorder keeps it.
        site_file: where it was read from; the historian reads it again.
        folder: where journal, history, outbox and socket lie.
        clock: operational time.
        on_ready: called when everything has started and the first tick may come.

    Raises:
        FolderBusy: another gateway lives in the folder; nothing of it was touched.
    """
    with sole(folder.lock, "gateway"):
        await _live(site, text, site_file, folder, clock, on_ready=on_ready)


async def _live(
    site: Site,
    text: str,
    site_file: Path,
    folder: Folder,
    clock: Clock,
    *,
    on_ready: Callable[[], None],
) -> None:
    now_ns = clock.now_ns()
    gate = ProcessGate(bundle_of(site), budget_s=GATE_BUDGET_S)
    workers = ProcessWorkers(
        crew_builder(text, site_file.parent, folder.root),
        now_ns=clock.now_ns,
        stopwatch_ns=stopwatch_ns,
        allowed_s=allowed_s(site, clock.factor),
    )
    historian = Keeper(historian_command(site_file, folder))
    try:
        await gate.open()
        around = Surroundings(
            clock=clock,
            gate=gate,
            workers=workers,
            link=lambda _: None,
            threaded=True,
            run=run_name(site, now_ns),
        )
        assembly = assemble(site, text, folder, around)
        try:
            await asyncio.to_thread(workers.wait_ready)
            await historian.start()
            gateway = Gateway(assembly.kernel, assembly.buses, assembly.desk, folder.socket)
            _stop_on_signal(gateway)
            on_ready()
            await gateway.run()
        finally:
            await asyncio.to_thread(assembly.close)
    finally:
        await historian.stop()
        await gate.close()
        workers.close()


def historian_command(site_file: Path, folder: Folder) -> tuple[str, ...]:
    """Return the command of a historian that ends with this process."""
    return (
        *(sys.executable, "-m", "aios.historian"),
        *(str(site_file), str(folder.root), str(os.getpid())),
    )


def allowed_s(site: Site, factor: float) -> dict[str, float]:
    """Return the real seconds that a step of each agent may take before its process is ended.

    Its deadline at the clock's factor, and not less than a busy machine may need.
    """
    return {loop.agent: max(SHORTEST_ALLOWED_S, loop.deadline_s / factor) for loop in site.loops}


def run_name(site: Site, now_ns: int) -> str:
    """Name a run by its millisecond: a gateway killed and restarted within a second is another run."""
    return f"{now_ns // 1_000_000:x}-{site.digest[:4]}"


def _stop_on_signal(gateway: Gateway) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, gateway.stop)
