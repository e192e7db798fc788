import asyncio
import contextlib

import pytest

from drivers.historian.backoff import Backoff
from drivers.historian.forwarder import Forwarder
from drivers.historian.outbox import Outbox
from drivers.historian.sink import HistorySink
from drivers.historian.sqlite import SqliteHistorian
from drivers.mqtt.broker import EmbeddedBroker, free_port
from drivers.mqtt.link import LinkDown, MqttLink, address_of
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.uplink import MqttUplink
from kernel.shell.clock import SystemClock
from tests.contract.check_historian_mqtt import Subscriber, mosquitto
from tests.unit.drivers.historian.outbox_samples import POINTS, SECOND, order, reading

pytestmark = pytest.mark.system
QUICK = Backoff(first_s=0.05, longest_s=0.2)
STATE = "aios/nord/state"


@pytest.fixture(params=["iotcore", "mosquitto"])
def port(request, tmp_path):
    if request.param == "iotcore":
        with EmbeddedBroker() as broker:
            yield broker.port
    else:
        with mosquitto(tmp_path, free_port()) as number:
            yield number


def link_to(port: int, **settings) -> MqttLink:
    return MqttLink(
        address_of(f"mqtt://127.0.0.1:{port}"), "nord", clock=SystemClock(), backoff=QUICK, **settings
    )


async def stop(*tasks: asyncio.Task) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_telemetry_and_a_repair_order_arrive_at_an_independent_subscriber(port, tmp_path):
    outbox = Outbox(tmp_path / "outbox", POINTS)
    uplink = MqttUplink(link_to(port), "nord")
    uplink.start()
    forwarder = Forwarder(tmp_path / "outbox", [uplink], clock=SystemClock(), poll_s=0.01, backoff=QUICK)
    running = asyncio.create_task(forwarder.run())
    with Subscriber(port) as subscriber:
        outbox.append([reading(5)], [order(5)])
        heard = await asyncio.to_thread(subscriber.wait_for_topic, "aios/nord/telemetry/f11")
        rows = heard.event["data"]["rows"]
        assert [(row["point"], row["value"], row["at_ns"]) for row in rows] == [
            ("f11/active_power", 5.0, 5 * SECOND),
            ("f11/current", 5.0, 5 * SECOND),
        ]
        await asyncio.to_thread(subscriber.wait_for_topic, "aios/nord/repair_order/order-5")
    with Subscriber(port) as latecomer:
        heard = await asyncio.to_thread(latecomer.wait_for_topic, "aios/nord/repair_order/order-5")
        assert heard.retained
        assert heard.event["data"]["title"] == "Top oil too warm"
    await stop(running)
    await forwarder.close()


async def test_the_broker_says_offline_when_the_gateway_vanishes(port):
    link = link_to(port)
    running = asyncio.create_task(link.run())
    with Subscriber(port) as subscriber:
        assert (await asyncio.to_thread(subscriber.wait_for_topic, STATE)).payload == b"online"
        link._connection.cut("no acknowledgement")  # as publish does; no DISCONNECT is sent
        assert (await asyncio.to_thread(subscriber.wait_for_topic, STATE)).payload == b"offline"
        assert (await asyncio.to_thread(subscriber.wait_for_topic, STATE)).payload == b"online"
    await stop(running)


async def test_a_gateway_that_leaves_says_offline_itself(port):
    link = link_to(port)
    running = asyncio.create_task(link.run())
    await link.wait_until_up()
    await stop(running)
    with Subscriber(port) as subscriber:
        heard = await asyncio.to_thread(subscriber.wait_for_topic, STATE)
    assert (heard.payload, heard.retained) == (b"offline", True)


async def test_a_small_message_does_not_wait_for_the_one_before(port):
    link = link_to(port)
    running = asyncio.create_task(link.run())
    await link.wait_until_up()
    assert link._connection._paho.socket().getsockopt(6, 1) != 0  # IPPROTO_TCP, TCP_NODELAY
    await stop(running)


async def test_a_dead_broker_does_not_hold_the_history_back_and_gets_everything_later(tmp_path):
    port, count = free_port(), 30
    outbox = Outbox(tmp_path / "outbox", POINTS)
    for second in range(count):
        outbox.append([reading(second)])
    historian = SqliteHistorian(tmp_path / "history.sqlite", POINTS)
    uplink = MqttUplink(link_to(port), "nord")
    uplink.start()
    forwarder = Forwarder(
        tmp_path / "outbox", [HistorySink(historian), uplink], clock=SystemClock(), poll_s=0.01, backoff=QUICK
    )
    history, mqtt = forwarder.deliveries
    await history.step()
    await mqtt.step()
    assert [(s.up, s.behind_rows) for s in forwarder.standing()] == [(True, 0), (False, 3 * count)]
    with EmbeddedBroker(port=port), Subscriber(port) as subscriber:
        running = asyncio.create_task(forwarder.run())
        heard = [
            (await asyncio.to_thread(subscriber.wait_for_topic, "aios/nord/telemetry/t1")).event
            for _ in range(count)
        ]
        await stop(running)
        await forwarder.close()
    newest_first = [float(count - 1), *(float(second) for second in range(count - 1))]
    assert [event["data"]["rows"][0]["value"] for event in heard] == newest_first
    assert len({event["id"] for event in heard}) == count


@contextlib.asynccontextmanager
async def broker_that_falls_silent():
    """Answer CONNECT and the first PUBLISH, the state message, and read nothing after that."""
    over, connections = asyncio.Event(), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read(1024)
        writer.write(b"\x20\x02\x00\x00")  # CONNACK: accepted
        await reader.read(1024)
        writer.write(b"\x40\x02\x00\x01")  # PUBACK of packet 1
        await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], connections
    finally:
        over.set()
        server.close()


async def test_a_broker_that_falls_silent_is_down_within_the_deadline():
    async with broker_that_falls_silent() as (port, connections), asyncio.timeout(5):
        link = link_to(port, deadline_s=0.3)
        running = asyncio.create_task(link.run())
        await link.wait_until_up()
        with pytest.raises(LinkDown, match="no acknowledgement"):
            await link.publish([OutgoingMessage(topic="aios/nord/x", payload=b"1")])
        await stop(running)
        assert connections


async def test_a_silent_broker_does_not_keep_the_gateway_from_leaving():
    async with broker_that_falls_silent() as (port, connections), asyncio.timeout(5):
        link = link_to(port, deadline_s=0.3)
        running = asyncio.create_task(link.run())
        await link.wait_until_up()
        more_than_a_socket_takes = OutgoingMessage(topic="aios/nord/x", payload=bytes(32 << 20))
        sending = asyncio.create_task(link.publish([more_than_a_socket_takes]))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running, sending})
        assert running.cancelled()
        assert len(connections) == 1
        assert isinstance(sending.exception(), LinkDown)
