from pathlib import Path

import pytest

from drivers.modbus.bank import IllegalAddress
from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import make
from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from kernel.asset import Asset
from kernel.quality import INVALID
from kernel.site import Device
from simulators.devices.breaker import Breaker
from simulators.devices.inverter import Inverter
from simulators.devices.load_controller import LoadController
from simulators.devices.make import make_bank
from simulators.devices.sensor import Sensor
from simulators.devices.setpoints import SetpointDevice

BATTERY = Asset(name="bat1", kind="battery", ratings={"power_kw": 4000.0, "energy_kwh": 8000.0})


@pytest.mark.parametrize(
    ("map_name", "kind"),
    [
        ("feeder_meter", Sensor),
        ("transformer_monitor", Sensor),
        ("tap_changer_controller", Sensor),
        ("capacitor_controller", Sensor),
        ("battery_inverter", Inverter),
        ("breaker", Breaker),
        ("load_controller", LoadController),
    ],
)
def test_the_map_says_which_device_is_made(map_name, kind):
    assert isinstance(make_bank(Device(name="d", asset="bat1", map=map_name), BATTERY), kind)


def test_a_battery_without_its_ratings_is_not_made():
    with pytest.raises(KeyError, match="power_kw"):
        make_bank(Device(name="d", asset="x", map="battery_inverter"), Asset(name="x", kind="battery"))


def test_the_start_is_given_by_quantity(clock):
    breaker = make_bank(Device(name="d", asset="x", map="breaker"), BATTERY, {"position": 1.0})
    assert breaker.actuation(clock.ns)["position"] == 1.0
    inverter = make_bank(
        Device(name="d", asset="x", map="battery_inverter"), BATTERY, {"state_of_charge": 80.0}
    )
    assert inverter.read(Table.INPUT, 2, 1, clock.ns) == [8000]


def test_any_other_writable_map_is_a_device_with_set_points(tmp_path: Path):
    path = tmp_path / "valve.toml"
    path.write_text(
        'title="t"\nsource="s"\n[[points]]\nquantity="lift"\nunit="1"\ntable="holding"\naddress=0\ntype="u16"\n'
        'access="read_write"\n[points.writing]\nlow=0.0\nhigh=1.0\nsafe_value=0.0\non_loss="hold"\n'
    )
    assert isinstance(make_bank(Device(name="d", asset="x", map=str(path)), BATTERY), SetpointDevice)


async def sensed(map_name: str, quantities: dict[str, float], clock) -> dict[str, float | None]:
    """What the driver reads off a sensor after the world was like this; None where invalid."""
    device = Device(name="d", asset="x", map=map_name)
    bank = make_bank(device, BATTERY)
    bank.sense(quantities, clock.ns)
    points = load_map(map_name).points("x")
    block = await make(device, points, range(len(points)), clock, DirectLink(bank, clock)).read()
    return {
        point.quantity: None if quality & INVALID else value
        for point, value, quality in zip(points, block.value.tolist(), block.quality.tolist(), strict=True)
    }


async def test_a_meter_shows_what_the_world_is(clock):
    world = {
        "active_power": 6543.5,
        "reactive_power": -120.25,
        "voltage": 20.5,
        "current": 187.0,
        "wind": 1.0,
    }
    world_shown = {name: value for name, value in world.items() if name != "wind"}
    assert await sensed("feeder_meter", world, clock) == world_shown


async def test_what_a_sensor_was_never_told_reads_as_missing(clock):
    assert await sensed("feeder_meter", {"voltage": 20.5}, clock) == {
        "active_power": None, "reactive_power": None, "voltage": 20.5, "current": None,
    }  # fmt: skip


async def test_a_monitor_rounds_to_its_resolution_and_shows_overflow_as_missing(clock):
    shown = await sensed(
        "transformer_monitor",
        {
            "top_oil_temperature": 61.26,
            "ambient_temperature": -12.34,
            "fan_current": 1e6,
            "cooling_state": 1.0,
        },
        clock,
    )
    assert shown["top_oil_temperature"] == pytest.approx(61.3)
    assert shown["ambient_temperature"] == pytest.approx(-12.3)
    assert shown["fan_current"] is None
    assert shown["cooling_state"] == 1.0


async def test_the_controllers_of_what_regulates_show_steps_settings_and_states(clock):
    tap = {
        "tap_position": -9.0,
        "tap_operations": 71_234.0,
        "regulated_voltage": 20.417,
        "voltage_target": 20.4,
        "voltage_bandwidth": 0.44,
        "regulator_delay": 60.0,
        "regulator_state": 1.0,
        "tap_end_state": 1.0,
    }
    assert await sensed("tap_changer_controller", tap, clock) == pytest.approx(tap)
    bank = {
        "capacitor_steps": 3.0,
        "capacitor_operations": 70_000.0,
        "reactive_power": 2497.3,
        "voltage": 20.417,
        "control_state": 0.0,
    }
    assert await sensed("capacitor_controller", bank, clock) == pytest.approx(bank)


def test_a_sensor_takes_no_writes(clock):
    meter = make_bank(Device(name="d", asset="x", map="feeder_meter"), BATTERY)
    with pytest.raises(IllegalAddress):
        meter.write(Table.INPUT, 0, [1], clock.ns)
    assert meter.journal == ()
    assert meter.actuation(clock.ns) == {}
