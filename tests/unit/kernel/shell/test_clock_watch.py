"""The clock watch: a step, a standstill and a lost source are told once, and readings say so meanwhile."""

from __future__ import annotations

import pytest

from aios.testing.simulated_clock import WallClock
from kernel.journal.lines import CLOCK
from kernel.measurement import block
from kernel.quality import CLOCK_NOT_SYNCHRONISED, describe, is_good
from kernel.shell.clock_watch import ClockWatch

S = 1_000_000_000


class Clock:
    """A clock moved by hand over a wall clock that can be set."""

    factor = 1.0

    def __init__(self) -> None:
        self.wall = WallClock(epoch_ns=1_000_000 * S)
        self.true_ns = 0

    def now_ns(self) -> int:
        return 1_000_000 * S + self.true_ns

    def wall_ns(self) -> int:
        return self.wall.show(self.true_ns)

    def state(self) -> str:
        return "synchronised" if self.wall.is_synchronised else "not synchronised"

    async def sleep_until(self, at_ns: int) -> None:
        self.true_ns = at_ns - 1_000_000 * S


class Watched:
    def __init__(self) -> None:
        self.clock = Clock()
        self.watch = ClockWatch(self.clock)

    def after(self, seconds: float) -> list[str]:
        self.clock.true_ns += round(seconds * S)
        return [one.text for one in self.watch.look(self.clock.now_ns(), self.clock.wall_ns())]


def test_a_clock_that_goes_is_no_news() -> None:
    watched = Watched()
    assert [watched.after(0.1) for _ in range(50)] == [[]] * 50
    assert watched.watch.is_trusted


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, -1.0])
def test_a_step_is_told_once_with_its_size(step_s: float) -> None:
    watched = Watched()
    watched.clock.wall.step(step_s)
    told = [one for _ in range(20) for one in watched.after(0.25)]
    assert told == [f"the wall clock was set by {step_s:+.3f} s"]


def test_a_clock_that_stands_still_is_told_once_and_once_when_it_goes_again() -> None:
    watched = Watched()
    watched.clock.wall.freeze(watched.clock.true_ns)
    told = [one for _ in range(20) for one in watched.after(1.0)]
    assert told == ["the wall clock stands still"]
    assert not watched.watch.is_trusted
    watched.clock.wall.thaw()
    assert "the wall clock goes again" in watched.after(1.0)
    assert watched.watch.is_trusted


def test_a_lost_source_is_told_and_stands_in_the_quality_of_readings_that_control_may_still_use() -> None:
    watched = Watched()
    watched.after(1.0)
    good = block([0, 1], [1.0, 2.0], [0, 0], at_ns=S)
    assert watched.watch.marked((good,)) == (good,)
    watched.clock.wall.is_synchronised = False
    assert watched.after(1.0) == ["the machine's clock is not synchronised"]
    (marked,) = watched.watch.marked((good,))
    assert [int(one) for one in marked.quality] == [CLOCK_NOT_SYNCHRONISED] * 2
    assert is_good(int(marked.quality[0]))
    assert describe(int(marked.quality[0])) == "good (clock not synchronised)"
    watched.clock.wall.is_synchronised = True
    assert watched.after(1.0) == ["the machine's clock is synchronised"]
    assert watched.watch.marked((good,)) == (good,)


def test_what_is_told_has_a_kind_of_its_own_in_the_journal() -> None:
    watched = Watched()
    watched.clock.wall.step(60.0)
    watched.clock.true_ns += S
    (finding,) = watched.watch.look(watched.clock.now_ns(), watched.clock.wall_ns())
    assert finding.name in CLOCK
