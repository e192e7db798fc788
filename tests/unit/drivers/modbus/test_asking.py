"""What is not due is not asked, and keeps its value, its time and its quality until it is too old."""

import pytest

from drivers.modbus.driver import ModbusDriver
from drivers.modbus.entry import Access, Encoding, Entry, Poll, Slot, Table
from drivers.modbus.line import Line
from drivers.modbus.link import DeviceException, NoAnswer
from drivers.modbus.map import RegisterMap
from drivers.modbus.poll_period import PERIOD_S
from kernel.point import OnLoss, Writing
from kernel.quality import FAILURE, INVALID, OLD
from kernel.site import Device
from tests.fakes.slow_wire import SlowWire

AWAY = INVALID | FAILURE | OLD
ADDRESS = {Poll.FAST: 0, Poll.NORMAL: 100, Poll.SLOW: 200, Poll.STATIC: 300}


class Registers:
    """Counts the requests by address, and answers with what it is told."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.value = 1
        self.failing: dict[int, Exception] = {}

    async def open(self) -> None: ...

    async def ready(self, unit: int | None = None) -> None: ...

    async def close(self) -> None: ...

    async def read(self, unit, table, address, count):
        self.asked.append(address)
        if address in self.failing:
            raise self.failing[address]
        return [self.value] * count


def entry(poll: Poll, *, address: int | None = None, **more) -> Entry:
    return Entry(
        **more,
        quantity=f"{poll}_{address}",
        unit="1",
        table=Table.HOLDING,
        slot=Slot(address=ADDRESS[poll] if address is None else address, encoding=Encoding.U16),
        poll=poll,
    )


def driver_of(entries, link, clock) -> ModbusDriver:
    register_map = RegisterMap(name="m", title="m", source="", gap=0, entries=tuple(entries))
    points = register_map.points("a")
    device = Device(name="d", asset="a", map="m")
    return ModbusDriver(
        device=device,
        register_map=register_map,
        points=points,
        rows=range(len(points)),
        link=link,
        clock=clock,
    )


@pytest.fixture
def link() -> Registers:
    return Registers()


@pytest.fixture
def driver(link, clock) -> ModbusDriver:
    return driver_of([entry(poll) for poll in Poll], link, clock)


async def test_each_class_is_asked_at_its_own_period(driver, link, clock):
    for _ in range(1201):
        await driver.read()
        clock.pass_s(1.0)
    asked = {poll: link.asked.count(ADDRESS[poll]) for poll in Poll}
    assert asked == {Poll.FAST: 1201, Poll.NORMAL: 1201, Poll.SLOW: 41, Poll.STATIC: 3}


async def test_what_is_not_asked_keeps_value_time_and_quality(driver, link, clock):
    first_ns = clock.ns
    await driver.read()
    link.value = 2
    clock.pass_s(5.0)
    block = await driver.read()
    assert block.value.tolist() == [2.0, 2.0, 1.0, 1.0]
    assert block.quality.tolist() == [0, 0, 0, 0]
    assert block.at_ns.tolist() == [clock.ns, clock.ns, first_ns, first_ns]


async def test_a_device_that_goes_away_has_no_good_value_left_asked_or_not(driver, link, clock):
    await driver.read()
    link.failing = {0: NoAnswer("gone")}
    clock.pass_s(1.0)
    assert (await driver.read()).quality.tolist() == [AWAY] * 4


async def test_a_device_that_returns_is_asked_everything(driver, link, clock):
    await driver.read()
    link.failing = {0: NoAnswer("gone")}
    clock.pass_s(1.0)
    await driver.read()
    link.failing, link.asked, link.value = {}, [], 3
    block = await driver.read()
    assert link.asked == [0, 100, 200, 300]
    assert block.value.tolist() == [3.0] * 4
    assert set(block.at_ns.tolist()) == {clock.ns}


async def test_a_refused_request_is_asked_again_at_the_next_poll(driver, link, clock):
    link.failing = {200: DeviceException(2)}
    assert (await driver.read()).quality.tolist() == [0, 0, AWAY, 0]
    link.failing = {}
    clock.pass_s(1.0)
    assert (await driver.read()).quality.tolist() == [0] * 4
    assert link.asked.count(200) == 2


async def test_a_request_that_is_refused_now_keeps_no_value_of_before(driver, link, clock):
    await driver.read()
    link.failing = {100: DeviceException(2)}
    clock.pass_s(1.0)
    assert (await driver.read()).quality.tolist() == [0, AWAY, 0, 0]


async def test_points_of_the_class_fast_go_before_others_on_a_shared_wire(clock):
    seat = Line(SlowWire(), name="wire").seat("d", timeout_s=1.0, wanted_s=1.0)
    driver_of([entry(poll) for poll in Poll], seat, clock)
    assert seat.fast == {(Table.HOLDING, ADDRESS[Poll.FAST])}


async def test_a_reading_of_a_line_is_reckoned_by_what_is_asked_in_it_on_the_average(clock):
    seat = Line(SlowWire(), name="wire").seat("d", timeout_s=1.0, wanted_s=1.0)
    driver = driver_of([entry(poll) for poll in Poll], seat, clock)
    assert seat.requests_a_reading == pytest.approx(2 + 1 / 30 + 1 / 600)
    for _ in range(600):
        await driver.read()
        clock.pass_s(1.0)
    assert seat.line.state().requests == pytest.approx(600 * seat.requests_a_reading)


async def test_what_was_answered_before_the_device_went_away_is_believed(driver, link, clock):
    link.failing = {100: NoAnswer("gone")}
    assert (await driver.read()).quality.tolist() == [0, AWAY, AWAY, AWAY]


async def test_what_lies_together_is_read_together_as_often_as_the_fastest_of_it(link, clock):
    driver = driver_of([entry(Poll.SLOW, address=10), entry(Poll.NORMAL, address=11)], link, clock)
    for _ in range(3):
        await driver.read()
        clock.pass_s(1.0)
    assert link.asked == [10, 10, 10]
    assert driver.every_s == 0.0


async def test_what_shows_what_became_of_a_write_is_asked_at_every_poll(link, clock):
    writing = Writing(low=0.0, high=9.0, safe_value=0.0, on_loss=OnLoss.HOLD, feedback="slow_300")
    wanted = entry(Poll.STATIC, address=200, access=Access.READ_WRITE, writing=writing)
    entries = [entry(Poll.NORMAL), wanted, entry(Poll.SLOW, address=300), entry(Poll.SLOW, address=400)]
    driver = driver_of(entries, link, clock)
    for _ in range(3):
        await driver.read()
        clock.pass_s(1.0)
    assert [link.asked.count(address) for address in (100, 200, 300, 400)] == [3, 3, 3, 1]


def test_a_device_of_slow_points_wants_no_more_scans_than_they_need(link, clock):
    driver = driver_of([entry(Poll.SLOW), entry(Poll.STATIC)], link, clock)
    assert driver.every_s == PERIOD_S[Poll.SLOW]


def test_a_value_is_not_old_before_it_can_have_been_read_again():
    register_map = RegisterMap(
        name="m", title="m", source="", gap=0, entries=tuple(entry(poll) for poll in Poll)
    )
    assert [point.stale_s for point in register_map.points("a")] == [10.0, 10.0, 75.0, 1500.0]
