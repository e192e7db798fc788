"""The bus writes each command once, first, and in time; it reads once a period."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from kernel.command import Command, Sent, Transmission
from kernel.measurement import Block
from kernel.point import Operation
from kernel.quality import FAILURE, INVALID, OLD
from kernel.shell.bus import MAILBOX, Bus
from kernel.testing import FakeDriver
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER, S, make_site
from tests.unit.kernel.scripted_clock import ScriptedClock, settle


class CountingDriver(FakeDriver):
    """Counts its readings by their times."""

    def __init__(self, clock: ScriptedClock) -> None:
        super().__init__("all", make_site(), [METER, BATTERY, BREAKER], clock)
        self.reads: list[int] = []
        self.is_open = False
        self._time = clock

    async def open(self) -> None:
        self.is_open = True

    async def read(self) -> Block:
        self.reads.append(self._time.now_ns())
        return await super().read()

    async def close(self) -> None:
        self.is_open = False


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock(1000 * S)


@pytest.fixture
def driver(clock: ScriptedClock) -> CountingDriver:
    return CountingDriver(clock)


@pytest.fixture
def bus(driver: CountingDriver, clock: ScriptedClock) -> Bus:
    return Bus(driver, clock)


def command(name: str, point: str = BATTERY, **changes: Any) -> Command:
    operation = Operation.PULSE if point == BREAKER else Operation.SETPOINT
    fields = dict(
        id=name, trace="t", point=point, value=1.0, operation=operation, tick=0, issued_at_ns=1000 * S,
        valid_until_ns=1010 * S, authority="gate", revision="r", reason="r",
    )  # fmt: skip
    return Command(**(fields | changes))


def told(bus: Bus) -> list[tuple[str, Transmission]]:
    return [(sent.command, sent.transmission) for sent in bus.take()[1]]


def written(driver: FakeDriver) -> list[str]:
    return [one.id for one in driver.writes]


async def test_a_newer_set_point_takes_the_place_of_a_queued_one(bus: Bus, driver: CountingDriver) -> None:
    for name in ("a", "b", "c"):
        bus.queue(command(name))
    await bus.flush()
    assert written(driver) == ["c"]
    assert told(bus) == [
        ("a", Transmission.SUPERSEDED),
        ("b", Transmission.SUPERSEDED),
        ("c", Transmission.WRITTEN),
    ]


async def test_a_set_point_of_another_point_is_not_superseded(bus: Bus, driver: CountingDriver) -> None:
    bus.queue(command("a"))
    bus.queue(command("b", point=METER))
    await bus.flush()
    assert written(driver) == ["a", "b"]


async def test_pulses_are_never_superseded(bus: Bus, driver: CountingDriver) -> None:
    bus.queue(command("a", BREAKER))
    bus.queue(command("b", BREAKER))
    await bus.flush()
    assert written(driver) == ["a", "b"]


async def test_commands_are_written_in_the_order_in_which_they_were_queued(
    bus: Bus, driver: CountingDriver
) -> None:
    for name, point in (("a", BREAKER), ("b", BATTERY), ("c", METER), ("d", BREAKER)):
        bus.queue(command(name, point))
    await bus.flush()
    assert written(driver) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("late_ns", "leaves"), [(0, True), (1, False)], ids=["last moment", "too late"])
async def test_validity_is_checked_again_right_before_the_wire(
    bus: Bus, driver: CountingDriver, clock: ScriptedClock, *, late_ns: int, leaves: bool
) -> None:
    bus.queue(command("a", BREAKER))
    await clock.advance(1010 * S + late_ns)
    await bus.flush()
    assert written(driver) == (["a"] if leaves else [])
    assert told(bus) == [("a", Transmission.WRITTEN if leaves else Transmission.EXPIRED)]


@pytest.mark.parametrize("answer", [Transmission.NO_ANSWER, Transmission.REFUSED, Transmission.NOT_SENT])
async def test_each_command_is_handed_to_the_driver_once_whatever_it_answers(
    bus: Bus, driver: CountingDriver, answer: Transmission
) -> None:
    driver.answer = answer
    bus.queue(command("a"))
    for _ in range(3):
        await bus.flush()
    assert written(driver) == ["a"]
    assert told(bus) == [("a", answer)]


async def test_the_mailbox_keeps_the_newest_readings_and_no_more(bus: Bus, clock: ScriptedClock) -> None:
    for second in range(MAILBOX + 5):
        await clock.advance((1000 + second) * S)
        await bus.poll()
    blocks, _ = bus.take()
    assert [int(one.at_ns[0]) // S - 1000 for one in blocks] == list(range(5, MAILBOX + 5))
    assert bus.take() == ((), ())


class FailingDriver(CountingDriver):
    """Raises at every call while it is told to."""

    def __init__(self, clock: ScriptedClock) -> None:
        super().__init__(clock)
        self.failing = False

    def fail(self) -> None:
        if self.failing:
            raise AttributeError("'NoneType' object has no attribute 'get_extra_info'")

    async def open(self) -> None:
        self.fail()
        await super().open()

    async def read(self) -> Block:
        self.fail()
        return await super().read()

    async def write(self, command: Command) -> Sent:
        self.fail()
        return await super().write(command)


@pytest.fixture
def failing(clock: ScriptedClock) -> FailingDriver:
    return FailingDriver(clock)


async def test_a_driver_that_raises_leaves_its_last_rows_invalid_and_at_their_time(
    failing: FailingDriver, clock: ScriptedClock
) -> None:
    bus = Bus(failing, clock)
    failing.values[METER] = 7.0
    await bus.poll()
    failing.failing = True
    await clock.advance(1030 * S)
    await bus.poll()
    (good, lost), _ = bus.take()
    assert not good.quality.any()
    assert (lost.index.tolist(), lost.value.tolist()) == (good.index.tolist(), good.value.tolist())
    assert set(lost.quality.tolist()) == {INVALID | FAILURE | OLD}
    assert set(lost.at_ns.tolist()) == {1000 * S}
    assert set(lost.available_at_ns.tolist()) == {1030 * S}


async def test_a_driver_that_raises_before_its_first_reading_gives_no_rows(
    failing: FailingDriver, clock: ScriptedClock
) -> None:
    bus = Bus(failing, clock)
    failing.failing = True
    await bus.poll()
    assert bus.take() == ((), ())


async def test_a_write_that_raises_may_have_been_executed_and_is_not_repeated(
    failing: FailingDriver, clock: ScriptedClock
) -> None:
    bus = Bus(failing, clock)
    failing.failing = True
    bus.queue(command("a"))
    bus.queue(command("b", BREAKER))
    await bus.flush()
    failing.failing = False
    await bus.flush()
    _, (first, second) = bus.take()
    assert [first.transmission, second.transmission] == [Transmission.NO_ANSWER] * 2
    assert (first.command, second.command, first.at_ns) == ("a", "b", 1000 * S)
    assert "AttributeError" in first.detail
    assert written(failing) == []


async def test_a_driver_that_raises_is_told_once_and_its_return_once(
    failing: FailingDriver, clock: ScriptedClock
) -> None:
    bus = Bus(failing, clock)
    with structlog.testing.capture_logs() as logged:
        for ails in (False, True, True, True, False, False):
            failing.failing = ails
            bus.queue(command("a", BREAKER))
            await bus.flush()
            await bus.poll()
    assert [(line["event"], line["what"]) for line in logged] == [
        ("away", "writing of all"),
        ("away", "reading of all"),
        ("back", "writing of all"),
        ("back", "reading of all"),
    ]


async def test_a_running_bus_outlives_a_driver_that_raises(
    failing: FailingDriver, clock: ScriptedClock
) -> None:
    bus = Bus(failing, clock)
    failing.failing = True
    async with running(bus):
        for second in range(1001, 1020):
            await clock.advance(second * S)
        failing.failing = False
        for second in range(1020, 1030):
            await clock.advance(second * S)
        assert [at // S for at in failing.reads] == [1024]


@asynccontextmanager
async def running(bus: Bus) -> AsyncIterator[None]:
    task = asyncio.create_task(bus.run(period_s=10.0, phase_s=4.0))
    await settle()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await settle()


async def test_a_running_bus_reads_once_a_period_at_its_phase(
    bus: Bus, driver: CountingDriver, clock: ScriptedClock
) -> None:
    async with running(bus):
        for second in range(1001, 1040):
            await clock.advance(second * S)
        assert [at // S for at in driver.reads] == [1004, 1014, 1024, 1034]


async def test_a_running_bus_writes_as_soon_as_something_is_queued(
    bus: Bus, driver: CountingDriver, clock: ScriptedClock
) -> None:
    async with running(bus):
        bus.queue(command("a"))
        await settle()
        assert written(driver) == ["a"]
        assert driver.reads == []
        bus.queue(command("b"))
        await settle()
        assert written(driver) == ["a", "b"]


async def test_a_reading_that_comes_late_is_not_made_up_for(
    bus: Bus, driver: CountingDriver, clock: ScriptedClock
) -> None:
    async with running(bus):
        await clock.advance(1037 * S)
        await clock.advance(1044 * S)
        assert [at // S for at in driver.reads] == [1037, 1044]


async def test_a_bus_that_ends_lets_go_of_its_driver_and_of_its_tasks(
    bus: Bus, driver: CountingDriver
) -> None:
    async with running(bus):
        assert driver.is_open
    assert not driver.is_open
    assert asyncio.all_tasks() == {asyncio.current_task()}


class SharingDriver(CountingDriver):
    """Waits for its wire at every reading, as one that shares it; commands may be handed over meanwhile."""

    writes_beside_reads = True
    stretch = 1

    def __init__(self, clock: ScriptedClock) -> None:
        super().__init__(clock)
        self.turn = asyncio.Event()
        self.given_up = 0
        self.closed_under_a_reading = False

    async def read(self) -> Block:
        try:
            await self.turn.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # what lets go of a wire may take a moment
            self.given_up += 1
            raise
        return await super().read()

    async def close(self) -> None:
        self.closed_under_a_reading = not (self.given_up or self.turn.is_set())
        await super().close()


async def test_a_command_does_not_wait_for_a_reading_that_waits_for_a_shared_wire(
    clock: ScriptedClock,
) -> None:
    sharing = SharingDriver(clock)
    bus = Bus(sharing, clock)
    async with running(bus):
        await clock.advance(1004 * S)
        bus.queue(command("a"))
        await settle()
        assert written(sharing) == ["a"]
        assert sharing.reads == []
        sharing.turn.set()
        await settle()
        assert sharing.reads == [1004 * S]


async def test_a_reading_that_is_given_up_has_let_go_before_the_driver_is_closed(
    clock: ScriptedClock,
) -> None:
    sharing = SharingDriver(clock)
    async with running(Bus(sharing, clock)):
        await clock.advance(1004 * S)
    assert sharing.given_up == 1
    assert not sharing.closed_under_a_reading


async def test_a_driver_whose_wire_has_no_time_is_read_less_often(clock: ScriptedClock) -> None:
    sharing = SharingDriver(clock)
    sharing.turn.set()
    sharing.stretch = 2
    async with running(Bus(sharing, clock)):
        for second in range(1001, 1060):
            await clock.advance(second * S)
    assert [at // S for at in sharing.reads] == [1004, 1024, 1044]


async def test_a_device_with_its_own_period_is_read_at_that(
    driver: CountingDriver, clock: ScriptedClock
) -> None:
    async with running(Bus(driver, clock, scan_s=20.0)):
        for second in range(1001, 1060):
            await clock.advance(second * S)
    assert [at // S for at in driver.reads] == [1004, 1024, 1044]


async def test_under_the_virtual_clock_a_device_with_its_own_period_is_read_at_that(
    driver: CountingDriver, clock: ScriptedClock
) -> None:
    bus = Bus(driver, clock, scan_s=20.0)
    for second in range(1001, 1060):
        await clock.advance(second * S)
        await bus.step()
    assert [at // S for at in driver.reads] == [1001, 1020, 1040]


async def test_a_bus_counts_what_was_read_against_what_was_wanted(
    failing: FailingDriver, clock: ScriptedClock
) -> None:
    bus = Bus(failing, clock, scan_s=10.0)
    for second in range(1000, 1100, 10):
        await clock.advance(second * S)
        failing.failing = second in (1030, 1040)
        await bus.poll()
    assert (bus.pace.due(clock.now_ns()), bus.pace.kept) == (10, 8)
    assert bus.pace.last_ns == 1090 * S
    assert 10.0 < bus.pace.reached_s(clock.now_ns()) < 30.0


async def test_a_bus_that_is_read_as_often_as_wanted_says_so_from_its_first_reading_on(
    bus: Bus, clock: ScriptedClock
) -> None:
    async with running(bus):
        for second in (1004, 1014, 1024):
            await clock.advance(second * S)
            assert bus.pace.interval_s == 10.0


class HangingDriver(CountingDriver):
    """Never ends its third reading."""

    async def read(self) -> Block:
        if len(self.reads) == 2:
            await asyncio.get_running_loop().create_future()
        return await super().read()


async def test_a_reading_that_hangs_makes_the_rows_invalid_once_the_next_one_is_due(
    clock: ScriptedClock,
) -> None:
    bus, seen = Bus(HangingDriver(clock), clock), []
    async with running(bus):
        for second in range(1001, 1060):
            await clock.advance(second * S)
            seen += [(second, int(block.quality[0])) for block in bus.take()[0]]
    assert seen == [(1004, 0), (1014, 0), (1035, INVALID | FAILURE | OLD)]


class DyingDriver(CountingDriver):
    """Loses a part of its answers from the second reading on, half a second after the next was due."""

    def __init__(self, clock: ScriptedClock, *, dies: bool) -> None:
        super().__init__(clock)
        self._dies = dies

    async def read(self) -> Block:
        block = await super().read()
        if len(self.reads) > 1:
            await self._time.sleep_until(self._time.now_ns() + 21 * S // 2)
            block.quality[1] = INVALID | FAILURE | OLD
        if self._dies and len(self.reads) > 2:
            await asyncio.get_running_loop().create_future()
        return block


async def each_tenth_second(clock: ScriptedClock, until_s: int) -> AsyncIterator[int]:
    """Advance in half seconds; yield the full tens, when a tick would come."""
    for half in range(2001, 2 * until_s):
        await clock.advance(half * S // 2)
        if half % 20 == 0:
            yield half // 2


async def test_the_reading_that_a_dying_device_pushed_aside_was_missed(clock: ScriptedClock) -> None:
    bus, seen = Bus(DyingDriver(clock, dies=True), clock), []
    async with running(bus):
        async for second in each_tenth_second(clock, 1060):
            seen += [(second, int(block.quality[0])) for block in bus.take()[0]]
    assert seen == [(1010, 0), (1030, 0), (1040, INVALID | FAILURE | OLD)]


async def test_a_device_that_always_answers_a_part_late_keeps_that_part(clock: ScriptedClock) -> None:
    bus, seen = Bus(DyingDriver(clock, dies=False), clock), []
    async with running(bus):
        async for _ in each_tenth_second(clock, 1200):
            seen += [int(block.quality[0]) for block in bus.take()[0]]
    assert seen.count(0) > 5
    assert seen.count(INVALID | FAILURE | OLD) == 1


async def test_a_reading_that_waits_for_a_shared_wire_does_not_hang(clock: ScriptedClock) -> None:
    sharing = SharingDriver(clock)
    bus = Bus(sharing, clock)
    async with running(bus):
        sharing.turn.set()
        await clock.advance(1004 * S)
        sharing.turn.clear()
        assert len(bus.take()[0]) == 1
        for second in range(1005, 1060):
            await clock.advance(second * S)
        assert bus.take()[0] == ()
        sharing.turn.set()
