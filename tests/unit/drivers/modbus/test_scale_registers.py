"""Register-held scale factors: read in the same poll, believed only in range, compared before a write."""

import asyncio

import pytest

from aios.testing.seeded_loop import run_seeded
from drivers.modbus.driver import ModbusDriver, make
from drivers.modbus.entry import Table
from drivers.modbus.line import Line
from drivers.modbus.link import NoAnswer
from drivers.modbus.map import as_map, load_map
from drivers.modbus.map_file import read_map_text
from drivers.modbus.read_plan import NO_ANSWER, NO_SCALE, plan_reads
from drivers.modbus.seat import Seat
from kernel.command import Command, Transmission
from kernel.point import Operation
from kernel.site import Device
from simulators.devices.registers import Registers
from tests.fakes.slow_wire import SlowWire

MAP = """title = "t"
source = "s"

[[scales]]
name = "W_SF"
table = "holding"
address = 5
not_implemented = -32768

[[scales]]
name = "ratio"
table = "holding"
address = 40
type = "u16"
kind = "factor"

[[points]]
quantity = "active_power"
unit = "W"
table = "holding"
address = 3
type = "i16"
not_implemented = -32768
scale_from = "W_SF"

[[points]]
quantity = "current"
unit = "A"
table = "holding"
address = 4
type = "u16"
scale = 0.001
scale_from = "ratio"

[[points]]
quantity = "frequency"
unit = "Hz"
table = "holding"
address = 6
type = "u16"
scale = 0.01

[[points]]
quantity = "limit"
unit = "W"
table = "holding"
address = 7
type = "i16"
scale_from = "W_SF"
access = "read_write"
writing = { low = 0, high = 100000, safe_value = 0, on_loss = "hold", tolerance = 50 }
"""
OWN = as_map("own", read_map_text(MAP, "own.toml"))


def decoded(scale: int, ratio: int = 200, power: int = 0xFB2E):
    plan = plan_reads(OWN.entries)
    answers = [[power, 15, scale & 0xFFFF, 5000, 12], [ratio]]
    return plan.decode(answers)


def test_scale_registers_are_read_in_the_same_poll():
    asked = [(one.address, one.count) for one in plan_reads(OWN.entries).requests]
    assert asked == [(3, 5), (40, 1)]


@pytest.mark.parametrize(("scale", "watts"), [(0, -1234.0), (2, -123400.0), (-1, -123.4), (-10, -1.234e-7)])
def test_an_exponent_scales_by_its_power_of_ten_and_leaves_the_sign(scale, watts):
    value, quality = decoded(scale)
    assert value[0] == pytest.approx(watts, rel=1e-15)
    assert value.tolist()[1:3] == [3.0, 50.0]
    assert not quality.any()


@pytest.mark.parametrize("scale", [-32768, 11, -11, 32767], ids=["missing", "above", "below", "far above"])
def test_a_scale_that_is_missing_or_out_of_range_makes_what_it_scales_invalid_and_nothing_else(scale):
    value, quality = decoded(scale)
    assert quality.tolist() == [NO_SCALE, 0, 0, NO_SCALE]
    assert value.tolist() == [0.0, 3.0, 50.0, 0.0]


def test_a_ratio_of_nothing_scales_nothing():
    assert decoded(0, ratio=0)[1].tolist() == [0, NO_SCALE, 0, 0]


def test_a_scale_that_was_not_answered_leaves_no_value():
    value, quality = plan_reads(OWN.entries).decode([[1, 15, 0, 5000, 12], None])
    assert quality.tolist() == [0, NO_ANSWER, 0, 0]
    assert value[1] == 0.0


def test_a_value_that_is_missing_stays_so_whatever_its_scale():
    assert decoded(0, power=0x8000)[1][0] != 0
    assert decoded(-32768, power=0x8000)[1][0] != 0


class ScaledLink:
    """A device of registers, which keeps what was written."""

    def __init__(self) -> None:
        self.registers = Registers(OWN, scales={"W_SF": 2, "ratio": 1})
        self.written: list[tuple[int, ...]] = []
        self.deaf = False

    async def open(self) -> None: ...
    async def ready(self, unit: int | None = None) -> None: ...
    async def close(self) -> None: ...

    async def read(self, unit, table, address, count):
        if self.deaf:
            raise NoAnswer("deaf")
        return self.registers.read(table, address, count)

    async def write(self, unit, table, address, values, valid=None):
        self.written.append(tuple(values))

    def scale(self, exponent: int) -> None:
        self.registers.put(OWN.factors[0].table, 5, [exponent & 0xFFFF])


def command(value: float) -> Command:
    return Command(
        id="c", trace="t", point="pv/limit", value=value, operation=Operation.SETPOINT, tick=1,
        issued_at_ns=0, valid_until_ns=2**62, authority="gate", revision="r", reason="test",
    )  # fmt: skip


@pytest.fixture
def driven(tmp_path, clock):
    (tmp_path / "own.toml").write_text(MAP)
    link = ScaledLink()
    device = Device(name="d", asset="pv", map=str(tmp_path / "own.toml"))
    points = load_map(device.map).points("pv")
    return make(device, points, range(len(points)), clock, link), link


async def test_a_set_point_is_written_in_the_scale_the_device_has_now(driven):
    driver, link = driven
    await driver.read()
    assert (await driver.write(command(4000.0))).transmission is Transmission.WRITTEN
    assert link.written == [(40,)]


async def test_nothing_is_written_when_the_scale_has_changed_since_the_value_was_read(driven):
    driver, link = driven
    await driver.read()
    link.scale(1)
    sent = await driver.write(command(4000.0))
    assert (sent.transmission, link.written) == (Transmission.NOT_SENT, [])
    assert "W_SF multiplies by 10 now, by 100 when it was read" in sent.detail
    await driver.read()
    assert (await driver.write(command(4000.0))).transmission is Transmission.WRITTEN
    assert link.written == [(400,)]


@pytest.mark.parametrize("trouble", ["missing", "deaf"])
async def test_nothing_is_written_without_a_scale(driven, trouble):
    driver, link = driven
    await driver.read()
    link.scale(-32768)
    link.deaf = trouble == "deaf"
    sent = await driver.write(command(4000.0))
    assert (sent.transmission, link.written) == (Transmission.NOT_SENT, [])
    assert "W_SF has no value" in sent.detail or "was not read" in sent.detail


def test_a_simulated_device_shows_values_in_its_own_scale():
    registers = Registers(OWN, scales={"W_SF": -1})
    registers.show("active_power", -123.4)
    assert registers.read(OWN.entries[0].table, 3, 3) == [0x10000 - 1234, 0, 0xFFFF]


def on_a_line(tmp_path, clock, wire: SlowWire) -> tuple[ModbusDriver, Seat]:
    """Our device as unit 1 of a line with a neighbour, and the seat of the neighbour."""
    (tmp_path / "own.toml").write_text(MAP)
    line = Line(wire, name="wire")
    device = Device(name="d", asset="pv", map=str(tmp_path / "own.toml"))
    points = load_map(device.map).points("pv")
    own = line.seat("d", timeout_s=0.5, wanted_s=1.0)
    return make(device, points, range(len(points)), clock, own), line.seat("n", timeout_s=0.5, wanted_s=1.0)


def test_a_write_and_the_scale_it_needs_go_before_everybody_who_waits_each_in_its_turn(tmp_path, clock):
    async def crowd() -> None:
        wire = SlowWire(takes_s={2: 0.1})
        driver, neighbour = on_a_line(tmp_path, clock, wire)
        reading = [asyncio.ensure_future(neighbour.read(2, Table.HOLDING, 0, 1)) for _ in range(4)]
        await asyncio.sleep(0.05)
        assert (await driver.write(command(4000.0))).transmission is Transmission.WRITTEN
        await asyncio.gather(*reading)
        passed = [(one.unit, one.kind) for one in wire.passed]
        assert passed == [(2, "read"), (1, "read"), (2, "read"), (1, "write"), (2, "read"), (2, "read")]

    run_seeded(crowd(), 3)


def test_a_write_that_needs_a_scale_is_tried_where_one_without_would_be(tmp_path, clock):
    async def lost() -> None:
        wire = SlowWire(silent={1})
        driver, neighbour = on_a_line(tmp_path, clock, wire)
        await neighbour.read(2, Table.HOLDING, 0, 1)
        for _ in range(2):
            await driver.read()
        assert driver.brief().breaker == "open"
        wire.silent.clear()
        assert (await driver.write(command(4000.0))).transmission is Transmission.WRITTEN
        assert driver.brief().breaker == "closed"

    run_seeded(lost(), 3)
