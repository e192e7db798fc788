from collections.abc import Callable

import pytest
import structlog

from drivers.modbus.driver import ModbusDriver, make
from drivers.modbus.entry import Table
from drivers.modbus.link import BadEcho, Broadcast, DeviceException, Lapsed, LinkDown, NoAnswer, always
from drivers.modbus.map import load_map
from drivers.modbus.stream_link import StreamLink
from kernel.command import Command, Transmission
from kernel.point import Operation
from kernel.quality import FAILURE, INVALID, NEVER_READ, OLD
from kernel.site import Device

AWAY = INVALID | FAILURE | OLD


class ScriptedLink:
    """Serves cells by table and address; fails where it is told to."""

    def __init__(self) -> None:
        self.cells: dict[tuple[Table, int], int] = {}
        self.failure: Exception | None = None
        self.refused: dict[Table, Exception] = {}
        self.writes: list[tuple[int, Table, int, tuple[int, ...]]] = []
        self.reads = 0
        self.is_open = False
        self.connecting: Callable[[], object] = lambda: None

    async def open(self) -> None:
        self.is_open = True

    async def close(self) -> None:
        self.is_open = False

    async def ready(self, unit: int | None = None) -> None:
        self.connecting()

    async def read(self, unit, table, address, count):
        self.reads += 1
        if failure := self.failure or self.refused.get(table):
            raise failure
        return [self.cells.get((table, address + place), 0) for place in range(count)]

    async def write(self, unit, table, address, values, still_valid=always):
        self.connecting()
        if not still_valid():
            raise Lapsed
        self.writes.append((unit, table, address, tuple(values)))
        if self.failure:
            raise self.failure


@pytest.fixture
def link() -> ScriptedLink:
    return ScriptedLink()


def driver_of(map_name: str, asset: str, link, clock) -> ModbusDriver:
    device = Device(name=f"dev_{asset}", asset=asset, map=map_name, unit=7)
    points = load_map(map_name).points(asset, device.name)
    return make(device, points, range(10, 10 + len(points)), clock, link)


@pytest.fixture
def breaker(link, clock) -> ModbusDriver:
    return driver_of("breaker", "cb15", link, clock)


def pulse(**more) -> Command:
    fields = {
        "id": "c1", "trace": "t", "point": "cb15/close", "value": 1.0, "operation": Operation.PULSE,
        "tick": 1, "issued_at_ns": 0, "valid_until_ns": 2**62, "authority": "gate", "revision": "r",
        "reason": "test",
    }  # fmt: skip
    return Command(**{**fields, **more})


async def test_a_read_gives_one_row_a_point_with_both_times(breaker, link, clock):
    link.cells = {(Table.DISCRETE, 1): 1, (Table.INPUT, 1): 17}
    block = await breaker.read()
    assert breaker.points == ("cb15/position", "cb15/operations", "cb15/open", "cb15/close")
    assert block.index.tolist() == [10, 11, 12, 13]
    assert block.value.tolist() == [2.0, 17.0, 0.0, 0.0]
    assert block.quality.tolist() == [0, 0, 0, 0]
    assert set(block.at_ns.tolist()) == set(block.available_at_ns.tolist()) == {clock.ns}


@pytest.mark.parametrize(
    "failure", [LinkDown("x"), NoAnswer("x"), BadEcho("x")], ids=lambda f: type(f).__name__
)
async def test_a_device_that_went_away_keeps_value_and_time_of_its_last_reading(
    breaker, link, clock, failure
):
    link.cells = {(Table.DISCRETE, 1): 1}
    read_ns = clock.ns
    await breaker.read()
    link.failure = failure
    now_ns = clock.pass_s(30)
    block = await breaker.read()
    assert block.value.tolist() == [2.0, 0.0, 0.0, 0.0]
    assert block.quality.tolist() == [AWAY] * 4
    assert block.at_ns.tolist() == [read_ns] * 4
    assert block.available_at_ns.tolist() == [now_ns] * 4


async def test_a_device_never_seen_has_holes_without_a_time(breaker, link):
    link.failure = LinkDown("x")
    block = await breaker.read()
    assert block.value.tolist() == [0.0] * 4
    assert block.quality.tolist() == [NEVER_READ | FAILURE] * 4
    assert block.at_ns.tolist() == [0] * 4


async def test_a_dead_link_is_asked_once_a_poll_not_once_a_request(breaker, link):
    link.failure = NoAnswer("x")
    await breaker.read()
    assert link.reads == 1


async def test_one_refused_table_does_not_take_the_others_with_it(breaker, link):
    link.cells = {(Table.DISCRETE, 1): 1}
    link.refused = {Table.INPUT: DeviceException(2)}
    block = await breaker.read()
    assert block.quality.tolist() == [0, AWAY, 0, 0]
    assert block.value[0] == 2.0


async def test_a_returning_device_is_good_at_once(breaker, link, clock):
    link.failure = NoAnswer("x")
    await breaker.read()
    link.failure = None
    block = await breaker.read()
    assert block.quality.tolist() == [0] * 4
    assert block.at_ns.tolist() == [clock.ns] * 4


async def test_loss_and_return_are_logged_once_each(breaker, link):
    with structlog.testing.capture_logs() as logged:
        for failure in (None, NoAnswer("lost"), NoAnswer("lost"), None, None):
            link.failure = failure
            await breaker.read()
    assert [(line["event"], line["log_level"]) for line in logged] == [
        ("device away", "warning"),
        ("device back", "info"),
    ]
    assert logged[0]["device"] == "dev_cb15"


@pytest.mark.parametrize(
    ("failure", "transmission", "detail"),
    [
        (None, Transmission.WRITTEN, ""),
        (DeviceException(3), Transmission.REFUSED, "exception 3, illegal data value"),
        (DeviceException(5), Transmission.NO_ANSWER, "exception 5, acknowledge"),
        (DeviceException(10), Transmission.NOT_SENT, "exception 10, gateway path unavailable"),
        (
            DeviceException(11),
            Transmission.NO_ANSWER,
            "exception 11, gateway target device failed to respond",
        ),
        (LinkDown("away"), Transmission.NOT_SENT, "away"),
        (NoAnswer("lost"), Transmission.NO_ANSWER, "lost"),
        (BadEcho("wrong"), Transmission.NO_ANSWER, "wrong"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_every_end_of_a_write_is_reported_and_none_is_repeated(
    breaker, link, clock, failure, transmission, detail
):
    link.failure = failure
    sent = await breaker.write(pulse())
    assert (sent.command, sent.transmission, sent.detail, sent.at_ns) == (
        "c1",
        transmission,
        detail,
        clock.ns,
    )
    assert link.writes == [(7, Table.COIL, 1, (1,))]


@pytest.mark.parametrize(
    ("late_ns", "transmission"),
    [(0, Transmission.WRITTEN), (1, Transmission.EXPIRED)],
    ids=["last moment", "late"],
)
async def test_a_command_whose_validity_ends_while_the_device_is_being_reached_never_leaves(
    breaker, link, clock, late_ns, transmission
):
    command = pulse(valid_until_ns=clock.ns + 1_000_000_000)
    link.connecting = lambda: clock.pass_s(1.0 + late_ns * 1e-9)
    sent = await breaker.write(command)
    assert (sent.transmission, sent.at_ns) == (transmission, command.valid_until_ns + late_ns)
    assert len(link.writes) == 1 - late_ns


async def test_a_device_that_cannot_be_reached_gets_nothing(breaker, link):
    def refuse() -> None:
        raise LinkDown("away")

    link.connecting = refuse
    assert (await breaker.write(pulse())).transmission is Transmission.NOT_SENT
    assert link.writes == []


async def test_what_cannot_be_encoded_never_leaves(breaker, link):
    sent = await breaker.write(pulse(value=3.0))
    assert sent.transmission is Transmission.NOT_SENT
    assert "3.0" in sent.detail
    assert link.writes == []


async def test_a_set_point_leaves_as_one_write_with_sequence_and_reversion(link, clock):
    inverter = driver_of("battery_inverter", "bat1", link, clock)
    sent = await inverter.write(
        pulse(
            point="bat1/active_power_setpoint",
            value=250.0,
            operation=Operation.SETPOINT,
            sequence=4,
            reversion_value=0.0,
            reversion_s=900.0,
        )
    )
    assert sent.transmission is Transmission.WRITTEN
    assert link.writes == [(7, Table.HOLDING, 100, (4, 0, 2500, 0, 0, 900))]


async def test_a_site_may_take_a_part_of_the_map_in_its_own_order(link, clock):
    device = Device(name="meter_grid", asset="grid", map="feeder_meter")
    points = load_map("feeder_meter").points("grid")
    driver = make(device, [points[2], points[0]], [5, 3], clock, link)
    link.cells = {(Table.INPUT, 0): 0x4248, (Table.INPUT, 4): 0x42DC}
    block = await driver.read()
    assert driver.points == ("grid/voltage", "grid/active_power")
    assert (block.index.tolist(), block.value.tolist()) == ([5, 3], [110.0, 50.0])


async def test_the_entry_point_makes_a_driver_on_modbus_tcp(clock):
    device = Device(name="meter_f11", asset="f11", map="feeder_meter", port=1, timeout_s=0.2)
    driver = make(device, load_map("feeder_meter").points("f11"), range(4), clock)
    assert isinstance(driver._link, StreamLink)
    assert driver.name == "meter_f11"


async def test_open_and_close_reach_the_link(breaker, link):
    await breaker.open()
    assert link.is_open
    await breaker.close()
    assert not link.is_open


def test_a_driver_for_every_device_of_a_line_at_once_is_refused(link, clock):
    with pytest.raises(Broadcast):
        make(Device(name="all", asset="f11", map="feeder_meter", unit=0), [], [], clock, link)
