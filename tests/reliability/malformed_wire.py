"""Malformed Modbus answers on real sockets: a device that damages what it says, in both framings."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any, Final

from drivers.modbus.entry import Table
from drivers.modbus.framing import MBAP, RTU, Framing
from drivers.modbus.link import FAILURES, LinkDown
from drivers.modbus.route import TcpRoute
from drivers.modbus.stream_link import StreamLink
from tests.reliability.malformed import LONGEST_S, Found
from tests.reliability.malformed_frames import VALID_EVERY, answer_to, framed
from tests.reliability.mutate import mutated, pieces

TIMEOUT_S: Final = 0.04
_RTU_READ: Final = 8
"""Bytes of a read request in RTU framing."""


class RubbishDevice:
    """Answers reads on a port of its own, damaged unless it is sound; half of the time it then hangs up."""

    def __init__(self, framing: Framing, dice: random.Random) -> None:
        self.sound = True
        self._framing, self._dice = framing, dice
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[Any] | None] = set()

    async def open(self) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Hang up."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*(task for task in self._serving if task is not None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self._serving.add(asyncio.current_task())
        try:
            while not writer.is_closing():
                await self._answer(reader, writer)
        except (OSError, EOFError):  # the client dropped the connection, as it should
            pass
        finally:
            self._writers.discard(writer)
            self._serving.discard(asyncio.current_task())
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readexactly(6 if self._framing is MBAP else _RTU_READ)
        if self._framing is MBAP:
            request += await reader.readexactly(int.from_bytes(request[4:6]))
        valid = framed(self._framing, request, answer_to(self._framing.body(request)))
        for piece in [valid] if self.sound else pieces(mutated(valid, self._dice), self._dice):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if not self.sound and self._dice.random() < 0.5:
            writer.transport.abort()


async def malformed_on_sockets(seed: int, count: int, found: Found) -> None:
    """Ask `count` times of devices on sockets that damage their answers, half in each framing."""
    failures: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: failures.append(told))
    for framing, share in ((MBAP, count - count // 2), (RTU, count // 2)):
        device = RubbishDevice(framing, random.Random(f"{seed}/{framing.numbered}"))
        port = await device.open()
        link = StreamLink(TcpRoute(host="127.0.0.1", port=port, rtu=framing is RTU), timeout_s=TIMEOUT_S)
        try:
            for number in range(share):
                device.sound = False
                await _asked(link, found)
                if number % VALID_EVERY == 0:
                    device.sound = True
                    await _sound(link, found)
        finally:
            await link.close()
            await device.close()
    found.counts["answers on a socket"] += count
    for told in failures:
        found.breaks(f"on a socket, in a callback: {told.get('exception') or told.get('message')}")


async def _asked(link: StreamLink, found: Found) -> None:
    """Ask once; a connection is made before, so that something malformed comes."""
    try:
        while True:
            with contextlib.suppress(LinkDown):
                await link.ready()
                break
            await asyncio.sleep(0.005)
        await link.read(1, Table.HOLDING, 0, 10)
    except FAILURES as failure:
        found.counts[type(failure).__name__] += 1
    except Exception as failure:  # noqa: BLE001 - that is what is looked for
        found.breaks(f"on a socket: {type(failure).__name__}: {failure}")
    else:
        found.counts["believed"] += 1


async def _sound(link: StreamLink, found: Found) -> None:
    """A valid answer is believed within a second, also where the device has just hung up."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + LONGEST_S
    with found.valid():
        while True:
            try:
                numbers = await link.read(1, Table.HOLDING, 0, 3)
            except FAILURES as failure:
                if loop.time() < end_s:
                    await asyncio.sleep(0.002)
                    continue
                found.breaks(f"on a socket: valid answers are not believed: {failure}")
                return
            if numbers != [0, 1, 2]:
                found.breaks(f"on a socket: a valid answer reads {numbers}")
            return
