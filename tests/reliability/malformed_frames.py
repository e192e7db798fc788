"""Malformed Modbus answers, in both framings, at the link as it is: without sockets and without waiting.

A route in memory answers every request with a damaged copy of its valid answer, in pieces, or cut off; time
is virtual, so that an answer that never comes costs nothing. Part of them goes through real sockets, behind a
bad wire.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from aios.testing.seeded_loop import run_seeded
from drivers.modbus.driver import make
from drivers.modbus.entry import Table
from drivers.modbus.framing import MBAP, RTU, Framing
from drivers.modbus.link import FAILURES
from drivers.modbus.map import load_map
from drivers.modbus.rtu_frame import checksum
from drivers.modbus.stream_link import StreamLink
from kernel.shell.clock import VirtualClock
from kernel.site import Device
from tests.reliability.malformed import Found
from tests.reliability.mutate import mutated, pieces

VALID_EVERY: Final = 50
"""After so many malformed answers a valid one must be believed."""
BLOCK_EVERY: Final = 10
"""Of so many requests one is a driver's whole reading."""
READS: Final = ((Table.HOLDING, 3), (Table.INPUT, 4), (Table.COIL, 1), (Table.DISCRETE, 2))


def answer_to(body: bytes) -> bytes:
    """Return a valid answer to the body of a request, function code first, with registers 0, 1, 2 ..."""
    function, count = body[0], int.from_bytes(body[3:5])
    if function in (3, 4):
        words = b"".join((number & 0x3FFF).to_bytes(2) for number in range(count))
        return bytes([function, 2 * count]) + words
    if function in (1, 2):
        size = -(-count // 8)
        return bytes([function, size]) + b"\x55" * size
    return body[:5]


def framed(framing: Framing, request: bytes, body: bytes) -> bytes:
    """Put an answer into the frame of its request."""
    if framing is MBAP:
        return request[:4] + (len(body) + 1).to_bytes(2) + request[6:7] + body
    frame = request[:1] + body
    return frame + checksum(frame)


@dataclass(slots=True)
class MemoryTransport:
    """One connection to a device in memory."""

    route: MemoryRoute
    listener: Any
    closing: bool = False

    def is_closing(self) -> bool:
        return self.closing

    def write(self, request: bytes) -> None:
        asyncio.get_running_loop().call_soon(self._answered, bytes(request))

    def abort(self) -> None:
        if not self.closing:
            self.closing = True
            asyncio.get_running_loop().call_soon(self.listener.connection_lost, None)

    def _answered(self, request: bytes) -> None:
        for piece in self.route.answer(request):
            if not self.closing and piece:
                self.listener.data_received(piece)
        if self.route.hangs_up():
            self.abort()


@dataclass(slots=True)
class MemoryRoute:
    """A way to a device that damages what it says, unless it is told to be sound."""

    framing: Framing
    dice: random.Random
    sound: bool = True
    name: str = "memory"
    gap_s: float = 0.0
    can_drop: bool = True

    async def connect(self, listening: Callable[[], Any]) -> None:
        listener = listening()
        listener.connection_made(MemoryTransport(self, listener))

    def answer(self, request: bytes) -> list[bytes]:
        valid = framed(self.framing, request, answer_to(self.framing.body(request)))
        return [valid] if self.sound else pieces(mutated(valid, self.dice), self.dice)

    def hangs_up(self) -> bool:
        return not self.sound and self.dice.random() < 0.05


@dataclass(slots=True)
class Client:
    """One framing: a link, and a driver over it."""

    name: str
    route: MemoryRoute
    link: StreamLink
    driver: Any
    requests: int = 0
    found: Found = field(default_factory=lambda: Found("modbus"))


def client(name: str, framing: Framing, dice: random.Random, found: Found) -> Client:
    """Make a link over a route in memory, and a driver over the link."""
    route = MemoryRoute(framing=framing, dice=dice)
    link = StreamLink(route, timeout_s=0.5)
    device = Device(name="m", asset="f11", map="feeder_meter")
    points = load_map("feeder_meter").points("f11", "m")
    driver = make(device, points, range(len(points)), VirtualClock(start_ns=10**18), link)
    return Client(name=name, route=route, link=link, driver=driver, found=found)


async def ask(one: Client, dice: random.Random) -> None:
    """Ask once, and judge what comes of it."""
    if dice.randrange(BLOCK_EVERY) == 0:
        block = await one.driver.read()
        if len(block) != len(one.driver.points) or not np.isfinite(block.value).all():
            one.found.breaks(f"{one.name}: a reading of {len(block)} rows, or a number that is none")
        return
    table, function = dice.choice(READS)
    count = dice.randint(1, 60)
    if dice.random() < 0.2 and table in (Table.HOLDING, Table.COIL):
        await one.link.write(1, table, dice.randrange(1000), [1] * dice.choice((1, count)))
        return
    numbers = await one.link.read(1, table, dice.randrange(1000), count)
    most = 0xFFFF if function in (3, 4) else 1
    if len(numbers) != count or not all(0 <= number <= most for number in numbers):
        one.found.breaks(f"{one.name}: {count} asked for, {len(numbers)} believed")


async def malformed_answers(one: Client, dice: random.Random, count: int) -> None:
    """Ask `count` times of a device that damages its answers; now and then it is sound."""
    for number in range(count):
        one.route.sound = False
        try:
            await ask(one, dice)
        except FAILURES as failure:
            one.found.counts[type(failure).__name__] += 1
        except Exception as failure:  # noqa: BLE001 - that is what is looked for
            one.found.breaks(f"{one.name}: {type(failure).__name__}: {failure}")
        else:
            one.found.counts["believed"] += 1
        if number % VALID_EVERY == 0:
            one.route.sound = True
            await sound(one)


async def sound(one: Client) -> None:
    """A valid answer is believed, at once."""
    with one.found.valid():
        try:
            numbers = await one.link.read(1, Table.HOLDING, 0, 3)
        except FAILURES as failure:
            one.found.breaks(f"{one.name}: a valid answer was not believed: {failure}")
        else:
            if numbers != [0, 1, 2]:
                one.found.breaks(f"{one.name}: a valid answer reads {numbers}")


def malformed_frames(seed: int, count: int, found: Found) -> None:
    """Feed `count` malformed answers to links of both framings, half each."""
    for name, framing, share in (("MBAP", MBAP, count - count // 2), ("RTU", RTU, count // 2)):
        dice = random.Random(f"{seed}/{name}")

        async def run(name: str = name, framing: Framing = framing, share: int = share) -> None:
            failures: list[Any] = []
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, told: failures.append(told))
            one = client(name, framing, dice, found)  # noqa: B023 - it ends before the next one begins
            await malformed_answers(one, dice, share)  # noqa: B023
            await one.driver.close()
            for told in failures:
                found.breaks(f"{name}: in a callback: {told.get('exception') or told.get('message')}")

        run_seeded(run(), seed)
