import asyncio

import pytest

from aios.testing.seeded_loop import run_seeded
from drivers.historian.sink import Down
from drivers.mqtt.link import Address, LinkDown, MqttLink, address_of
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.uplink import MqttUplink
from drivers.mqtt.window import Window
from tests.unit.drivers.historian.outbox_samples import StepClock
from tests.unit.drivers.mqtt.test_contracts import batch_of


def test_an_address_is_read_with_its_account():
    address = address_of("mqtt://gateway%40nord@broker:1884", password_file="credential:broker")
    assert address == Address(
        host="broker", port=1884, username="gateway@nord", password_file="credential:broker"
    )


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(ValueError, match="a password does not stand in a broker's address") as told:
        address_of("mqtt://gateway:sesame@broker:1884")
    assert "sesame" not in str(told.value)


@pytest.mark.parametrize("url", ["broker:1883", "http://broker", "mqtt://", "mqtt://broker/topic"])
def test_another_address_is_refused_without_its_password(url):
    with pytest.raises(ValueError, match=r"uplinks\.mqtt"):
        address_of(url)


async def test_without_a_connection_publishing_fails_at_once_and_queues_nothing():
    link = MqttLink(address_of("mqtt://127.0.0.1:1"), "nord", clock=StepClock())
    with pytest.raises(LinkDown, match="no connection"):
        await link.publish([OutgoingMessage(topic="aios/x", payload=b"")])


async def test_an_uplink_without_a_connection_is_down():
    link = MqttLink(address_of("mqtt://127.0.0.1:1"), "nord", clock=StepClock())
    assert isinstance(await MqttUplink(link, "nord").accept(batch_of()), Down)


class SlowWire:
    """A connection whose broker takes a while for each message, and is deaf to some."""

    def __init__(self, every_s: float, *, deaf_to: int = -1) -> None:
        self.window = Window(self.take, most=20)
        self.every_s, self.deaf_to = every_s, deaf_to
        self.taken = 0
        self.busy_until_s = 0.0
        self.why_cut = ""

    def take(self, message: OutgoingMessage) -> int:
        loop, number = asyncio.get_running_loop(), self.taken
        self.taken += 1
        self.busy_until_s = max(self.busy_until_s, loop.time()) + self.every_s
        if number != self.deaf_to:
            loop.call_at(self.busy_until_s, self.window.acknowledged, number)
        return number

    async def send(self, messages, moved) -> None:
        await self.window.send(messages, moved)

    def cut(self, why: str) -> None:
        self.why_cut = why


def over(wire: SlowWire) -> MqttLink:
    link = MqttLink(address_of("mqtt://127.0.0.1:1"), "nord", clock=StepClock(), deadline_s=5.0)
    link._connection = wire
    return link


def some(count: int) -> list[OutgoingMessage]:
    return [OutgoingMessage(topic="aios/x", payload=b"") for _ in range(count)]


def test_an_append_of_any_size_gets_through_while_the_broker_acknowledges():
    async def publish() -> tuple[int, str, float]:
        wire = SlowWire(4.0)
        await over(wire).publish(some(100))
        return wire.taken, wire.why_cut, asyncio.get_running_loop().time()

    assert run_seeded(publish(), seed=1) == (100, "", 400.0)


@pytest.mark.parametrize(("count", "deaf_to"), [(1, 0), (30, 7), (30, 29)])
def test_a_broker_that_falls_silent_is_cut_off_a_deadline_after_its_last_acknowledgement(count, deaf_to):
    async def publish() -> tuple[str, float]:
        wire = SlowWire(1.0, deaf_to=deaf_to)
        with pytest.raises(LinkDown, match="no acknowledgement within 5"):
            await over(wire).publish(some(count))
        return wire.why_cut, asyncio.get_running_loop().time()

    last_s = {0: 0.0, 7: 30.0, 29: 29.0}[deaf_to]
    assert run_seeded(publish(), seed=1) == ("no acknowledgement within 5.0 s", last_s + 5.0)
