"""The supervisor: keeps children alive, with the semantics of Erlang/OTP.

Children start in order and stop in reverse. One that ends is started again as its specification says, and its
siblings with it as the strategy says. When more restarts are needed than the budget allows, the supervisor
stops all of its children and then itself: its own parent decides what that means.

Source: Erlang/OTP, "Supervisor Behaviour" (`sup_princ`) and the reference of `supervisor`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from kernel.point import NANOSECONDS
from kernel.ports import Clock
from kernel.shell.child import (
    Child,
    ChildSpec,
    Crashed,
    Exit,
    GaveUp,
    Restart,
    Stopped,
)
from kernel.shell.kept_child import KeptChild, first_of
from kernel.shell.restart_budget import RestartBudget
from kernel.shell.supervisor_flags import AutoShutdown, Flags, Strategy
from kernel.shell.wire import Branch

log = structlog.get_logger()


class StartFailed(RuntimeError):
    """A child did not start; those before it were stopped again."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a child, for logs, journals and dispatchers."""

    supervisor: str
    child: str
    """Empty where the supervisor itself gave up."""
    kind: str
    """restarted, ended or gave_up."""
    why: str


class Supervisor:
    """Keeps an ordered list of children; it is itself a child that another supervisor can keep."""

    def __init__(
        self,
        name: str,
        specs: Sequence[ChildSpec],
        clock: Clock,
        flags: Flags | None = None,
        *,
        heard: Callable[[Event], None] = lambda _: None,
    ) -> None:
        """Describe a family; `start` brings it to life.

        Args:
            name: of the supervisor, for people.
            specs: its children, in the order in which they start; names are unique.
            clock: real time, whose seconds the budget and the shutdown times are.
            flags: strategy and budget.
            heard: told of every restart and of giving up.
        """
        if len({spec.name for spec in specs}) < len(specs):
            raise ValueError(f"supervisor {name}: two children have the same name")
        self.name = name
        self._flags = flags or Flags()
        self._clock = clock
        self._heard = heard
        self._budget = RestartBudget(intensity=self._flags.intensity, period_s=self._flags.period_s)
        self._kept = [KeptChild(spec) for spec in specs]
        self._mail: asyncio.Queue[tuple[KeptChild, int, Exit | None]] = asyncio.Queue()
        self._task: asyncio.Task[Exit] | None = None

    # As a child of somebody.

    async def start(self) -> None:
        """Start all children in order.

        Raises:
            StartFailed: one did not start; the ones before it have been stopped.
        """
        failed = await self._start_children(self._kept)
        if failed is not None:
            why = f"{self.name}: {failed.spec.name} did not start: {failed.why}"
            await self._stop_children(self._kept)
            raise StartFailed(why)
        self._task = asyncio.get_running_loop().create_task(self._keep(), name=f"supervisor {self.name}")

    async def ended(self) -> Exit:
        """Return when the supervisor has ended: by its parent, by giving up or by a significant child."""
        if self._task is None:
            return Stopped("never started")
        await asyncio.wait({self._task})
        if self._task.cancelled():
            return Stopped()
        error = self._task.exception()
        return self._task.result() if error is None else Crashed(f"{type(error).__name__}: {error}")

    async def stop(self) -> None:
        """Stop all children, the last one first, each within its time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._stop_children(self._kept)

    async def kill(self) -> None:
        """Stop in order all the same: a supervisor that is killed would leave its children behind."""
        await self.stop()

    # What people ask.

    def tree(self) -> Branch:
        """Return the family as it stands now, with its restarts."""
        return Branch(
            name=self.name,
            strategy=self._flags.strategy.value,
            intensity=self._flags.intensity,
            period_s=self._flags.period_s,
            children=tuple(kept.leaf(self._clock.now_ns()) for kept in self._kept),
        )

    # Keeping.

    async def _keep(self) -> Exit:
        """Deal with one end after the other, as they come."""
        while True:
            kept, life, end = await self._mail.get()
            if life != kept.life:
                continue  # it ended while it was being stopped, or was started again since
            over = await self._again(kept) if end is None else await self._after(kept, end)
            if over is not None:
                await self._stop_children(self._kept)
                return over

    async def _after(self, kept: KeptChild, end: Exit) -> Exit | None:
        """Do what the end of a child calls for; return how the supervisor ends where it must."""
        kept.forget(end)
        if kept.spec.is_restarted_after(end):
            return await self._again(kept)
        log.info("child ended", supervisor=self.name, child=kept.spec.name, why=end.why)
        self._tell(kept, "ended", end.why)
        if kept.spec.restart is Restart.TEMPORARY:
            self._kept.remove(kept)
        return self._auto_shutdown(kept)

    def _auto_shutdown(self, kept: KeptChild) -> Exit | None:
        which = self._flags.auto_shutdown
        if which is AutoShutdown.NEVER or not kept.spec.significant:
            return None
        lives = any(one.spec.significant and one.child is not None for one in self._kept)
        if which is AutoShutdown.ALL_SIGNIFICANT and lives:
            return None
        return Stopped(f"{kept.spec.name} {kept.why}")

    async def _again(self, kept: KeptChild) -> Exit | None:
        """Start a child again, and with it whom the strategy names."""
        if not self._budget.spend(self._clock.now_ns()):
            budget = f"more than {self._flags.intensity} restarts in {self._flags.period_s:g} s"
            why = f"{budget}; last {kept.spec.name}: {kept.why}"
            log.error("supervisor gives up", supervisor=self.name, why=why)
            self._heard(Event(self.name, "", "gave_up", why))
            return GaveUp(why)
        log.warning("child starts again", supervisor=self.name, child=kept.spec.name, why=kept.why)
        kept.restarts += 1
        self._tell(kept, "restarted", kept.why)
        failed = await self._start_children(await self._cleared(kept))
        if failed is not None:  # tried again, after what has come meanwhile; it costs the budget too
            self._mail.put_nowait((failed, failed.life, None))
        return None

    async def _cleared(self, kept: KeptChild) -> list[KeptChild]:
        """Stop whom the strategy names; return who starts now, in order."""
        match self._flags.strategy:
            case Strategy.ONE_FOR_ONE:
                return [kept]
            case Strategy.ONE_FOR_ALL:
                named = list(self._kept)
            case Strategy.REST_FOR_ONE:
                named = self._kept[self._kept.index(kept) :]
        await self._stop_children(named)
        gone = [one for one in named if one.spec.restart is Restart.TEMPORARY]
        self._kept = [one for one in self._kept if one not in gone]
        return [one for one in named if one not in gone]

    # Starting and stopping.

    async def _start_children(self, children: Sequence[KeptChild]) -> KeptChild | None:
        """Start children in order; return the first that does not start."""
        for kept in children:
            child = kept.spec.make()
            kept.begin(child, self._clock.now_ns())  # before it starts: one half started is stopped as well
            try:
                await child.start()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a start that failed
                kept.forget(Crashed(f"{type(error).__name__}: {error}"))
                return kept
            self._watch(kept, child)
        return None

    def _watch(self, kept: KeptChild, child: Child) -> None:
        life = kept.life

        async def watch() -> None:
            end = await child.ended()
            self._mail.put_nowait((kept, life, end))

        kept.watcher = asyncio.get_running_loop().create_task(watch(), name=f"watch {kept.spec.name}")

    async def _stop_children(self, children: Sequence[KeptChild]) -> None:
        for kept in reversed(children):
            await self._stop_child(kept)

    async def _stop_child(self, kept: KeptChild) -> None:
        """Stop a child within its time, or kill it."""
        child = kept.child
        if child is None:
            return
        kept.unwatch()
        if kept.spec.shutdown_s is None:
            await child.kill()
        else:
            until_ns = self._clock.now_ns() + round(kept.spec.shutdown_s * NANOSECONDS)
            if not await first_of(child.stop(), self._clock.sleep_until(until_ns)):
                log.error("child does not end, is killed", supervisor=self.name, child=kept.spec.name)
                await child.kill()
        kept.forget(Stopped("stopped by its supervisor"))

    def _tell(self, kept: KeptChild, kind: str, why: str) -> None:
        self._heard(Event(self.name, kept.spec.name, kind, why))


def supervisor(
    name: str,
    specs: Sequence[ChildSpec],
    clock: Clock,
    flags: Flags,
    *,
    restart: Restart = Restart.PERMANENT,
    heard: Callable[[Event], None] = lambda _: None,
) -> ChildSpec:
    """Describe a supervisor as a child; it stops its own children within their times, however long."""

    def make() -> Child:
        return Supervisor(name, specs, clock, flags, heard=heard)

    longest_s = sum(spec.shutdown_s or 0.0 for spec in specs) + 1.0
    return ChildSpec(name=name, make=make, restart=restart, shutdown_s=longest_s)
