import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.window import LinkDown, Window


class Broker:
    """Takes messages and acknowledges them when told."""

    def __init__(self, most: int) -> None:
        self.window = Window(self.take, most=most)
        self.taken: list[str] = []
        self.open: list[int] = []
        self.most_open = 0

    def take(self, message: OutgoingMessage) -> int:
        self.taken.append(message.topic)
        if message.qos:
            self.open.append(len(self.taken))
            self.most_open = max(self.most_open, len(self.open))
        return len(self.taken)

    def acknowledge(self, place: int = 0) -> None:
        self.window.acknowledged(self.open.pop(place % len(self.open)))


def messages(count: int, qos: int = 1) -> list[OutgoingMessage]:
    return [OutgoingMessage(topic=str(number), payload=b"", qos=qos) for number in range(count)]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@given(st.integers(1, 6), st.integers(0, 30), st.lists(st.integers(0, 5), min_size=30, max_size=30))
def test_order_is_kept_and_the_bound_holds_whatever_the_order_of_acknowledgements(most, count, places):
    async def run() -> Broker:
        broker = Broker(most)
        sending = asyncio.create_task(broker.window.send(messages(count)))
        for place in places[:count]:
            await settle()
            assert not sending.done()
            broker.acknowledge(place)
        await asyncio.wait_for(sending, 1)
        return broker

    broker = asyncio.run(run())
    assert broker.taken == [str(number) for number in range(count)]
    assert broker.most_open <= most
    assert not broker.open


async def test_the_next_message_goes_when_one_is_acknowledged_not_when_all_are():
    broker = Broker(2)
    sending = asyncio.create_task(broker.window.send(messages(3)))
    await settle()
    assert broker.taken == ["0", "1"]
    broker.acknowledge()
    await settle()
    assert broker.taken == ["0", "1", "2"]
    broker.acknowledge()
    await settle()
    assert not sending.done()
    broker.acknowledge()
    await sending


async def test_two_senders_each_return_with_their_own_acknowledgements():
    broker = Broker(4)
    one, other = (asyncio.create_task(broker.window.send(messages(2))) for _ in range(2))
    await settle()
    broker.acknowledge(2)
    broker.acknowledge(2)
    await settle()
    assert (one.done(), other.done()) == (False, True)
    broker.acknowledge()
    broker.acknowledge()
    await one


async def test_a_sender_is_told_of_what_brings_it_on_and_of_nothing_else():
    broker, moves = Broker(2), list[str]()
    other = asyncio.create_task(broker.window.send(messages(1)))
    await settle()
    mine = asyncio.create_task(broker.window.send(messages(2), lambda: moves.append("moved")))
    await settle()
    broker.acknowledge(1)
    await settle()
    assert moves == ["moved"], "there is room for the second"
    broker.acknowledge(0)
    await settle()
    assert (other.done(), moves) == (True, ["moved"]), "that one was not mine"
    broker.acknowledge()
    await mine
    assert moves == ["moved"] * 2


async def test_a_closed_window_ends_who_sends_and_takes_nothing_more():
    broker = Broker(1)
    sending = asyncio.create_task(broker.window.send(messages(2)))
    await settle()
    broker.window.close("the cable is cut")
    with pytest.raises(LinkDown, match="cable"):
        await asyncio.wait_for(sending, 1)
    with pytest.raises(LinkDown, match="cable"):
        await asyncio.wait_for(broker.window.send(messages(1)), 1)
    assert broker.taken == ["0"]


async def test_messages_of_quality_0_wait_for_nothing():
    broker = Broker(1)
    await broker.window.send(messages(5, qos=0))
    assert len(broker.taken) == 5
