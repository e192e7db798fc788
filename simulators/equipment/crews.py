"""Crews that repair: they are told of what failed, drive there, work, and what they mended works again.

A crew does one job at a time. Travel and work take seeded times (log-normal around a median), drawn once for
each job, so that the same run has the same times however time is cut. While a crew is on site the network is
switched as the job's backfeed says: the faulty part isolated, a tie closed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from kernel.point import NANOSECONDS
from simulators.equipment.dispatch import Board, Dispatcher, NoDispatcher
from simulators.noise import normal, seed_of
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTimes:
    """How long a job takes.

    Raises:
        ValueError: a median is not above 0, or the spread below 0.
    """

    travel_s: float = 2400.0
    """Median time from the order until the crew is on site, seconds."""
    work_s: float = 4.0 * 3600.0
    """Median time on site, seconds."""
    spread: float = 0.35
    """Standard deviation of the logarithm of either."""

    def __post_init__(self) -> None:
        if self.travel_s <= 0.0 or self.work_s <= 0.0 or self.spread < 0.0:
            raise ValueError(f"travel {self.travel_s} s, work {self.work_s} s, spread {self.spread}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfeed:
    """How the network is switched while people work on an asset."""

    opened: tuple[str, ...] = ()
    """Branches or switches that isolate it."""
    closed: tuple[str, ...] = ()
    """Ties that supply the sound rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One repair; moments in nanoseconds since 1970 UTC."""

    asset: str
    reported_ns: int
    sent_ns: int | None = None
    """When a crew was sent; None while it waits."""
    arrives_ns: int | None = None
    done_ns: int | None = None
    """When it will be or was done."""


Rank = Callable[[str], float]
"""Place of an asset in a repair list: lower goes first."""
STANDARD: Final = WorkTimes()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewPlan:
    """Who repairs, how fast, and in which order."""

    count: int = 1
    """Crews on duty."""
    times: WorkTimes = STANDARD
    of_asset: Mapping[str, WorkTimes] = field(default_factory=dict)
    """Where an asset takes other times."""
    rank: Rank | None = None
    """Order of what waits; None is first come, first served."""
    backfeeds: Mapping[str, Backfeed] = field(default_factory=dict)
    """By asset."""


class Crews(Part):
    """All crews of a world and the work that waits for them."""

    def __init__(
        self,
        plan: CrewPlan,
        *,
        seed: int,
        failed: Callable[[], Iterable[str]] = tuple,
        dispatcher: Dispatcher | None = None,
        board: Board | None = None,
    ) -> None:
        """Put the crews on duty; the world tells every part of what they mended.

        Args:
            plan: of the work.
            seed: of travel and work times.
            failed: tells which assets are known to have failed now, such as `Protection.locked_out`.
            dispatcher: who accepts orders of a repair list.
            board: where that list hangs, when the world is told of it.
        """
        self._plan = plan
        self._seed = seed_of(seed, "crews")
        self._failed = failed
        self._dispatcher: Dispatcher = NoDispatcher() if dispatcher is None else dispatcher
        self._board = Board() if board is None else board
        self._just_done: tuple[str, ...] = ()
        self._waiting: list[Job] = []
        self._at_work: list[Job] = []
        self._done: list[Job] = []

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs: done, at work, waiting."""
        return (*self._done, *self._at_work, *self._waiting)

    def report(self, asset: str, now_ns: int) -> None:
        """Take that an asset needs repair; one that waits or is worked on already is left alone."""
        if all(job.asset != asset for job in (*self._waiting, *self._at_work)):
            self._waiting.append(Job(asset=asset, reported_ns=now_ns))

    def act(self, now_ns: int, wish: Wish) -> None:
        """Switch as the work on site wants it."""
        for job in self._at_work:
            feed = self._plan.backfeeds.get(job.asset)
            if feed is not None and job.arrives_ns is not None and job.arrives_ns <= now_ns:
                wish.open |= set(feed.opened)
                wish.open -= set(feed.closed)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:  # noqa: ARG002
        """Return the next arrival, end of work or look of the dispatcher."""
        moments = [moment for job in self._at_work for moment in (job.arrives_ns, job.done_ns)]
        moments.append(self._dispatcher.next_ns(now_ns))
        return min((moment for moment in moments if moment is not None and moment > now_ns), default=None)

    def live(self, stretch: Stretch) -> None:
        """End what is done, hear of what failed, send who is free."""
        now_ns = stretch.until_ns
        done = [job for job in self._at_work if job.done_ns is not None and job.done_ns <= now_ns]
        self._just_done = tuple(job.asset for job in done)
        for job in done:
            self._at_work.remove(job)
            self._done.append(job)
        failed = (asset for asset in self._failed() if asset not in self._just_done)
        for asset in (*failed, *self._dispatcher.orders(now_ns)):
            self.report(asset, now_ns)
        while self._waiting and len(self._at_work) < self._plan.count:
            self._at_work.append(self._sent(self._next(), now_ns))

    def mended(self) -> tuple[str, ...]:
        """Return what was done at the end of the last stretch."""
        return self._just_done

    def read_orders(self, assets: tuple[str, ...]) -> None:
        """Hang the list where the dispatcher looks."""
        self._board.post(assets)

    def _next(self) -> Job:
        rank = self._plan.rank
        best = self._waiting[0] if rank is None else min(self._waiting, key=lambda job: rank(job.asset))
        self._waiting.remove(best)
        return best

    def _sent(self, job: Job, now_ns: int) -> Job:
        times = self._plan.of_asset.get(job.asset, self._plan.times)
        number = sum(one.asset == job.asset for one in self._done)
        seed = seed_of(self._seed, job.asset, str(number))
        travel_s = times.travel_s * math.exp(times.spread * normal(seed, 0))
        work_s = times.work_s * math.exp(times.spread * normal(seed, 1))
        arrives_ns = now_ns + round(travel_s * NANOSECONDS)
        return replace(
            job, sent_ns=now_ns, arrives_ns=arrives_ns, done_ns=arrives_ns + round(work_s * NANOSECONDS)
        )
