"""What others publish arrives in an inbox, on every connection anew, against a real mosquitto."""

import asyncio

import pytest

from drivers.historian.backoff import Backoff
from drivers.mqtt.broker import free_port
from drivers.mqtt.inbox import Inbox
from drivers.mqtt.link import MqttLink, address_of
from drivers.mqtt.message import IncomingMessage, OutgoingMessage
from kernel.shell.clock import SystemClock
from tests.contract.check_historian_mqtt import mosquitto

pytestmark = pytest.mark.system
QUICK = Backoff(first_s=0.05, longest_s=0.1)


def link_to(port: int, site: str) -> MqttLink:
    return MqttLink(address_of(f"mqtt://127.0.0.1:{port}"), site, clock=SystemClock(), backoff=QUICK)


def numbered(*numbers: int, qos: int = 1) -> list[OutgoingMessage]:
    return [OutgoingMessage(topic="x/a", payload=b"%d" % number, qos=qos) for number in numbers]


async def hear(inbox: Inbox, count: int) -> list[IncomingMessage]:
    return [await inbox.get() for _ in range(count)]


async def stop(*tasks: asyncio.Task) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_subscription_outlives_the_broker(tmp_path):
    port = free_port()
    speaker, listener = link_to(port, "speaker"), link_to(port, "listener")
    inbox = listener.subscribe("x/#")
    running = [asyncio.create_task(link.run()) for link in (speaker, listener)]
    async with asyncio.timeout(20):
        for number in (1, 2):
            with mosquitto(tmp_path, port):
                assert await speaker.connection_after(number - 1) == number
                assert await listener.connection_after(number - 1) == number
                await speaker.publish(numbered(number))
                assert (await inbox.get()).payload == b"%d" % number
    await stop(*running)


async def test_a_slow_reader_holds_the_broker_back_and_loses_nothing(tmp_path):
    port, count = free_port(), 200
    with mosquitto(tmp_path, port):
        speaker, listener = link_to(port, "speaker"), link_to(port, "listener")
        inbox = listener.subscribe("x/#", most=20)
        running = [asyncio.create_task(link.run()) for link in (speaker, listener)]
        async with asyncio.timeout(20):
            await asyncio.gather(speaker.wait_until_up(), listener.wait_until_up())
            await speaker.publish(numbered(*range(count)))
            heard = [int((await inbox.get()).payload) for _ in range(count)]
        assert (heard, inbox.lost) == (list(range(count)), 0)
        await stop(*running)


async def test_more_retained_messages_than_the_broker_sends_at_once_all_come(tmp_path):
    port, count = free_port(), 100
    kept = [OutgoingMessage(topic=f"x/{number}", payload=b"1", retain=True) for number in range(count)]
    with mosquitto(tmp_path, port):
        speaker, listener = link_to(port, "speaker"), link_to(port, "listener")
        inbox = listener.subscribe("x/#")
        heard = asyncio.create_task(hear(inbox, count))
        running = [asyncio.create_task(speaker.run())]
        async with asyncio.timeout(20):
            await speaker.wait_until_up()
            await speaker.publish(kept)
            running.append(asyncio.create_task(listener.run()))
            assert {message.topic for message in await heard} == {message.topic for message in kept}
        await stop(*running)


async def test_messages_of_quality_0_have_arrived_at_the_broker_when_publish_returns(tmp_path):
    port, count = free_port(), 500
    with mosquitto(tmp_path, port):
        speaker, listener = link_to(port, "speaker"), link_to(port, "listener")
        inbox = listener.subscribe("x/#", most=count)
        running = [asyncio.create_task(link.run()) for link in (speaker, listener)]
        async with asyncio.timeout(20):
            await asyncio.gather(speaker.wait_until_up(), listener.wait_until_up())
            await speaker.publish(numbered(*range(count), qos=0))
            speaker._connection.cut("the cable is cut")
            heard = [int((await inbox.get()).payload) for _ in range(count)]
        assert heard == list(range(count))
        await stop(*running)


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Be a broker that lets nobody subscribe."""
    for answer in (b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x80", b"\x40\x02\x00\x02"):
        await reader.read(1024)
        writer.write(answer)  # CONNACK, SUBACK with a failure, PUBACK of the birth
    await reader.read(1024)
    writer.close()


async def test_a_subscription_that_the_broker_refuses_says_so_and_the_link_goes_on():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server, asyncio.timeout(10):
        link = link_to(server.sockets[0].getsockname()[1], "nord")
        inbox = link.subscribe("y/#")
        running = asyncio.create_task(link.run())
        await link.wait_until_up()
        assert "does not let us subscribe to y/#" in inbox.why_refused
        await stop(running)
