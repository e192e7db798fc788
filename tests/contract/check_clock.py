"""What every clock must do: time never goes back, and nobody is woken before his time."""

from __future__ import annotations

from kernel.ports import Clock


async def check_clock(clock: Clock, *, step_ns: int) -> None:
    """Hold a clock to its contract; an AssertionError says which part it breaks.

    Args:
        clock: running.
        step_ns: operational nanoseconds that the check may wait for, a few times.
    """
    assert clock.factor >= 0.0, "a factor says how fast time runs; 0 means as fast as it can"
    begin_ns = clock.now_ns()
    assert isinstance(begin_ns, int), "time is whole nanoseconds"
    await check_never_back(clock)
    for steps in (1, 2, 1):
        due_ns = clock.now_ns() + steps * step_ns
        await clock.sleep_until(due_ns)
        assert clock.now_ns() >= due_ns, "nobody is woken before his time"
    await check_past(clock, begin_ns)


async def check_never_back(clock: Clock) -> None:
    """Many looks at the time, one after the other, never go back."""
    looks = [clock.now_ns() for _ in range(1000)]
    assert looks == sorted(looks), "time never goes back"


async def check_past(clock: Clock, past_ns: int) -> None:
    """Waiting for what has passed returns at once and moves no time back."""
    before_ns = clock.now_ns()
    await clock.sleep_until(past_ns)
    assert clock.now_ns() >= before_ns, "waiting for the past does not turn time back"
