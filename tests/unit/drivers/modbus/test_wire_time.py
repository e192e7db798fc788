"""What readings take on a wire is reckoned from bytes, gaps and the devices that share it."""

import pytest

from drivers.modbus.cadence import USABLE
from drivers.modbus.map import load_map
from drivers.modbus.wire_time import GATEWAY_S, NETWORK_S, wire_loads
from kernel.site import Device

METER = load_map("feeder_meter")


def device(name: str, **more) -> Device:
    return Device(name=name, asset="f", map="feeder_meter", **more)


def serial(count: int, *, baud: int = 9600, **more) -> list[Device]:
    return [
        device(f"d{n}", protocol="modbus-rtu", serial="/dev/ttyS1", baud=baud, unit=n + 1, **more)
        for n in range(count)
    ]


def load(devices: list[Device], wanted_s: float = 1.0):
    (one,) = wire_loads(devices, {d.name: METER for d in devices}, {d.name: wanted_s for d in devices})
    return one


def test_a_device_alone_on_the_network_is_read_as_wanted():
    one = load([device("a", port=502)], 0.1)
    assert one.reached_s == {"a": 0.1}
    assert one.demand == pytest.approx(NETWORK_S / 0.1)


def test_devices_behind_a_gateway_take_what_serial_devices_take():
    one = load([device("a", port=502), device("b", port=502, unit=2)])
    assert one.demand == pytest.approx(2 * GATEWAY_S)


def test_a_serial_line_takes_its_bytes_at_the_baud_rate():
    slow, quick = load(serial(1, baud=1200)), load(serial(1, baud=115_200))
    assert slow.demand > 5 * quick.demand
    registers = 8
    bits = (8 + 5 + 2 * registers) * 11
    gaps = 2 * 3.5 * 11 / 1200
    assert slow.demand == pytest.approx(bits / 1200 + 0.01 + gaps, rel=0.2)


def test_a_line_that_is_full_is_read_more_seldom():
    few, many = load(serial(3)), load(serial(40))
    assert set(few.reached_s.values()) == {1.0}
    assert few.demand < USABLE < many.demand
    assert min(many.reached_s.values()) >= 2.0


def test_the_gap_of_a_line_costs_its_time():
    assert load(serial(3, line_gap_s=0.1)).demand > load(serial(3)).demand + 0.2


def test_a_device_whose_wire_is_not_known_is_left_out():
    assert wire_loads([device("a")], {"a": METER}, {"a": 1.0}) == []


def test_a_wire_says_what_is_asked_of_it():
    assert load(serial(3)).words.startswith("wire /dev/ttyS1: 3 devices ask for ")
