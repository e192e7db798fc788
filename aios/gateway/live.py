"""A gateway in the field: real sockets, real time, and its helpers in processes of their own.

It lives under one site file after the other: a reload ends a life at a tick's end and begins the next one
with what still fits. A revision that does not reach its first good tick in time is rolled back, visibly.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from pathlib import Path

import structlog

from aios.folder import Folder
from aios.gateway.accept import Charter, Unfit
from aios.gateway.life import SLOW_TICKS, TRIAL_S, Host, House, Life
from aios.gateway.revisions import Revisions
from aios.gateway.take_over import Before
from aios.gateway.warmup import use_cache
from aios.lock import sole
from aios.shelf.after_a_kill import make_good
from aios.shelf.at_life import process_gate
from aios.shelf.in_force import bundle_in_force
from edge.gateway import GatewayFailed
from kernel.ports import Clock
from kernel.shell.systemd import Notifier
from kernel.shell.wire import Reload
from policies.changing import ChangingGate
from policies.process import ProcessGate

log = structlog.get_logger()


async def run_gateway(
    charter: Charter,
    site_file: Path,
    folder: Folder,
    clock: Clock,
    *,
    on_ready: Callable[[], None] = lambda: None,
    host: Host | None = None,
) -> None:
    """Live until told to stop by signal or over the socket; then end in order.

    Args:
        charter: the substation, the text of its file as the recorder keeps it, and what is set aside for it.
        site_file: where it was read from, and is read again at a reload.
        folder: where journal, history, outbox and socket lie.
        clock: operational time.
        on_ready: called when everything has started and the first tick may come.
        host: the process around it.

    Raises:
        FolderBusy: another gateway lives in the folder; nothing of it was touched.
        GatewayFailed: something critical crashed; the process should exit non-zero.
    """
    with sole(folder.lock, "gateway"):
        await asyncio.to_thread(make_good, folder)
        notifier = Notifier()
        house = House(
            folder=folder,
            file=site_file,
            clock=clock,
            notifier=notifier,
            revisions=Revisions(folder.revisions),
            host=host or Host(),
            cache=use_cache(folder.root),
        )
        notifier.status("starting")
        try:
            await Lives(house, on_ready).run(charter)
        finally:
            notifier.stopping()


class Lives:
    """One life after the other."""

    def __init__(self, house: House, on_ready: Callable[[], None]) -> None:
        """Live in a house; `on_ready` is called once, by the first life."""
        self._house = house
        self._on_ready = on_ready
        self._life: Life | None = None
        self._ended = False
        self._reloading: set[asyncio.Task[None]] = set()

    async def run(self, charter: Charter) -> None:
        """Live until a life ends that has no next."""
        self._hear_signals()
        first, last, before, why = gate_for(charter, self._house), None, None, ""
        await first.open()
        gate = ChangingGate(first)
        try:
            while not self._ended:
                life = self._life = Life(self._house, charter, before, why=why)
                before = await self._one(life, gate, last, before)
                if self._ended or life.next is None:
                    return
                last = charter if life.good.reached.is_set() else last
                charter, why = life.next, life.next_why
                gc.unfreeze()  # what the life before left behind may go
                gate = await _gate_after(gate, charter, self._house)
        finally:
            await gate.close()

    async def _one(
        self, life: Life, gate: ChangingGate, last: Charter | None, before: Before | None
    ) -> Before | None:
        """Live one life; where it was a trial that failed, the last good charter comes next."""
        watching = asyncio.ensure_future(self._watch(life, last))
        try:
            return await life.run(gate, self._ready)
        except Exception as error:  # whatever ends a trial rolls it back; else it ends the process
            if last is None or life.good.reached.is_set():
                raise
            life.next, life.next_why = last, f"rolled back: {type(error).__name__}: {error}"
            log.exception("revision failed, rolled back", digest=life.charter.digest[:12])
            return before
        finally:
            if not life.good.reached.is_set():  # else it is being kept, before the next one may be
                watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, life: Life, last: Charter | None) -> None:
        """Keep a revision that reaches a good tick; roll one back that does not."""
        tick_s = life.charter.site.base_tick_s / (self._house.clock.factor or 1.0)
        if last is None:
            await life.good.reached.wait()
        else:
            within_s = max(TRIAL_S, SLOW_TICKS * tick_s)
            try:
                async with asyncio.timeout(within_s):
                    await life.good.reached.wait()
            except TimeoutError:
                life.go_on(last, f"rolled back: no good tick within {within_s:g} s")
                return
        await asyncio.to_thread(self._house.revisions.accept, life.charter.text)

    def _ready(self) -> None:
        tell, self._on_ready = self._on_ready, lambda: None
        tell()

    def _hear_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)

    def _stop(self) -> None:
        self._house.notifier.stopping()
        self._ended = True
        if self._life is not None:
            self._life.stop()

    def _hang_up(self) -> None:
        """Read the site file again, as `aios reload` does."""
        task = asyncio.ensure_future(self._reread())
        self._reloading.add(task)
        task.add_done_callback(self._reloading.discard)

    async def _reread(self) -> None:
        life = self._life
        if life is None or life.next is not None:
            return
        found = await life.judged(Reload())
        if isinstance(found, Unfit):
            log.error("reload refused, nothing changed", findings=found.findings)
        elif found.digest != life.charter.digest:
            life.go_on(found, "reloaded by SIGHUP")


def gate_for(charter: Charter, house: House) -> ProcessGate:
    """Make the gate of a charter, in a process of its own.

    Raises:
        BundleRefused: the bundle that is active on the shelf is not to be believed.
    """
    return process_gate(bundle_in_force(charter.site, house.folder), realtime=house.host.realtime)


async def _gate_after(gate: ChangingGate, charter: Charter, house: House) -> ChangingGate:
    """Keep the policy process where policies and facts are the same and it still works; else start one."""
    fresh = gate_for(charter, house)
    if fresh.revision == gate.revision and not gate.gave_up:
        gate.use(fresh.revision)
        return gate
    await gate.close()
    await fresh.open()
    return ChangingGate(fresh)


__all__ = ["GatewayFailed", "Host", "Lives", "run_gateway"]
