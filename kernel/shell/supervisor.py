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
from enum import Enum
from typing import Final

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
from kernel.shell.family import Twig, first_of
from kernel.shell.restart_budget import RestartBudget
from kernel.shell.wire import Branch

log = structlog.get_logger()

INTENSITY: Final = 1
PERIOD_S: Final = 5.0


class Strategy(Enum):
    """Who is started again with a child that ended."""

    ONE_FOR_ONE = "one_for_one"
    """Only itself."""
    ONE_FOR_ALL = "one_for_all"
    """All children."""
    REST_FOR_ONE = "rest_for_one"
    """Itself and the children that were started after it."""


class AutoShutdown(Enum):
    """Whether the end of significant children ends the supervisor."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    ALL_SIGNIFICANT = "all_significant"


class StartFailed(RuntimeError):
    """A child did not start; those before it were stopped again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """How a supervisor deals with its children; the defaults are those of OTP."""

    strategy: Strategy = Strategy.ONE_FOR_ONE
    intensity: int = INTENSITY
    """Restarts that are allowed in a period."""
    period_s: float = PERIOD_S
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER


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
        self._twigs = [Twig(spec) for spec in specs]
        self._mail: asyncio.Queue[tuple[Twig, int, Exit | None]] = asyncio.Queue()
        self._task: asyncio.Task[Exit] | None = None

    # As a child of somebody.

    async def start(self) -> None:
        """Start all children in order.

        Raises:
            StartFailed: one did not start; the ones before it have been stopped.
        """
        failed = await self._start_children(self._twigs)
        if failed is not None:
            why = f"{self.name}: {failed.spec.name} did not start: {failed.why}"
            await self._stop_children(self._twigs)
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
        await self._stop_children(self._twigs)

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
            children=tuple(twig.leaf(self._clock.now_ns()) for twig in self._twigs),
        )

    # Keeping.

    async def _keep(self) -> Exit:
        """Deal with one end after the other, as they come."""
        while True:
            twig, life, end = await self._mail.get()
            if life != twig.life:
                continue  # it ended while it was being stopped, or was started again since
            over = await self._again(twig) if end is None else await self._after(twig, end)
            if over is not None:
                await self._stop_children(self._twigs)
                return over

    async def _after(self, twig: Twig, end: Exit) -> Exit | None:
        """Do what the end of a child calls for; return how the supervisor ends where it must."""
        twig.forget(end)
        if twig.spec.is_restarted_after(end):
            return await self._again(twig)
        log.info("child ended", supervisor=self.name, child=twig.spec.name, why=end.why)
        self._tell(twig, "ended", end.why)
        if twig.spec.restart is Restart.TEMPORARY:
            self._twigs.remove(twig)
        return self._auto_shutdown(twig)

    def _auto_shutdown(self, twig: Twig) -> Exit | None:
        which = self._flags.auto_shutdown
        if which is AutoShutdown.NEVER or not twig.spec.significant:
            return None
        lives = any(one.spec.significant and one.child is not None for one in self._twigs)
        if which is AutoShutdown.ALL_SIGNIFICANT and lives:
            return None
        return Stopped(f"{twig.spec.name} {twig.why}")

    async def _again(self, twig: Twig) -> Exit | None:
        """Start a child again, and with it whom the strategy names."""
        if not self._budget.spend(self._clock.now_ns()):
            budget = f"more than {self._flags.intensity} restarts in {self._flags.period_s:g} s"
            why = f"{budget}; last {twig.spec.name}: {twig.why}"
            log.error("supervisor gives up", supervisor=self.name, why=why)
            self._heard(Event(self.name, "", "gave_up", why))
            return GaveUp(why)
        log.warning("child starts again", supervisor=self.name, child=twig.spec.name, why=twig.why)
        twig.restarts += 1
        self._tell(twig, "restarted", twig.why)
        failed = await self._start_children(await self._cleared(twig))
        if failed is not None:  # tried again, after what has come meanwhile; it costs the budget too
            self._mail.put_nowait((failed, failed.life, None))
        return None

    async def _cleared(self, twig: Twig) -> list[Twig]:
        """Stop whom the strategy names; return who starts now, in order."""
        match self._flags.strategy:
            case Strategy.ONE_FOR_ONE:
                return [twig]
            case Strategy.ONE_FOR_ALL:
                named = list(self._twigs)
            case Strategy.REST_FOR_ONE:
                named = self._twigs[self._twigs.index(twig) :]
        await self._stop_children(named)
        gone = [one for one in named if one.spec.restart is Restart.TEMPORARY]
        self._twigs = [one for one in self._twigs if one not in gone]
        return [one for one in named if one not in gone]

    # Starting and stopping.

    async def _start_children(self, twigs: Sequence[Twig]) -> Twig | None:
        """Start children in order; return the first that does not start."""
        for twig in twigs:
            child = twig.spec.make()
            twig.begin(child, self._clock.now_ns())  # before it starts: one half started is stopped as well
            try:
                await child.start()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a start that failed
                twig.forget(Crashed(f"{type(error).__name__}: {error}"))
                return twig
            self._watch(twig, child)
        return None

    def _watch(self, twig: Twig, child: Child) -> None:
        life = twig.life

        async def watch() -> None:
            end = await child.ended()
            self._mail.put_nowait((twig, life, end))

        twig.watcher = asyncio.get_running_loop().create_task(watch(), name=f"watch {twig.spec.name}")

    async def _stop_children(self, twigs: Sequence[Twig]) -> None:
        for twig in reversed(twigs):
            await self._stop_child(twig)

    async def _stop_child(self, twig: Twig) -> None:
        """Stop a child within its time, or kill it."""
        child = twig.child
        if child is None:
            return
        twig.unwatch()
        if twig.spec.shutdown_s is None:
            await child.kill()
        else:
            until_ns = self._clock.now_ns() + round(twig.spec.shutdown_s * NANOSECONDS)
            if not await first_of(child.stop(), self._clock.sleep_until(until_ns)):
                log.error("child does not end, is killed", supervisor=self.name, child=twig.spec.name)
                await child.kill()
        twig.forget(Stopped("stopped by its supervisor"))

    def _tell(self, twig: Twig, kind: str, why: str) -> None:
        self._heard(Event(self.name, twig.spec.name, kind, why))


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


def is_failure(end: Exit) -> bool:
    """Tell whether a root that ended so has failed: its process then exits non-zero.

    >>> is_failure(GaveUp("too many restarts")), is_failure(Stopped())
    (True, False)
    """
    return isinstance(end, GaveUp | Crashed)
