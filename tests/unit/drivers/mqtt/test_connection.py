from types import SimpleNamespace
from typing import Any

import pytest

from drivers.mqtt.connection import Connection
from drivers.mqtt.message import OutgoingMessage


class ReadyBroker:
    """What lies beneath aiomqtt: takes every message, answers every question at once."""

    def __init__(self) -> None:
        self.on_socket_open: Any = None
        self.sent: list[str] = []
        self.connection: Connection | None = None

    def publish(self, topic: str, *_: object) -> SimpleNamespace:
        self.sent.append(topic)
        return SimpleNamespace(rc=0, mid=len(self.sent))

    def subscribe(self, _topic: str, **_: object) -> tuple[int, int]:
        self.sent.append("?")
        return 0, len(self.sent)


@pytest.mark.parametrize(("count", "questions"), [(1, 1), (100, 1), (250, 3)])
async def test_the_broker_is_asked_after_each_hundred_messages_that_it_does_not_acknowledge(count, questions):
    broker, moves = ReadyBroker(), list[int]()
    connection = Connection(SimpleNamespace(_client=broker), ())  # type: ignore[arg-type]

    async def answered(asked: tuple[int, int]) -> None:
        assert asked[0] == 0

    connection._answer_to = answered  # type: ignore[method-assign]
    messages = [OutgoingMessage(topic="x", payload=b"", qos=0)] * count
    await connection.send(messages, lambda: moves.append(len(broker.sent)))
    assert (broker.sent.count("x"), broker.sent.count("?"), broker.sent[-1]) == (count, questions, "?")
    assert len(moves) == questions, "each answer begins the deadline anew"
