"""Simulated Sparkplug devices without a broker: the same banks and maps, as births, data and commands."""

import pytest

from drivers.mqtt.sparkplug.devices import rows_of
from drivers.mqtt.sparkplug.names import NodeName
from drivers.mqtt.sparkplug.payload import DataType, Metric, Payload, decode, encode
from kernel.command import Transmission
from kernel.point import NANOSECONDS
from simulators.field.file import read_field
from simulators.field.sparkplug import SparkplugDevices
from tests.fakes.still_clock import StillClock

FIELD = """
[sparkplug]
broker = "mqtt://127.0.0.1"

[[device]]
name = "meter"
map = "feeder_meter"
protocol = "sparkplug"
shows = { active_power = 812.5, voltage = 20.5, reactive_power = 1.0, current = 2.0 }
behaviour.clock = { offset_s = 3.0 }
behaviour.report_deadband = { active_power = 5.0 }

[[device]]
name = "plant"
map = "plant_controller"
protocol = "sparkplug"
shows = { active_power = 40.0 }
"""


class Bench:
    """Devices, the clock in the tester's hand, and what a host would hear."""

    def __init__(self, folder) -> None:
        (folder / "field.toml").write_text(FIELD, encoding="utf-8")
        self.clock = StillClock()
        self.served = {one.device.name: one for one in read_field(folder / "field.toml").sparkplug}
        for one in self.served.values():
            one.sense(self.clock.ns)
        self.devices = SparkplugDevices(NodeName(group="g", node="n"), list(self.served.values()), self.clock)

    async def born(self) -> dict[str, Payload]:
        node = self.devices.node
        node.know(rows_of(await self.devices.scan()))
        node.begin(0)
        return {message.topic: decode(message.payload) for message in node.birth(1)}

    async def data(self) -> dict[str, Payload]:
        self.clock.pass_s(1)
        told = self.devices.node.data(rows_of(await self.devices.scan()), 2)
        return {message.topic.removeprefix("spBv1.0/g/"): decode(message.payload) for message in told}

    async def command(self, device: str, **metric):
        return await self.devices.obey(
            device, encode(Payload(metrics=(Metric(datatype=DataType.DOUBLE, **metric),)))
        )


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


async def test_births_carry_every_point_of_the_map_with_its_value(bench):
    born = await bench.born()
    assert list(born) == ["spBv1.0/g/NBIRTH/n", "spBv1.0/g/DBIRTH/n/meter", "spBv1.0/g/DBIRTH/n/plant"]
    meter = {m.name: (m.value, m.properties["engUnit"]) for m in born["spBv1.0/g/DBIRTH/n/meter"].metrics}
    assert meter == {
        "active_power": (812.5, "kW"),
        "reactive_power": (1.0, "kvar"),
        "voltage": (20.5, "kV"),
        "current": (2.0, "A"),
    }
    plant = {m.name: m.value for m in born["spBv1.0/g/DBIRTH/n/plant"].metrics}
    assert (plant["active_power"], plant["communication_state"], plant["active_power_limit"]) == (
        40.0,
        2,
        100_000.0,
    )


@pytest.mark.parametrize("by", ["name", "alias"])
async def test_a_command_sets_a_set_point_and_only_what_changed_is_told(bench, by):
    born = (await bench.born())["spBv1.0/g/DBIRTH/n/plant"].metrics
    limit = next(metric for metric in born if metric.name == "active_power_limit")
    named = {"name": limit.name} if by == "name" else {"alias": limit.alias}
    (sent,) = await bench.command("plant", value=50.0, **named)
    assert sent.transmission is Transmission.WRITTEN
    names = {metric.alias: metric.name for metric in born}
    told = {names[m.alias]: m.value for m in (await bench.data())["DDATA/n/plant"].metrics}
    assert told == {
        "active_power_limit": 50.0, "operating_state": 1, "limit_sequence": 1.0, "reversion_remaining": 899.0,
        "device_time": 2.0,
    }  # fmt: skip
    assert bench.served["plant"].bank.actuation(bench.clock.ns) == {"active_power_limit": 50.0}


async def test_two_commands_of_one_value_are_two_commands_and_wind_the_timer(bench):
    await bench.born()
    await bench.command("plant", name="active_power_limit", value=50.0)
    bench.clock.pass_s(800)
    await bench.command("plant", name="active_power_limit", value=50.0)
    bench.clock.pass_s(800)
    assert bench.served["plant"].bank.actuation(bench.clock.ns) == {"active_power_limit": 50.0}
    bench.clock.pass_s(100)
    assert bench.served["plant"].bank.actuation(bench.clock.ns) == {"active_power_limit": 100_000.0}


async def test_a_device_refuses_over_sparkplug_what_it_refuses_over_modbus(bench):
    await bench.born()
    plant = bench.served["plant"].bank
    plant.sense({"control_place": 1.0}, bench.clock.ns)
    (sent,) = await bench.command("plant", name="active_power_limit", value=50.0)
    assert sent.transmission is Transmission.REFUSED
    assert plant.journal == ()


@pytest.mark.parametrize(
    ("device", "metric"),
    [
        ("meter", {"name": "active_power", "value": 1.0}),
        ("plant", {"name": "wind", "value": 1.0}),
        ("plant", {"alias": 1, "value": 1.0}),
        ("nobody", {"name": "active_power_limit", "value": 1.0}),
        ("plant", {"name": "active_power_limit", "value": None}),
    ],
    ids=["read-only", "unknown", "of another device", "no device", "no value"],
)
async def test_a_command_for_nothing_writable_is_counted_and_does_nothing(bench, device, metric):
    await bench.born()
    assert await bench.command(device, **metric) == []
    assert bench.devices.refused == 1
    assert all(one.bank.journal == () for one in bench.served.values())


async def test_rubbish_is_no_command(bench):
    assert await bench.devices.obey("plant", b"\xff\xff\xff") == []
    assert bench.devices.refused == 1


async def test_values_are_stamped_by_the_clock_of_the_device(bench):
    born = await bench.born()
    asked_ms = bench.clock.ns * 1000 // NANOSECONDS
    assert {m.at_ms for m in born["spBv1.0/g/DBIRTH/n/meter"].metrics} == {asked_ms + 3000}
    assert {m.at_ms for m in born["spBv1.0/g/DBIRTH/n/plant"].metrics} == {asked_ms}


async def test_what_stays_in_its_deadband_is_not_told(bench):
    await bench.born()
    meter = bench.served["meter"].bank
    meter.sense({"active_power": 815.0}, bench.clock.ns)
    assert "DDATA/n/meter" not in await bench.data()
    meter.sense({"active_power": 818.0}, bench.clock.ns)
    assert [m.value for m in (await bench.data())["DDATA/n/meter"].metrics] == [818.0]


async def test_a_device_that_does_not_answer_dies_and_is_born_again(bench):
    await bench.born()
    bench.devices.links["meter"].silent = True
    assert "DDEATH/n/meter" in await bench.data()
    bench.devices.links["meter"].silent = False
    assert "DBIRTH/n/meter" in await bench.data()


async def test_what_did_not_arrive_is_told_again(bench):
    await bench.born()
    assert "DDATA/n/meter" not in await bench.data()
    bench.devices.forget()
    assert len((await bench.data())["DDATA/n/meter"].metrics) == 4
