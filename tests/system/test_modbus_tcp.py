"""Our link and our server on real sockets: against each other, against golden bytes, against rubbish."""

import asyncio
import random
import socket
import struct
import time
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
import uvloop

from drivers.modbus import tcp
from drivers.modbus.bank import IllegalAddress
from drivers.modbus.driver import make
from drivers.modbus.entry import Table
from drivers.modbus.frame import INCOMPLETE, fault_of_reply
from drivers.modbus.link import BadEcho, DeviceException, LinkDown, NoAnswer
from drivers.modbus.map import load_map
from drivers.modbus.tcp import LONGEST_PAUSE_S, Silence, TcpLink, TcpServer
from kernel.asset import Asset
from kernel.command import Command, Transmission
from kernel.point import Operation
from kernel.quality import OLD
from kernel.site import Device
from simulators.devices.make import make_bank

pytestmark = pytest.mark.system
GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "modbus").glob("*.toml"))
HOST = "127.0.0.1"
SHORT_S = 0.15


class WallClock:
    """Operational time at real pace."""

    factor = 1.0

    def now_ns(self) -> int:
        return time.time_ns()

    async def sleep_until(self, at_ns: int) -> None:
        await asyncio.sleep((at_ns - self.now_ns()) / 1e9)


class Recorder:
    """A bank that holds given cells and remembers what was written."""

    def __init__(self, cells: dict[tuple[str, int], int]) -> None:
        self.cells = cells
        self.writes: list[tuple[str, int, list[int]]] = []

    def read(self, table, address, count, now_ns):
        try:
            return [self.cells[table, place] for place in range(address, address + count)]
        except KeyError:
            raise IllegalAddress(table, address, count) from None

    def write(self, table, address, values, now_ns):
        self.writes.append((table, address, list(values)))


@asynccontextmanager
async def serving(bank, **more):
    server = TcpServer(bank, WallClock(), **more)
    await server.open()
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def linked(port: int, timeout_s: float = 2.0):
    link = TcpLink(HOST, port, timeout_s=timeout_s)
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def scripted(reply: Callable[[bytes], Awaitable[bytes | None]]):
    """A server that answers each packet as the script says; after half an answer or None it hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.read(1000):
                answer = await reply(request)
                writer.write(answer or b"")
                if answer is None or fault_of_reply(request, answer) is INCOMPLETE:
                    break
        except ConnectionResetError:
            pass  # the client under test drops connections at will
        finally:
            writer.close()

    server = await asyncio.start_server(talk, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def golden(path: Path) -> dict:
    return tomllib.loads(path.read_text())


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_the_link_sends_and_understands_the_bytes_of_the_specification(path):
    case, seen = golden(path), []

    async def reply(request: bytes) -> bytes:
        seen.append(request)
        return bytes.fromhex(case["response"])

    async with scripted(reply) as port, linked(port) as link:
        table = Table(case["table"])
        if "exception" in case:
            with pytest.raises(DeviceException) as refusal:
                await link.read(1, table, case["address"], case["count"])
            assert refusal.value.code == case["exception"]
        elif case["action"] == "read":
            assert await link.read(1, table, case["address"], case["count"]) == case["values"]
        else:
            await link.write(1, table, case["address"], case["values"])
    assert seen == [bytes.fromhex(case["request"])]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_the_server_answers_with_the_bytes_of_the_specification(path):
    case = golden(path)
    reading = case["action"] == "read"
    cells = {(case["table"], case["address"] + place): raw for place, raw in enumerate(case["values"])}
    bank = Recorder(cells if reading else {})
    async with serving(bank) as server:
        assert await raw_exchange(server.port, bytes.fromhex(case["request"])) == bytes.fromhex(
            case["response"]
        )
    assert bank.writes == ([] if reading else [(case["table"], case["address"], case["values"])])


async def raw_exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(request)
    async with asyncio.timeout(5):
        answer = await reader.read(1000)
    writer.close()
    await writer.wait_closed()
    return answer


METER = Device(name="meter_f11", asset="f11", map="feeder_meter")
BREAKER = Device(name="breaker_cb15", asset="cb15", map="breaker")
WORLD = {"active_power": 6000.0, "reactive_power": 1200.0, "voltage": 20.5, "current": 172.5}


def meter():
    bank = make_bank(METER, Asset(name="f11", kind="feeder"))
    bank.sense(WORLD, 0)
    return bank


def breaker():
    return make_bank(BREAKER, Asset(name="cb15", kind="breaker"), {"position": 1.0})


def driver_on(device: Device, link: TcpLink):
    points = load_map(device.map).points(device.asset, device.name)
    return make(device, points, range(len(points)), WallClock(), link)


def pulse() -> Command:
    return Command(
        id="c1", trace="t", point="cb15/close", value=1.0, operation=Operation.PULSE, tick=1, issued_at_ns=0,
        valid_until_ns=2**62, authority="gate", revision="r", reason="test",
    )  # fmt: skip


async def test_a_driver_reads_a_simulated_device_over_a_socket():
    async with serving(meter()) as server, linked(server.port) as link:
        block = await driver_on(METER, link).read()
    assert block.value.tolist() == list(WORLD.values())
    assert not block.quality.any()


async def lost_reply() -> tuple[Transmission, list[str]]:
    """One close pulse to a breaker whose answer is lost, then a read once the line is good again."""
    bank = breaker()
    async with serving(bank) as server, linked(server.port, SHORT_S) as link:
        driver = driver_on(BREAKER, link)
        await server.silence(Silence.LOST_REPLY)
        sent = await driver.write(pulse())
        await server.silence(Silence.NONE)
        await driver.read()
    return sent.transmission, [one.quantity for one in bank.journal]


async def test_a_pulse_whose_answer_is_lost_is_executed_exactly_once():
    assert await lost_reply() == (Transmission.NO_ANSWER, ["close"])


def test_a_pulse_whose_answer_is_lost_is_executed_exactly_once_under_uvloop():
    assert uvloop.run(lost_reply()) == (Transmission.NO_ANSWER, ["close"])


async def test_a_request_to_a_silent_device_is_lost_and_stays_lost():
    bank = breaker()
    async with serving(bank) as server, linked(server.port, SHORT_S) as link:
        driver = driver_on(BREAKER, link)
        await server.silence(Silence.NO_ANSWER)
        assert (await driver.write(pulse())).transmission is Transmission.NO_ANSWER
        assert (await driver.read()).quality.all()
        await server.silence(Silence.NONE)
        assert not (await driver.read()).quality.any()
    assert bank.journal == ()


async def test_a_request_lost_in_a_silence_is_not_executed_when_the_device_is_back():
    bank = breaker()
    close_pulse = bytes.fromhex("0001 0000 0006 01 05 0001 ff00")
    read_coil = bytes.fromhex("0002 0000 0006 01 01 0000 0001")
    async with serving(bank) as server:
        await server.silence(Silence.NO_ANSWER)
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(close_pulse)
        async with asyncio.timeout(5):
            while not any(one.recv_buffer for one in server._server.active_connections.values()):  # noqa: ASYNC110
                await asyncio.sleep(0)
        await server.silence(Silence.NONE)
        writer.write(read_coil)
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert await reader.read(100) == b""
        writer.close()
    assert bank.journal == ()


async def test_nothing_leaves_for_a_device_that_does_not_listen_and_its_return_is_noticed():
    bank = breaker()
    async with serving(bank) as server, linked(server.port) as link:
        driver = driver_on(BREAKER, link)
        assert not (await driver.read()).quality.any()
        await server.silence(Silence.CLOSED)
        await asyncio.sleep(0)
        assert ((await driver.read()).quality & OLD).all()
        assert (await driver.write(pulse())).transmission is Transmission.NOT_SENT
        await server.silence(Silence.NONE)
        async with asyncio.timeout(5):
            while (await driver.read()).quality.any():  # noqa: ASYNC110 - the link tells nobody
                await asyncio.sleep(0)
    assert bank.journal == ()


async def test_a_late_answer_is_never_taken_for_the_next_one():
    late = asyncio.Event()
    answers = iter(
        [bytes.fromhex("0001 0000 0005 01 03 02 0bad"), bytes.fromhex("0001 0000 0005 01 03 02 0007")]
    )

    async def reply(request: bytes) -> bytes:
        answer = next(answers)
        if answer.endswith(b"\x0b\xad"):
            await late.wait()
        return answer

    async with scripted(reply) as port, linked(port, SHORT_S) as link:
        with pytest.raises(NoAnswer):
            await link.read(1, Table.HOLDING, 0, 1)
        late.set()
        assert await link.read(1, Table.HOLDING, 0, 1) == [7]


async def test_a_cancelled_caller_takes_its_connection_with_it():
    asked, over = asyncio.Event(), asyncio.Event()
    connections = []

    async def reply(request: bytes) -> bytes:
        connections.append(request)
        asked.set()
        if len(connections) == 1:
            await over.wait()
        return bytes.fromhex("0001 0000 0005 01 03 02 0007")

    async with scripted(reply) as port, linked(port) as link:
        reading = asyncio.create_task(link.read(1, Table.HOLDING, 0, 1))
        await asked.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await link.read(1, Table.HOLDING, 0, 1) == [7]
        over.set()
    # transaction 1 again: it is the first one of a new connection
    assert [frame[:2] for frame in connections] == [b"\0\1", b"\0\1"]


async def test_a_connection_closed_instead_of_an_answer_does_not_wait_for_the_time_out():
    async def reply(request: bytes) -> None:
        return None

    async with scripted(reply) as port, linked(port, timeout_s=30.0) as link, asyncio.timeout(5):
        with pytest.raises(NoAnswer, match="closed"):
            await link.write(1, Table.COIL, 0, [1])


async def test_an_answer_in_pieces_is_put_together():
    answer = bytes.fromhex("0001 0000 0007 01 03 04 0001 0002")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        for byte in answer:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)  # the client may look after every byte
        writer.close()

    server = await asyncio.start_server(talk, HOST, 0)
    async with linked(server.sockets[0].getsockname()[1]) as link:
        assert await link.read(1, Table.HOLDING, 0, 2) == [1, 2]
    server.close()
    await server.wait_closed()


async def test_one_request_at_a_time_is_under_way():
    under_way = most = 0

    async def reply(request: bytes) -> bytes:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return request[:4] + bytes.fromhex("0005 01 03 02 0007")

    async with scripted(reply) as port, linked(port) as link:
        answers = await asyncio.gather(*(link.read(1, Table.HOLDING, 0, 1) for _ in range(20)))
    assert answers == [[7]] * 20
    assert most == 1


@pytest.mark.parametrize("wrong", [b"\xff\xff", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(300)], ids=len)
async def test_rubbish_instead_of_an_answer_is_a_finding_at_once(wrong):
    async def reply(request: bytes) -> bytes:
        return wrong

    async with scripted(reply) as port, linked(port, timeout_s=30.0) as link, asyncio.timeout(5):
        with pytest.raises(BadEcho):
            await link.read(1, Table.HOLDING, 0, 1)


async def rubbish_answers(seed: int, rounds: int) -> int:
    """Feed a link damaged answers, each followed by a good one; return how many were believed."""
    dice = random.Random(seed)
    good = bytes.fromhex("0001 0000 0007 01 03 04 0001 0002")
    believed, damaged = 0, True

    async def reply(request: bytes) -> bytes:
        if not damaged:
            return request[:2] + good[2:]
        if dice.random() < 0.3:
            return dice.randbytes(dice.randrange(1, 300))
        answer = bytearray(request[:2] + good[2:])
        answer[dice.randrange(len(answer))] ^= dice.randrange(1, 256)
        return bytes(answer[: dice.randrange(1, len(answer) + 1)])

    async with scripted(reply) as port, linked(port, timeout_s=30.0) as link:
        for _ in range(rounds):
            damaged = True
            try:
                values = await link.read(1, Table.HOLDING, 0, 2)
            except (BadEcho, NoAnswer, DeviceException):
                values = []
            # a flipped bit in the data cannot be told from data: TCP's checksum is for that
            believed += len(values) == 2
            damaged = False
            assert await link.read(1, Table.HOLDING, 0, 2) == [1, 2]
    return believed


async def test_damaged_answers_are_typed_failures_and_the_next_request_works():
    assert await rubbish_answers(seed=1, rounds=150) < 15


def test_damaged_answers_are_typed_failures_and_the_next_request_works_under_uvloop():
    assert uvloop.run(rubbish_answers(seed=2, rounds=150)) < 15


async def test_rubbish_to_the_server_leaves_it_answering():
    dice = random.Random(7)
    request = bytes.fromhex("0001 0000 0006 01 04 0000 0008")
    async with serving(meter()) as server, linked(server.port) as link:
        expected = await link.read(1, Table.INPUT, 0, 8)
        for _ in range(100):
            damaged = bytearray(request * dice.randrange(1, 4))
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            rubbish = damaged if dice.random() < 0.5 else dice.randbytes(dice.randrange(1, 600))
            _, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(rubbish)
            assert await link.read(1, Table.INPUT, 0, 8) == expected
            writer.close()
            await writer.wait_closed()


async def test_the_server_refuses_what_the_device_refuses():
    async with serving(breaker()) as server, linked(server.port) as link:
        for address, values, code in [(5, [1], 2), (0, [1, 1], 3)]:
            with pytest.raises(DeviceException) as refusal:
                await link.write(1, Table.COIL, address, values)
            assert refusal.value.code == code
        with pytest.raises(DeviceException, match="gateway target"):
            await link.read(9, Table.COIL, 0, 1)


async def test_the_pause_between_attempts_doubles_up_to_two_seconds():
    with socket.socket() as taken:  # bound and not listening: connections are refused
        taken.bind((HOST, 0))
        link = TcpLink(HOST, taken.getsockname()[1])
        pauses = []
        for _ in range(7):
            with pytest.raises(LinkDown, match="cannot be reached"):
                await link.read(1, Table.COIL, 0, 1)
            with pytest.raises(LinkDown, match="due later"):
                await link.read(1, Table.COIL, 0, 1)
            pauses.append(link._pause_s)
            link._next_attempt_s = 0.0
        assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


async def test_small_requests_do_not_wait_for_more():
    async with serving(meter()) as server, linked(server.port) as link:
        await link.open()
        raw = link._client.ctx.transport.get_extra_info("socket")
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@contextmanager
def hanging_up(*, reset: bool) -> Iterator[int]:
    """A device in a thread of its own that accepts connections and closes each at once, by FIN or RST."""
    with socket.create_server((HOST, 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    taken, _ = listening.accept()
                    if reset:
                        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    taken.close()

        thread = Thread(target=accept)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


async def reach(port: int, connects: int) -> set[Transmission]:
    """Read and write a breaker as often; return how the writes ended."""
    ends = set()
    async with linked(port, timeout_s=5.0) as link:
        driver = driver_on(BREAKER, link)
        for _ in range(connects):
            link._next_attempt_s = 0.0
            assert ((await driver.read()).quality & OLD).all()
            link._next_attempt_s = 0.0
            ends.add((await driver.write(pulse())).transmission)
    return ends


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_device_that_accepts_and_closes_at_once_is_away_and_nothing_else(run, reset):
    with hanging_up(reset=reset) as port:
        assert run(reach(port, 300)) <= {Transmission.NOT_SENT, Transmission.NO_ANSWER}


async def test_a_connection_that_is_gone_before_its_first_request_is_a_link_that_is_down(monkeypatch):
    connect = tcp.AsyncModbusTcpClient.connect

    async def connect_and_lose(client):
        connected = await connect(client)
        client.ctx.transport.close()
        return connected

    async with serving(meter()) as server, linked(server.port) as link:
        with monkeypatch.context() as patched:
            patched.setattr(tcp.AsyncModbusTcpClient, "connect", connect_and_lose)
            with pytest.raises(LinkDown, match="cannot be reached"):
                await link.ready()
            assert link._pause_s > 0.0
        link._next_attempt_s = 0.0
        assert len(await link.read(1, Table.INPUT, 0, 2)) == 2


async def test_opening_a_link_to_a_device_that_is_away_is_no_error():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        async with linked(taken.getsockname()[1]) as link:
            await link.open()
            with pytest.raises(LinkDown):
                await link.read(1, Table.INPUT, 0, 2)


async def test_two_servers_cannot_share_a_port():
    async with serving(meter()) as server:
        with pytest.raises(RuntimeError):
            await TcpServer(meter(), WallClock(), port=server.port).open()
