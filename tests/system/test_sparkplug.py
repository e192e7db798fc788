"""The edge node against a real mosquitto and a plain client that plays hosts."""

import asyncio
import contextlib
import queue
import threading
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from drivers.historian.backoff import Backoff, pause
from drivers.historian.batch import Batch, Place, columns_of
from drivers.historian.sink import Down, Stored
from drivers.mqtt.broker import EmbeddedBroker, free_port
from drivers.mqtt.link import address_of
from drivers.mqtt.sparkplug.open import open_sparkplug
from drivers.mqtt.sparkplug.payload import DataType, Metric, Payload, decode, encode
from kernel.measurement import block
from kernel.shell.clock import SystemClock
from kernel.site import Site, SparkplugNode, Uplinks
from tests.contract.check_historian_mqtt import PATIENCE_S, mosquitto
from tests.unit.drivers.historian.outbox_samples import POINTS, SECOND

pytestmark = pytest.mark.system
QUICKLY = SystemClock()
QUICK = Backoff(first_s=0.05, longest_s=0.1)
STATE = "spBv1.0/STATE/scada"
REBIRTH = encode(
    Payload(metrics=(Metric(name="Node Control/Rebirth", datatype=DataType.BOOLEAN, value=True),))
)


class Ear:
    """A plain client that hears the whole namespace, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.kinds: list[str] = []
        ready = threading.Event()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe("spBv1.0/aios/#", qos=1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _client, _user, m: self.heard.put((m.topic, m.payload))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert ready.wait(PATIENCE_S)

    async def next(self, kind: str) -> Payload:
        """The next message of a kind; what comes before it is passed over."""
        while True:
            topic, payload = await asyncio.to_thread(self.heard.get, timeout=PATIENCE_S)
            self.kinds.append(topic.split("/")[2])
            if self.kinds[-1] == kind:
                return decode(payload)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def __enter__(self) -> "Ear":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def site(primary_host: str = "") -> Site:
    return Site(
        name="nord",
        title="",
        base_tick_s=1.0,
        assets=(),
        points=POINTS,
        devices=(),
        loops=(),
        digest="",
        uplinks=Uplinks(sparkplug=SparkplugNode(primary_host=primary_host)),
    )


def batch(second: int, *, quality: int = 0) -> Batch:
    rows = block([0, 1, 2], [float(second)] * 3, [quality, 0, 0], at_ns=second * SECOND)
    return Batch(place=Place(1, second), columns=columns_of(POINTS), blocks=(rows,), documents=())


@contextlib.asynccontextmanager
async def edge_node(port: int, folder: Path, primary_host: str = ""):
    address = address_of(f"mqtt://127.0.0.1:{port}")
    uplink = open_sparkplug(site(primary_host), address, clock=SystemClock(), directory=folder, backoff=QUICK)
    uplink.start()
    try:
        yield uplink
    finally:
        await uplink.close()


async def taken(uplink, offered: Batch) -> Stored:
    """Offer a batch as a lane does, until it is taken."""
    async with asyncio.timeout(PATIENCE_S):
        while not isinstance(answer := await uplink.accept(offered), Stored):
            await pause(QUICKLY, 0.02)
    return answer


async def attempts(link, count: int) -> None:
    """Wait until so many attempts to connect have failed in a row."""
    async with asyncio.timeout(PATIENCE_S):
        while link._failures < count:
            await pause(QUICKLY, 0.02)


def bd_seq(payload: Payload) -> int:
    return next(metric.value for metric in payload.metrics if metric.name == "bdSeq")


@pytest.mark.parametrize("kind", ["mosquitto", "embedded"])
async def test_births_come_before_data_and_a_death_when_it_leaves(tmp_path, kind):
    port = free_port()
    broker = mosquitto(tmp_path, port) if kind == "mosquitto" else EmbeddedBroker(port=port)
    with broker, Ear(port) as ear:
        async with edge_node(port, tmp_path) as uplink:
            assert (await taken(uplink, batch(1))).rows == 3
            birth = await ear.next("NBIRTH")
            assert (birth.seq, bd_seq(birth)) == (0, 0)
            assert [m.name for m in (await ear.next("DBIRTH")).metrics] == ["active_power", "current"]
            data = await ear.next("DDATA")
            assert [(m.alias, m.value) for m in data.metrics] == [(1, 1.0), (2, 1.0)]
        assert bd_seq(await ear.next("NDEATH")) == 0


async def test_a_restart_of_the_broker_is_a_new_session_with_the_next_number(tmp_path):
    port = free_port()
    async with edge_node(port, tmp_path) as uplink:
        for session in range(2):
            with mosquitto(tmp_path, port), Ear(port) as ear:
                await taken(uplink, batch(session + 1))
                if session:  # the first birth may have come before the ear was there
                    assert bd_seq(await ear.next("NBIRTH")) == session
            await attempts(uplink._link, 2)  # that reach nobody, and so use up no number
        assert isinstance(await uplink.accept(batch(9)), Down)


async def test_a_host_may_ask_for_a_birth_and_nothing_else(tmp_path):
    port = free_port()
    with mosquitto(tmp_path, port), Ear(port) as ear:
        async with edge_node(port, tmp_path) as uplink:
            await taken(uplink, batch(1))
            first = await ear.next("NBIRTH")
            other = Metric(name="Node Control/Reboot", datatype=DataType.BOOLEAN, value=True)
            ear.say("spBv1.0/aios/NCMD/nord", encode(Payload(metrics=(other,))))
            ear.say("spBv1.0/aios/NCMD/nord", REBIRTH)
            again = await ear.next("NBIRTH")
            assert (again.seq, bd_seq(again), uplink.refused) == (0, bd_seq(first), 1)
            born = (await ear.next("DBIRTH")).metrics
            assert [m.value for m in born] == [1.0, 1.0]


async def test_a_command_that_the_broker_had_kept_is_not_obeyed(tmp_path):
    port = free_port()
    with mosquitto(tmp_path, port), Ear(port) as ear:
        ear.say("spBv1.0/aios/NCMD/nord", REBIRTH, retain=True)
        async with edge_node(port, tmp_path) as uplink:
            for second in range(1, 5):
                await taken(uplink, batch(second))
                await ear.next("DDATA")
            assert uplink.refused
    assert ear.kinds.count("NBIRTH") == 1


async def test_hosts_that_ask_too_often_get_one_birth(tmp_path):
    port = free_port()
    with mosquitto(tmp_path, port), Ear(port) as ear:
        async with edge_node(port, tmp_path) as uplink:
            await taken(uplink, batch(1))
            await ear.next("NBIRTH")
            for _ in range(10):
                ear.say("spBv1.0/aios/NCMD/nord", REBIRTH)
            await ear.next("NBIRTH")
            for second in range(2, 30):
                await taken(uplink, batch(second))
                await ear.next("DDATA")
    assert ear.kinds.count("NBIRTH") == 2


async def test_data_waits_until_the_primary_host_is_there_and_the_node_leaves_with_it(tmp_path):
    port = free_port()
    with mosquitto(tmp_path, port), Ear(port) as ear:
        async with edge_node(port, tmp_path, "scada") as uplink:
            await uplink._link.wait_until_up()
            answer = await uplink.accept(batch(1))
            assert isinstance(answer, Down)
            assert "scada is not online" in answer.reason
            ear.say(STATE, b'{"online": true, "timestamp": 5}', retain=True)
            await taken(uplink, batch(1))
            assert bd_seq(await ear.next("NBIRTH")) == 0
            ear.say(STATE, b'{"online": false, "timestamp": 5}', retain=True)
            assert bd_seq(await ear.next("NDEATH")) == 0
            await uplink._link.connection_after(1)
            assert isinstance(await uplink.accept(batch(2)), Down)
            ear.say(STATE, b'{"online": true, "timestamp": 6}', retain=True)
            await taken(uplink, batch(2))
            assert bd_seq(await ear.next("NBIRTH")) == 1


async def test_a_new_life_of_the_process_goes_on_with_the_next_number(tmp_path):
    port, numbers = free_port(), []
    with mosquitto(tmp_path, port), Ear(port) as ear:
        for life in range(2):
            async with edge_node(port, tmp_path) as uplink:
                await taken(uplink, batch(life + 1))
                numbers.append(bd_seq(await ear.next("NBIRTH")))
    assert numbers == [0, 1]
