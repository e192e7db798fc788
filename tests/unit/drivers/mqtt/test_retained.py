"""A broker that has forgotten what it kept is told again when it is back: the newest of each topic, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from drivers.mqtt.link import LinkDown
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.retained import Retained


class Broker:
    """A link to a broker that is killed when told so; `heard` is what it was told since."""

    def __init__(self) -> None:
        self.heard: list[OutgoingMessage] = []
        self.is_up = True
        self._connections = 1
        self._came = asyncio.Event()

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        if not self.is_up:
            raise LinkDown("killed")
        self.heard += messages

    async def connection_after(self, number: int) -> int:
        while self._connections <= number:
            await self._came.wait()
        return self._connections

    def killed_and_back(self) -> None:
        self.heard.clear()
        self._connections += 1
        self._came.set()
        self._came = asyncio.Event()


def told(text: str, topic: str = "order", *, retain: bool = True) -> OutgoingMessage:
    return OutgoingMessage(topic=topic, payload=text.encode(), retain=retain)


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
async def retained(broker: Broker) -> AsyncIterator[Retained]:
    made = Retained(broker)  # type: ignore[arg-type]
    running = asyncio.create_task(made.run())
    await until_it_waits()
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def until_it_waits() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_newest_of_each_topic_is_told_again(broker: Broker, retained: Retained) -> None:
    await retained.publish([told("1"), told("a", "alarm"), told("5", "telemetry", retain=False)])
    await retained.publish([told("2")])
    broker.killed_and_back()
    await until_it_waits()
    assert broker.heard == [told("2"), told("a", "alarm")]


async def test_what_was_cleared_is_not_told_again(broker: Broker, retained: Retained) -> None:
    await retained.publish([told("1")])
    await retained.publish([told("")])
    broker.killed_and_back()
    await until_it_waits()
    assert broker.heard == []


async def test_what_the_broker_never_had_is_sent_by_who_sends_it_again(
    broker: Broker, retained: Retained
) -> None:
    await retained.publish([told("1")])
    broker.is_up = False
    with pytest.raises(LinkDown):
        await retained.publish([told("2")])
    broker.is_up = True
    broker.killed_and_back()
    await until_it_waits()
    assert broker.heard == [told("1")]


async def test_a_broker_that_goes_again_is_told_at_the_next_connection(
    broker: Broker, retained: Retained
) -> None:
    await retained.publish([told("1")])
    broker.is_up = False
    broker.killed_and_back()
    await until_it_waits()
    broker.is_up = True
    broker.killed_and_back()
    await until_it_waits()
    assert broker.heard == [told("1")]
