"""Devices on one wire take turns; one that does not answer costs the others a stated share, and no more."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
import structlog

from aios.testing.seeded_loop import run_seeded
from drivers.modbus.breaker import CREDIT_S, LONGEST_S, SHARE, SHORTEST_S
from drivers.modbus.entry import Table
from drivers.modbus.line import LOOK_S, Line
from drivers.modbus.link import FAILURES, DeviceException, Lapsed, LinkDown, NoAnswer
from drivers.modbus.seat import Seat
from tests.fakes.slow_wire import SlowWire

TIMEOUT_S = 0.5
HOLDING = Table.HOLDING


def line_of(wire: SlowWire, count: int, *, gap_s: float = 0.0, **more: Any) -> list[Seat]:
    line = Line(wire, name="wire", gap_s=gap_s)
    given = {"timeout_s": TIMEOUT_S, "wanted_s": 1.0} | more
    return [line.seat(f"d{unit}", **given) for unit in range(1, count + 1)]


async def read(seat: Seat, address: int = 0) -> bool:
    """Ask a device once; tell whether it answered."""
    with suppress(*FAILURES):
        await seat.read(int(seat.device[1:]), HOLDING, address, 1)
        return True
    return False


async def write(seat: Seat) -> None:
    await seat.write(int(seat.device[1:]), HOLDING, 0, [1])


async def polled(seats: list[Seat], seconds: float) -> dict[str, list[float]]:
    """Poll every device as its bus does; return the times of its good readings."""
    good: dict[str, list[float]] = {seat.device: [] for seat in seats}

    async def one(seat: Seat) -> None:
        loop = asyncio.get_running_loop()
        while True:
            every_s = seat.wanted_s * seat.stretch
            await asyncio.sleep((loop.time() // every_s + 1) * every_s - loop.time())
            if await read(seat):
                good[seat.device].append(loop.time())

    await for_a_while([one(seat) for seat in seats], seconds)
    return good


async def for_a_while(tasks: list[Coroutine[Any, Any, None]], seconds: float) -> None:
    running = [asyncio.ensure_future(one) for one in tasks]
    await asyncio.wait(running, timeout=seconds)
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def in_virtual_time(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        run_seeded(test(), seed=9)  # type: ignore[arg-type]

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@in_virtual_time
async def test_one_request_is_under_way_at_a_time_and_the_gap_is_kept():
    wire = SlowWire()
    seats = line_of(wire, 8, gap_s=0.004)
    await asyncio.gather(*(read(seat) for seat in seats for _ in range(3)))
    assert len(wire.passed) == 24
    assert all(after.begin_s - before.end_s >= 0.004 - 1e-9 for before, after in pairwise(wire.passed))


@in_virtual_time
async def test_a_device_has_the_pause_that_it_needs_and_holds_nobody_up():
    wire = SlowWire()
    seats = line_of(wire, 2, gap_s=0.0)
    seats[0].gap_s = 0.2
    await asyncio.gather(*(read(seat) for seat in seats for _ in range(3)))
    own = [one for one in wire.passed if one.unit == 1]
    assert all(after.begin_s - before.end_s >= 0.2 - 1e-9 for before, after in pairwise(own))
    assert max(one.end_s for one in wire.passed if one.unit == 2) < 0.1


@in_virtual_time
async def test_a_write_goes_before_everybody_who_waits():
    wire = SlowWire()
    seats = line_of(wire, 5)
    reading = [asyncio.ensure_future(read(seat)) for seat in seats]
    await asyncio.sleep(0.005)
    await write(seats[4])
    assert [one.kind for one in wire.passed] == ["read", "write"]
    await asyncio.gather(*reading)


@in_virtual_time
async def test_points_that_are_wanted_fast_go_before_the_rest():
    wire = SlowWire()
    seats = line_of(wire, 3)
    seats[2].fast = frozenset({(HOLDING, 7)})
    others = [asyncio.ensure_future(read(seat)) for seat in seats]
    await asyncio.sleep(0.005)
    await read(seats[2], 7)
    assert [one.unit for one in wire.passed][1:] == [3]
    await asyncio.gather(*others)


@in_virtual_time
async def test_who_was_asked_longest_ago_is_asked_next():
    wire = SlowWire()
    seats = line_of(wire, 3)
    for seat in (seats[2], seats[0], seats[1]):
        await read(seat)
    wire.passed.clear()
    await asyncio.gather(write(seats[0]), *(read(seat) for seat in seats))
    assert [one.unit for one in wire.passed] in ([1, 3, 1, 2], [1, 3, 2, 1], [3, 1, 2, 1], [2, 1, 3, 1])
    assert wire.passed[-1].unit == 1


@in_virtual_time
async def test_a_caller_that_gives_up_while_it_waits_costs_no_turn():
    wire = SlowWire()
    one, two, three = line_of(wire, 3)
    tasks = [asyncio.ensure_future(read(seat)) for seat in (one, two, three)]
    await asyncio.sleep(0.005)
    waiting = next(
        task for task, seat in zip(tasks, (one, two, three), strict=True) if not wire.passed or seat
    )
    for task in tasks[1:]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert waiting.done()
    assert await read(two)
    assert one.line.state().waiting == 0


@in_virtual_time
async def test_a_caller_that_gives_up_in_its_turn_takes_its_request_with_it():
    wire = SlowWire(takes_s={1: 0.3})
    one, two = line_of(wire, 2)
    task = asyncio.ensure_future(read(one))
    await asyncio.sleep(0.1)
    other = asyncio.ensure_future(read(two))
    await asyncio.sleep(0.1)
    task.cancel()
    assert await other
    first, second = wire.passed
    assert (first.unit, first.answered, second.unit) == (1, False, 2)
    assert second.begin_s >= first.end_s
    assert one.breaker.failures == 0


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_given_up_the_line_goes_on(seed):
    """Callers come and go at every moment; at the end everybody is served."""

    async def churn() -> None:
        dice = random.Random(seed)
        seats = line_of(SlowWire(), 6, gap_s=0.002)
        for _ in range(60):
            tasks = [asyncio.ensure_future(read(dice.choice(seats))) for _ in range(dice.randint(1, 6))]
            await asyncio.sleep(dice.choice((0.0, 0.003, 0.01, 0.02)))
            for task in tasks:
                if dice.random() < 0.5:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert all(await asyncio.gather(*(read(seat) for seat in seats)))

    run_seeded(churn(), seed)


@in_virtual_time
async def test_a_device_that_does_not_answer_is_told_as_such_and_asked_less_and_less():
    wire = SlowWire(silent={1})
    dead, _ = seats = line_of(wire, 2)
    await polled(seats, 200.0)
    asked = [one.begin_s for one in wire.passed if one.unit == 1]
    pauses = [after - before for before, after in pairwise(asked)]
    assert pauses[1] >= SHORTEST_S
    assert max(pauses) <= LONGEST_S + 2 * dead.wanted_s + TIMEOUT_S
    assert len(asked) < 20
    assert dead.traffic().breaker in {"open", "half-open"}
    assert dead.profile.timeouts == len(asked)


@in_virtual_time
async def test_all_dead_devices_together_cost_the_line_the_stated_share():
    wire = SlowWire(silent=set(range(3, 25)))
    seats = line_of(wire, 24)
    good = await polled(seats, 600.0)
    first_failures_s = 22 * TIMEOUT_S
    assert wire.failing_s() <= first_failures_s + CREDIT_S + SHARE * 600.0 + TIMEOUT_S
    for device in ("d1", "d2"):
        assert len(good[device]) > 540
    asked = {unit: sum(one.unit == unit for one in wire.passed) for unit in range(3, 25)}
    assert max(asked.values()) <= 2 * min(asked.values()), "the dead ones have their turns too"


@in_virtual_time
async def test_a_device_that_returns_is_found_and_asked_as_before():
    wire = SlowWire(silent={1})
    seats = line_of(wire, 2)
    await polled(seats, 100.0)
    wire.silent.clear()
    good = await polled(seats, 60.0)
    assert len(good["d1"]) > 60 - LONGEST_S - 3
    assert seats[0].traffic().breaker == "closed"


@in_virtual_time
async def test_where_nobody_answers_nobody_is_held_back_by_the_share():
    wire = SlowWire(silent={1, 2, 3})
    seats = line_of(wire, 3, timeout_s=5.0)
    await polled(seats, 400.0)
    assert min(sum(one.unit == unit for one in wire.passed) for unit in (1, 2, 3)) >= 8


@in_virtual_time
async def test_a_device_that_may_be_away_is_asked_after_everybody_else_who_waits():
    wire = SlowWire(silent={1}, takes_s={2: 0.2})
    dead, busy, other = line_of(wire, 3)
    for _ in range(2):
        await read(dead)
    assert await read(other)
    await asyncio.sleep(SHORTEST_S)
    wire.passed.clear()
    under_way = asyncio.ensure_future(read(busy))
    await asyncio.sleep(0.01)
    probe = asyncio.ensure_future(read(dead))
    await asyncio.sleep(0.1)
    assert await read(other)
    await asyncio.gather(under_way, probe)
    assert [one.unit for one in wire.passed] == [2, 3, 1]


@in_virtual_time
async def test_a_device_that_answers_slowly_is_asked_after_everybody_else_who_waits():
    wire = SlowWire(takes_s={1: 0.3, 2: 0.2})
    slow, busy, other = line_of(wire, 3)
    slow.is_slow = True
    under_way = asyncio.ensure_future(read(busy))
    await asyncio.sleep(0.01)
    asking = asyncio.ensure_future(read(slow))
    await asyncio.sleep(0.1)
    await read(other)
    await asyncio.gather(under_way, asking)
    assert [one.unit for one in wire.passed] == [2, 3, 1]


@in_virtual_time
async def test_who_may_hold_the_line_up_lets_those_pass_that_ask_a_moment_later():
    wire = SlowWire(takes_s={1: 0.3})
    slow, other = line_of(wire, 2)
    slow.is_slow = True
    asking = asyncio.ensure_future(read(slow))
    await asyncio.sleep(0.005)
    await read(other)
    await asking
    assert [one.unit for one in wire.passed] == [2, 1]


@in_virtual_time
async def test_where_the_last_healthy_device_goes_too_nobody_waits_for_the_share_to_fill_up():
    wire = SlowWire(silent={1, 2})
    seats = line_of(wire, 3, timeout_s=20.0)
    await polled(seats, 100.0)
    wire.silent.add(3)
    await polled(seats, 60.0)
    wire.silent.clear()
    good = await polled(seats, 90.0)
    assert all(good.values())


@in_virtual_time
async def test_lost_devices_are_probed_in_turn_whoever_asks_first():
    wire = SlowWire(silent={1, 2})
    first, second, healthy = line_of(wire, 3, timeout_s=4.0)
    assert await read(healthy)
    for _ in range(600):
        for seat in (first, second):
            await read(seat)
        await asyncio.sleep(1.0)
    asked = [sum(one.unit == unit for one in wire.passed) for unit in (1, 2)]
    assert min(asked) >= 5
    assert abs(asked[0] - asked[1]) <= 2


@in_virtual_time
async def test_a_turn_that_was_given_to_a_caller_that_gives_up_is_given_on():
    wire = SlowWire()
    one, two, three = line_of(wire, 3)

    async def asks_and_cancels() -> None:
        await read(one)
        giving_up.cancel()  # its turn was given in this very step, and it has not run since

    asking = asyncio.ensure_future(asks_and_cancels())
    await asyncio.sleep(0)
    giving_up = asyncio.ensure_future(read(two))
    await asyncio.gather(asking, giving_up, return_exceptions=True)
    assert await asyncio.wait_for(read(three), 10.0)
    assert [passed.unit for passed in wire.passed] == [1, 3]


@in_virtual_time
async def test_a_wire_that_is_down_is_no_fault_of_its_devices():
    wire = SlowWire(is_down=True)
    seats = line_of(wire, 3)
    assert not any([await read(seat) for seat in seats for _ in range(5)])
    assert [seat.breaker.failures for seat in seats] == [0, 0, 0]
    wire.is_down = False
    assert all([await read(seat) for seat in seats])


@pytest.mark.parametrize(("code", "lost"), [(2, False), (6, False), (10, True), (11, True)])
def test_a_gateway_that_says_the_device_is_away_counts_as_the_device_being_away(code, lost):
    async def ask() -> None:
        (seat,) = line_of(SlowWire(refusing={1: code}), 1)
        for _ in range(2):
            with pytest.raises(DeviceException):
                await seat.read(1, HOLDING, 0, 1)
        assert seat.breaker.is_lost is lost
        assert seat.profile.exceptions == 2

    run_seeded(ask(), 1)


@in_virtual_time
async def test_a_babbling_device_is_lost_like_a_silent_one():
    wire = SlowWire(rubbish={1})
    seats = line_of(wire, 2)
    good = await polled(seats, 100.0)
    assert seats[0].breaker.is_lost
    assert seats[0].profile.rubbish == sum(one.unit == 1 for one in wire.passed) < 15
    assert len(good["d2"]) >= 99


@in_virtual_time
async def test_a_write_to_a_lost_device_is_tried_before_its_pause_is_over_as_far_as_others_can_bear_it():
    wire = SlowWire(silent={1})
    dead, other = line_of(wire, 2)
    assert await read(other)
    for _ in range(3):
        await read(dead)
    with pytest.raises(LinkDown, match="asked again in"):
        await dead.read(1, HOLDING, 0, 1)
    with pytest.raises(NoAnswer):
        await write(dead)
    for _ in range(6):
        with suppress(*FAILURES):
            await write(dead)
    with pytest.raises(LinkDown, match="other devices need the line"):
        await write(dead)
    assert dead.breaker.is_lost


@in_virtual_time
async def test_a_request_that_waited_behind_the_failure_of_its_device_is_turned_away():
    wire = SlowWire(silent={1})
    dead, other = line_of(wire, 2)
    assert await read(other)
    assert not await read(dead)
    both = await asyncio.gather(*(dead.read(1, HOLDING, 0, 1) for _ in range(2)), return_exceptions=True)
    assert {type(one) for one in both} == {NoAnswer, LinkDown}
    assert sum(one.unit == 1 for one in wire.passed) == 2


@in_virtual_time
async def test_a_write_that_finds_the_device_back_closes_its_breaker():
    wire = SlowWire(silent={1})
    dead, _ = line_of(wire, 2)
    for _ in range(3):
        await read(dead)
    wire.silent.clear()
    await write(dead)
    assert await read(dead)


@in_virtual_time
async def test_a_write_that_became_invalid_while_it_waited_never_leaves():
    wire = SlowWire(takes_s={1: 0.4})
    one, two = line_of(wire, 2)
    loop = asyncio.get_running_loop()
    reading = asyncio.ensure_future(read(one))
    await asyncio.sleep(0.1)
    end_s = loop.time() + 0.2
    with pytest.raises(Lapsed):
        await two.write(2, HOLDING, 0, [1], lambda: loop.time() <= end_s)
    await reading
    assert [one.kind for one in wire.passed] == ["read"]
    assert two.breaker.failures == 0


@in_virtual_time
async def test_a_probe_waits_no_longer_than_the_device_ever_needed():
    wire = SlowWire()
    seats = line_of(wire, 2, timeout_s=5.0)
    await polled(seats, 60.0)
    wire.silent.add(1)
    await polled(seats, 200.0)
    took = [
        passed.end_s - passed.begin_s for passed in wire.passed if passed.unit == 1 and not passed.answered
    ]
    assert took[:2] == pytest.approx([5.0, 5.0])
    assert took[2:]
    assert max(took[2:]) < 0.2


@in_virtual_time
async def test_a_slow_device_is_read_less_often_and_its_neighbours_as_wanted():
    wire = SlowWire(takes_s={1: 0.45})
    slow, *_ = seats = line_of(wire, 6, wanted_s=0.6)
    with structlog.testing.capture_logs() as logged:
        good = await polled(seats, 120.0)
    assert slow.stretch > 1
    assert slow.traffic().stretch == slow.stretch
    assert len(good["d1"]) < 60
    late = LOOK_S + 2.0
    for seat in seats[1:]:
        times = [at for at in good[seat.device] if at > late]
        assert max(after - before for before, after in pairwise(times)) < 2 * 0.6
    assert [(line["event"], line["device"]) for line in logged] == [("device read less often", "d1")]


@in_virtual_time
async def test_the_first_that_opens_connects_and_the_last_that_closes_lets_go():
    wire = SlowWire()
    one, two = line_of(wire, 2)
    await one.open()
    await two.open()
    await two.open()
    await one.close()
    await one.close()
    assert (wire.opened, wire.closed) == (1, 0)
    await two.close()
    assert (wire.opened, wire.closed) == (1, 1)


@in_virtual_time
async def test_a_line_that_nobody_uses_is_not_busy():
    seats = line_of(SlowWire(takes_s={1: 0.4}), 2)
    await polled(seats, 60.0)
    line = seats[0].line
    assert line.state().busy_percent > 40.0
    await asyncio.sleep(10 * LOOK_S)
    assert line.state().busy_percent < 10.0


@in_virtual_time
async def test_a_line_says_how_it_stands():
    wire = SlowWire(takes_s={1: 0.1, 2: 0.1}, silent={3})
    seats = line_of(wire, 3, gap_s=0.01)
    await seats[0].open()
    await polled(seats, 60.0)
    state = seats[0].line.state()
    assert (state.line, state.devices, state.waiting, state.gap_ms) == ("wire", 3, 0, 10.0)
    assert state.requests == len(wire.passed)
    assert 15.0 < state.busy_percent < 50.0
    assert state.failing_percent == pytest.approx(100 * wire.failing_s() / 60.0, abs=1.0)
