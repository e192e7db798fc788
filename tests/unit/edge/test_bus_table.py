"""What a person is told of devices and wires: in one word, and in figures."""

import asyncio

import pytest

from edge.bus_table import briefs, bus_table
from kernel.point import NANOSECONDS
from kernel.shell.bus import Bus
from kernel.testing import FakeDriver
from kernel.traffic import Brief, LineState, Traffic
from tests.unit.kernel.conftest import METER, S, make_site
from tests.unit.kernel.scripted_clock import ScriptedClock

LINE = LineState(
    line="gw:502",
    devices=2,
    waiting=1,
    requests=10,
    busy_percent=20.0,
    failing_percent=1.0,
    gap_ms=4.0,
)
NOTHING = Traffic()


class Telling(FakeDriver):
    """A driver that tells what it was given."""

    told = Traffic()

    def traffic(self) -> Traffic:
        return self.told

    def brief(self) -> Brief:
        return Brief(line=self.told.line, breaker=self.told.breaker, stretch=self.told.stretch)

    def line(self) -> LineState | None:
        return LINE if self.told.line else None


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock(1000 * S)


async def bus_after(clock: ScriptedClock, reads: list[int], told: Traffic = NOTHING, name: str = "d") -> Bus:
    """Return a bus that has read at these seconds, a reading a second being wanted."""
    driver = Telling(name, make_site(), [METER], clock)
    driver.told = told
    bus = Bus(driver, clock, scan_s=1.0)
    for second in reads:
        await clock.advance((1000 + second) * S)
        await bus.poll()
    return bus


async def state_of(bus: Bus, clock: ScriptedClock) -> str:
    (device,) = (await bus_table([bus], clock.now_ns())).devices
    (brief,) = briefs([bus], clock.now_ns())
    assert device.state in {brief.state, "doubtful"}
    return device.state


async def test_a_device_that_is_read_as_wanted_is_ok(clock):
    bus = await bus_after(clock, [0, 1, 2, 3])
    (device,) = (await bus_table([bus], clock.now_ns())).devices
    assert (device.state, device.wanted_s, device.reached_s) == ("ok", 1.0, 1.0)
    assert (device.kept_percent, device.lost, device.age_s, device.waiting) == (100.0, 0, 0.0, 0)


async def test_a_device_that_was_never_asked_is_new(clock):
    assert await state_of(await bus_after(clock, []), clock) == "new"


async def test_a_device_that_never_answered_is_away_and_none_of_its_readings_was_made(clock):
    bus = await bus_after(clock, [])
    for second in range(6):
        await clock.advance((1000 + second) * S)
        bus.pace.read(clock.now_ns(), newest_ns=0)
    (device,) = (await bus_table([bus], clock.now_ns())).devices
    assert (device.state, device.kept_percent, device.reached_s, device.age_s) == ("away", 0.0, None, None)


async def test_a_device_without_news_for_three_periods_is_away(clock):
    bus = await bus_after(clock, [0, 1])
    await clock.advance(1004 * S + NANOSECONDS // 2)
    assert await state_of(bus, clock) == "away"


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (Traffic(line="l", breaker="open"), "away"),
        (Traffic(line="l", breaker="half-open"), "away"),
        (Traffic(line="l", stretch=3), "late"),
        (Traffic(answers=98, timeouts=2), "doubtful"),
        (Traffic(answers=98, exceptions=2), "ok"),
    ],
)
async def test_what_a_driver_tells_says_how_a_device_is(clock, told, state):
    assert await state_of(await bus_after(clock, [0, 1, 2], told), clock) == state


async def test_a_device_that_misses_readings_is_late_and_they_are_counted(clock):
    bus = await bus_after(clock, list(range(0, 22, 2)))
    (device,) = (await bus_table([bus], clock.now_ns())).devices
    assert device.state == "late"
    assert device.reached_s == pytest.approx(1.74, abs=0.1)
    assert device.lost == 9
    assert device.kept_percent == pytest.approx(55.0)


async def test_a_wire_that_is_shared_is_told_once(clock):
    buses = [await bus_after(clock, [0], Traffic(line="gw:502"), name) for name in ("a", "b")]
    buses.append(await bus_after(clock, [0], name="c"))
    assert (await bus_table(buses, clock.now_ns())).lines == (LINE,)


async def test_many_devices_leave_the_tick_its_turn(clock):
    buses = [await bus_after(clock, [0], name=f"d{n}") for n in range(60)]
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    ticking = asyncio.ensure_future(tick())
    await bus_table(buses, clock.now_ns())
    ticking.cancel()
    assert turns >= 2
