"""Sending: a signed command to a broker, again and again until the gateway's answer has come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Final

import msgspec

from drivers.mqtt.address import Address
from drivers.mqtt.command_answers import CommandAnswer
from drivers.mqtt.contracts import Event
from drivers.mqtt.link import LinkDown, MqttLink
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.presence import NoPresence
from drivers.mqtt.topics import answer_topic, commands_topic
from edge.intake.token import digest_of
from kernel.shell.clock import SystemClock

REPEAT_S: Final = 3.0
"""Real seconds after which the token is sent again: it has its effect once, and its answers come again."""
_answer: Final = msgspec.json.Decoder(Event[CommandAnswer])


async def answers_to(token: str, id: str, site: str, broker: Address) -> AsyncGenerator[CommandAnswer, None]:  # noqa: A002
    """Send a token and yield the answers to it, each once, for as long as they are asked for.

    An answer to another token with this id is left out. That the gateway said it is not proved: the broker is
    believed as far as it goes, and the gateway's journal is the evidence.
    """
    link = MqttLink(broker, site, clock=SystemClock(), presence=NoPresence())
    inbox = link.subscribe(answer_topic(site, id))
    tasks = [asyncio.create_task(link.run(), name="link"), asyncio.create_task(_repeat(link, site, token))]
    known: set[str] = set()
    try:
        while True:
            event = _read((await inbox.get()).payload)
            if event is None or event.data.digest != digest_of(token) or event.id in known:
                continue
            known.add(event.id)
            yield event.data
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(link: MqttLink, site: str, token: str) -> None:
    message = OutgoingMessage(topic=commands_topic(site), payload=token.encode())
    while True:
        await link.wait_until_up()
        with contextlib.suppress(LinkDown):
            await link.publish([message])
        await asyncio.sleep(REPEAT_S)


def _read(payload: bytes) -> Event[CommandAnswer] | None:
    try:
        return _answer.decode(payload)
    except msgspec.DecodeError:
        return None
