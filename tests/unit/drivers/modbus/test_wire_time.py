"""What readings take on a wire is reckoned from bytes, gaps and the devices that share it."""

import pytest

from drivers.modbus.cadence import USABLE
from drivers.modbus.entry import Encoding, Entry, Poll, Slot, Table
from drivers.modbus.map import RegisterMap, load_map
from drivers.modbus.wanted import wanted_of
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


def load(devices: list[Device], base_s: float = 1.0, register_map: RegisterMap = METER):
    asked = wanted_of(register_map, [*register_map.by_quantity], scan_s=None, base_s=base_s)
    (one,) = wire_loads(devices, {d.name: asked for d in devices})
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
    assert wire_loads([device("a")], {"a": wanted_of(METER, [], scan_s=None, base_s=1.0)}) == []


def of_classes(*polls: Poll) -> RegisterMap:
    """A map with one request of each class."""
    slots = [Slot(address=100 * place, encoding=Encoding.U16) for place in range(len(polls))]
    entries = tuple(
        Entry(quantity=f"q{place}", unit="1", table=Table.HOLDING, slot=slot, poll=poll)
        for place, (slot, poll) in enumerate(zip(slots, polls, strict=True))
    )
    return RegisterMap(name="m", title="m", source="", gap=0, entries=entries)


def test_what_moves_slowly_costs_the_line_only_when_it_is_asked():
    one = load(serial(4), register_map=of_classes(Poll.NORMAL))
    both = load(serial(4), register_map=of_classes(Poll.NORMAL, Poll.SLOW))
    assert both.demand == pytest.approx(one.demand * (1 + 1 / 30))


def test_devices_of_slow_points_only_ask_for_little():
    one = load(serial(4), register_map=of_classes(Poll.SLOW))
    assert set(one.reached_s.values()) == {30.0}
    assert one.demand == pytest.approx(load(serial(4), register_map=of_classes(Poll.NORMAL)).demand / 30)


def test_a_wire_says_what_is_asked_of_it():
    assert load(serial(3)).words.startswith("wire /dev/ttyS1: 3 devices ask for ")
