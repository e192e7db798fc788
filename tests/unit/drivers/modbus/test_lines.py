"""Devices behind one gateway, or on one serial line, have a line; a device alone has its link for itself."""

import pytest

from drivers.modbus.lines import seats_of, stream_link
from drivers.modbus.route import TcpRoute
from drivers.modbus.stream_link import StreamLink
from kernel.site import Device
from tests.fakes.slow_wire import SlowWire


def device(name: str, **more) -> Device:
    return Device(name=name, asset="f", map="feeder_meter", **more)


def seats(*devices: Device, pause_s: float = 0.0):
    made = []

    def link(route, group) -> SlowWire:
        made.append((route.name, [one.name for one in group]))
        return SlowWire()

    found = seats_of(devices, link=link, wanted_s=lambda one: one.scan_s or 1.0, pause_s=lambda _: pause_s)
    return found, made


def test_devices_at_one_address_share_one_link():
    found, made = seats(
        device("a", port=502), device("b", port=502, unit=2, timeout_s=3.0), device("c", port=503)
    )
    assert set(found) == {"a", "b"}
    assert found["a"].line is found["b"].line
    assert found["a"].line.name == "127.0.0.1:502"
    assert made == [("127.0.0.1:502", ["a", "b"])]
    assert (found["a"].timeout_s, found["b"].timeout_s) == (1.0, 3.0)


def test_a_device_alone_on_its_wire_has_no_line():
    assert seats(device("a", port=502), device("b", port=503)) == ({}, [])


def test_a_device_whose_wire_is_not_known_has_no_line():
    assert seats(device("a"), device("b"), device("c", protocol="other", port=1)) == ({}, [])


def test_one_port_spoken_in_two_ways_is_no_shared_wire():
    found, _ = seats(device("a", port=502), device("b", port=502, unit=2, protocol="modbus-rtu-tcp"))
    assert set(found) == {"b"}, "the serial line behind it needs silence between two requests"


@pytest.mark.parametrize("more", [{"gap_s": 0.05}, {"line_gap_s": 0.01}])
def test_a_device_that_needs_a_gap_has_a_line_even_alone(more):
    assert set(seats(device("a", port=502, **more))[0]) == {"a"}


def test_a_kind_of_device_that_needs_a_pause_has_a_line_even_alone():
    found, _ = seats(device("a", port=502), pause_s=0.03)
    assert found["a"].gap_s == 0.03


def test_a_serial_wire_keeps_three_and_a_half_characters_of_silence():
    found, _ = seats(device("a", protocol="modbus-rtu", serial="/dev/ttyS1", baud=9600))
    assert found["a"].line.state().gap_ms == pytest.approx(3.5 * 11 / 9600 * 1e3)


def test_the_longest_gap_of_a_wire_holds_for_all_on_it():
    serial = {"protocol": "modbus-rtu", "serial": "/dev/ttyS1"}
    found, _ = seats(device("a", line_gap_s=0.02, **serial), device("b", unit=2, **serial))
    assert found["b"].line.state().gap_ms == 20.0


def test_each_device_is_wanted_as_often_as_the_site_says():
    found, _ = seats(device("a", port=502, scan_s=5.0), device("b", port=502, unit=2))
    assert (found["a"].wanted_s, found["b"].wanted_s) == (5.0, 1.0)


def test_each_device_of_a_real_wire_has_its_own_time_to_answer():
    link = stream_link(
        TcpRoute(host="127.0.0.1", port=1),
        [device("a", timeout_s=0.2), device("b", unit=2, timeout_s=3.0)],
    )
    assert isinstance(link, StreamLink)
    assert link._patience_s == {1: 0.2, 2: 3.0}
