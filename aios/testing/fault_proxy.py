"""A bad wire to put before a device: a TCP proxy with latency, slicing, resets, garbage, loss and silence.

    async with FaultProxy("127.0.0.1", 502, seed=7) as wire:
        driver = ...                                              # to 127.0.0.1, wire.port
        wire.to_client.faults = WireFaults(latency_s=0.2)         # until it is changed
        wire.to_client.once(WireFaults(late=1.0, late_s=2.0))     # the next reply only
        wire.half_open()                                          # bytes vanish, nobody is told
        wire.clear()
        wire.reset()                                              # every connection, now
        await wire.down()                                         # nobody listens
        await wire.up()

The same seed draws the same faults for the same pieces of the same connection. Times here are real.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from aios.testing.fault_lane import Lane, Resetting, Way
from aios.testing.tape import Tape
from aios.testing.wire_faults import WireFaults

__all__ = ["FaultProxy", "WireFaults"]

MOST_CONNECTIONS: Final = 256
"""More are refused, and counted."""
_ABORTIVE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER that closes with a reset."""


@dataclass(slots=True, eq=False)
class _Connection:
    """A client and its device, joined."""

    task: asyncio.Task[None]
    writers: list[asyncio.StreamWriter]
    lanes: list[Lane] = field(default_factory=list)

    def reset(self) -> None:
        """Reset both sides and end its task."""
        self.abort()
        self.task.cancel()

    def abort(self) -> None:
        """Reset both sides; what was on its way is lost."""
        for writer in self.writers:
            _abort(writer)

    def close(self) -> None:
        """Close both sides in order; nothing happens where they were reset."""
        for writer in self.writers:
            writer.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close one side with a reset."""
    with suppress(OSError, AttributeError):  # it may be gone already
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORTIVE)
    writer.transport.abort()


class FaultProxy:
    """Stands between clients and one TCP server, and does to their bytes what it is told.

    Args:
        host: of the device.
        port: of the device; it need not be there yet.
        listen_host: address that clients use.
        listen_port: port that clients use; 0 finds a free one.
        seed: of the dice.
    """

    def __init__(
        self, host: str, port: int, *, listen_host: str = "127.0.0.1", listen_port: int = 0, seed: int = 0
    ) -> None:
        self.to_device, self.to_client = Way(), Way()
        """The two directions; set `.faults`, or order some `.once(...)`."""
        self.port = listen_port
        """Port it listens on; 0 until `open` has found a free one."""
        self._target = (host, port)
        self._listen_host = listen_host
        self._seed = seed
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._counts: Counter[str] = Counter()
        self._tape = Tape()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port and every connection."""
        await self.down()

    async def up(self) -> None:
        """Listen, again on the same port after `down`.

        Raises:
            OSError: the port is taken.
        """
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, self._listen_host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Close the port and reset every connection, as a device whose supply is cut and its port gone."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.reset()
        while self._connections:
            await asyncio.gather(*(each.task for each in self._connections), return_exceptions=True)
        if server is not None:
            await server.wait_closed()
        await asyncio.sleep(0)  # the transports close their sockets in the next turn of the loop

    def reset(self) -> int:
        """Reset every connection; return how many."""
        for connection in self._connections:
            connection.reset()
        self._counts["reset"] += len(self._connections)
        return len(self._connections)

    def half_open(self) -> None:
        """Swallow everything in both directions and tell nobody; `clear` then resets those connections."""
        self.to_device.faults = self.to_client.faults = WireFaults(half_open=True)

    def partition(self) -> None:
        """Hold everything in both directions; `clear` lets it arrive, as TCP does after a partition."""
        self.to_device.faults = self.to_client.faults = WireFaults(hold=True)

    def clear(self) -> None:
        """Lift all faults. A connection that was half open is reset: its peers disagree about it."""
        self.to_device.forget()
        self.to_client.forget()
        for connection in self._connections:
            if any(lane.lost_bytes for lane in connection.lanes):
                self._counts["reset"] += 1
                connection.reset()

    def statistics(self) -> dict[str, int]:
        """Return counts: connections, open, refused, unreachable, bytes each way, every fault that fell."""
        names = (
            "connections", "refused", "unreachable", "bytes_to_device", "bytes_to_client", "swallowed_bytes",
            "reset", "drop", "duplicate", "flip", "garbage", "late", "replay",
        )  # fmt: skip
        return {name: self._counts[name] for name in names} | {"open": len(self._connections)}

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= MOST_CONNECTIONS or self._server is None:
            self._counts["refused"] += 1
            _abort(writer)
            return
        self._counts["connections"] += 1
        number = self._counts["connections"]
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is accepted in a task of its own")
        connection = _Connection(task=task, writers=[writer])
        self._connections.add(connection)
        try:
            await self._join(connection, reader, number)
        except asyncio.CancelledError:
            connection.abort()  # its task ends here, by our own reset or with the loop
        finally:
            connection.close()
            self._connections.discard(connection)

    async def _join(self, connection: _Connection, from_client: asyncio.StreamReader, number: int) -> None:
        """Carry one connection until both directions have ended."""
        await self.to_device.lifted()
        try:
            from_device, device = await asyncio.open_connection(*self._target)
        except OSError:
            self._counts["unreachable"] += 1
            connection.abort()
            return
        connection.writers.append(device)
        client = connection.writers[0]
        connection.lanes = [
            self._lane("to_device", self.to_device, from_client, device, number),
            self._lane("to_client", self.to_client, from_device, client, number),
        ]
        try:
            async with asyncio.TaskGroup() as group:
                for lane in connection.lanes:
                    group.create_task(lane.take_in())
                    group.create_task(lane.give_out())
        except* (OSError, Resetting):  # what one side sees the other sees too
            connection.abort()

    def _lane(
        self, name: str, way: Way, source: asyncio.StreamReader, sink: asyncio.StreamWriter, number: int
    ) -> Lane:
        dice = random.Random(f"{self._seed}/{number}/{name}")
        return Lane(
            way=way, source=source, sink=sink, dice=dice, counts=self._counts, name=name,
            ends_when_silent=name == "to_device", tape=self._tape if name == "to_client" else None,
        )  # fmt: skip
