"""Where a device is, as people type it."""

import pytest

from aios.devices.reach import looking_at
from aios.devices.target import NoTarget, device_at
from drivers.modbus.entry import Table
from drivers.modbus.server import TcpServer
from simulators.devices.sunspec_inverter import SunSpecInverter
from tests.fakes.still_clock import StillClock


@pytest.mark.parametrize(
    ("target", "protocol", "place"),
    [
        ("meter.example", "", ("modbus-tcp", "meter.example", 502)),
        ("10.0.0.7:1502", "", ("modbus-tcp", "10.0.0.7", 1502)),
        ("10.0.0.7", "modbus-tls", ("modbus-tls", "10.0.0.7", 802)),
        ("[fd00::7]:1502", "", ("modbus-tcp", "fd00::7", 1502)),
        ("fd00::7", "", ("modbus-tcp", "fd00::7", 502)),
        ("10.0.0.7:4001", "modbus-rtu-tcp", ("modbus-rtu-tcp", "10.0.0.7", 4001)),
    ],
)
def test_host_port_and_protocol_are_understood(target, protocol, place):
    device = device_at(target, protocol=protocol)
    assert (device.protocol, device.host, device.port) == place


@pytest.mark.parametrize("target", ["", ":502", "host:port", "host:70000"])
def test_what_is_no_place_is_said_to_be_none(target):
    with pytest.raises(NoTarget):
        device_at(target)


@pytest.mark.parametrize(("protocol", "rtu"), [("modbus-tcp", False), ("modbus-rtu-tcp", True)])
async def test_a_device_is_looked_at_in_either_framing(protocol, rtu):
    server = TcpServer(SunSpecInverter(rating_kw=50.0), StillClock(), rtu=rtu)
    await server.open()
    link = looking_at(device_at(f"127.0.0.1:{server.port}", protocol=protocol), gap_s=0.0)
    assert await link.read(1, Table.HOLDING, 40000, 2) == [0x5375, 0x6E53]
    await link.close()
    await server.close()
