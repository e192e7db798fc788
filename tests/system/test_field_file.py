"""Devices of a field file on real sockets, as clients that are not ours find them."""

import asyncio
import subprocess

import pytest
import trustme
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient
from pyModbusTCP.client import ModbusClient

from aios.field.devices import serve
from drivers.modbus.driver import make
from drivers.modbus.map import load_map
from drivers.modbus.route import TcpRoute
from drivers.modbus.stream_link import StreamLink
from drivers.modbus.tls import Tls
from drivers.mqtt.broker import free_port
from simulators.field.file import read_field
from tests.system.modbus_wire import HOST, WallClock

pytestmark = pytest.mark.system


class Standing:
    """The devices of a field file, while the block runs."""

    def __init__(self, folder, text, **more):
        (folder / "field.toml").write_text(text, encoding="utf-8")
        self.field, self._folder = read_field(folder / "field.toml", **more), folder

    async def __aenter__(self):
        ready = asyncio.get_running_loop().create_future()
        work = serve(self.field, WallClock(), self._folder, ready.set_result)
        self._running = asyncio.create_task(work)
        await asyncio.wait([ready, self._running], return_when=asyncio.FIRST_COMPLETED)
        self.ports = ready.result() if ready.done() else await self._running
        return self

    async def __aexit__(self, *_):
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def read(self, one, tls=None):
        """Read all points of a device with our driver; return values, and whether any is bad."""
        device = one.device
        port, rtu = self.ports[device.name], device.protocol == "modbus-rtu-tcp"
        link = StreamLink(TcpRoute(host=HOST, port=port, rtu=rtu, tls=tls), timeout_s=5.0)
        points = load_map(device.map).points(device.asset)
        block = await make(device, points, range(len(points)), WallClock(), link).read()
        await link.close()
        return block.value.tolist(), bool(block.quality.any())


METERS = """
[[device]]
name = "meter"
map = "feeder_meter"
copies = {copies}
{more}

[device.shows]
active_power = 812.5
reactive_power = 95.0
voltage = 20.5
current = 24.0
"""
SHOWN = [812.5, 95.0, 20.5, 24.0]


async def test_a_hundred_devices_answer_each_on_its_own_port(tmp_path):
    async with Standing(tmp_path, METERS.format(copies=50, more=""), copies=2) as standing:
        assert len(set(standing.ports.values())) == 100
        read = await asyncio.gather(*(standing.read(one) for one in standing.field.served[::9]))
    assert read == [(SHOWN, False)] * 12


async def test_units_of_one_line_behind_a_port_answer_a_foreign_client(tmp_path):
    port = free_port()
    text = METERS.format(copies=3, more=f'protocol = "modbus-rtu-tcp"\nunit = 4\nport = {port}')
    async with Standing(tmp_path, text) as standing:
        assert set(standing.ports.values()) == {port}
        assert [await standing.read(one) for one in standing.field.served] == [(SHOWN, False)] * 3
        foreign = AsyncModbusTcpClient(HOST, port=port, framer=FramerType.RTU, retries=0, timeout=5)
        await foreign.connect()
        words = [
            (await foreign.read_input_registers(0, count=2, device_id=unit)).registers for unit in (4, 5, 6)
        ]
        foreign.close()
    assert words == [[0x444B, 0x2000]] * 3


async def test_mbpoll_and_a_stock_client_read_a_device_over_tcp(tmp_path):
    async with Standing(tmp_path, METERS.format(copies=1, more="")) as standing:
        port = standing.ports["meter"]
        asked = [
            "mbpoll",
            "-m",
            "tcp",
            "-p",
            str(port),
            "-a",
            "1",
            "-t",
            "3:float",
            "-B",
            "-r",
            "1",
            "-c",
            "4",
            "-1",
            HOST,
        ]
        said = await asyncio.to_thread(
            subprocess.run, asked, capture_output=True, text=True, timeout=20, check=False
        )
        stock = ModbusClient(host=HOST, port=port, unit_id=1, timeout=5)
        words = await asyncio.to_thread(stock.read_input_registers, 0, 2)
        stock.close()
    assert [line.split()[-1] for line in said.stdout.splitlines() if line.startswith("[")] == [
        "812.5",
        "95",
        "20.5",
        "24",
    ]
    assert bytes.fromhex("".join(f"{word:04x}" for word in words)) == bytes.fromhex("444b2000")


async def test_a_device_with_tls_answers_who_shows_a_certificate_and_nobody_else(tmp_path):
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name, by, identity in (
        ("meter", authority, HOST),
        ("us", authority, "us.example"),
        ("them", stranger, "us.example"),
    ):
        made = by.issue_cert(identity)
        made.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
        made.private_key_pem.write_to_path(tmp_path / f"{name}.key")
    text = '[tls]\nca = "ca.pem"\ncertificate = "meter.pem"\nkey = "meter.key"\n'
    text += METERS.format(copies=1, more='protocol = "modbus-tls"')

    def coming_as(name):
        return Tls(
            ca=str(tmp_path / "ca.pem"),
            certificate=str(tmp_path / f"{name}.pem"),
            key=str(tmp_path / f"{name}.key"),
        )

    async with Standing(tmp_path, text) as standing:
        (one,) = standing.field.served
        assert await standing.read(one, coming_as("us")) == (SHOWN, False)
        _, bad = await standing.read(one, coming_as("them"))
        assert bad
        _, bad = await standing.read(one)
        assert bad


async def test_a_port_that_is_taken_is_told_with_the_name_of_the_device(tmp_path):
    async with Standing(tmp_path, METERS.format(copies=1, more="")) as standing:
        port = standing.ports["meter"]
        with pytest.raises(RuntimeError, match=f"device meter cannot listen on port {port}"):
            async with Standing(tmp_path, METERS.format(copies=1, more=f"port = {port}")):
                pass


NAMED = """
[[device]]
name = "meter"
map = "feeder_meter"

[[device]]
name = "sun"
map = "sunspec"
ratings = { power_kw = 50.0 }

[[device]]
name = "bought"
map = "eastron_sdm630"
"""


async def test_a_client_that_is_not_ours_is_told_the_name_of_a_device_whose_map_gives_it(tmp_path):
    async with Standing(tmp_path, NAMED) as stood:
        told = {}
        for name, port in stood.ports.items():
            client = AsyncModbusTcpClient(HOST, port=port, timeout=5)
            await client.connect()
            answer = await client.read_device_information(read_code=2)
            single = await client.read_device_information(read_code=4, object_id=1)
            client.close()
            told[name] = answer.exception_code or answer.information, single.exception_code
    basic = {0: b"AIOS Grid", 1: b"feeder_meter", 2: b"1", 4: b"Feeder meter"}
    assert told["meter"] == (basic, 0)
    assert told["sun"] == ({0: b"AIOS Grid", 1: b"Simulated inverter", 2: b"1.0"}, 0)
    assert told["bought"] == (1, 1)
