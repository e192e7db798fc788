"""Simulated devices in a process of their own: a hundred registers each behind a TCP port.

    python -m benchmarks.field_load.devices DEVICES FILE

A plain asyncio server with answers made beforehand, so that the devices are never what a benchmark
measures: every answer carries the next of sixteen sets of registers, a third of which change. It prints its
ports as JSON when it listens; on SIGTERM it writes to FILE when each device was asked, nanoseconds of the
machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final, cast

import uvloop

REGISTERS: Final = 100
SETS: Final = 16
HOST: Final = "127.0.0.1"
_REQUEST: Final = 12
"""Bytes of a read request with its header."""


def bodies(seed: int) -> list[bytes]:
    """Return what one device answers, one after the other: unit, function, size and registers."""
    dice = random.Random(seed)
    values = [dice.randrange(2000) for _ in range(REGISTERS)]
    made = []
    for _ in range(SETS):
        for place in range(0, REGISTERS, 3):
            values[place] = dice.randrange(2000)
        made.append(bytes([1, 3, 2 * REGISTERS]) + struct.pack(f">{REGISTERS}H", *values))
    return made


class Device(asyncio.Protocol):
    """Answers every request of a connection at once, in order."""

    def __init__(self, seed: int, asked: list[int]) -> None:
        self._bodies = cycle(bodies(seed))
        self._asked = asked
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer what is whole; the transaction number goes back as it came."""
        now_ns, data = time.monotonic_ns(), self._rest + data
        whole = len(data) // _REQUEST * _REQUEST
        for at in range(0, whole, _REQUEST):
            body = next(self._bodies)
            self._transport.write(data[at : at + 4] + struct.pack(">H", len(body)) + body)
            self._asked.append(now_ns)
        self._rest = data[whole:]


async def serve(devices: int, file: Path) -> None:
    """Serve until told to end."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    asked: list[list[int]] = [[] for _ in range(devices)]
    servers = [
        await loop.create_server(lambda n=number: Device(n, asked[n]), HOST, 0)  # type: ignore[misc]
        for number in range(devices)
    ]
    loop.add_signal_handler(signal.SIGTERM, told.set)
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await told.wait()
    file.write_text(json.dumps(asked))  # noqa: ASYNC240 - nobody is served any more


@dataclass(slots=True)
class Field:
    """Devices that are served."""

    ports: list[int]
    file: Path

    def asked_ns(self) -> list[list[int]]:
        """Return when each device was asked, after they have ended."""
        asked: list[list[int]] = json.loads(self.file.read_text())
        return asked


@contextmanager
def serving(devices: int, folder: Path) -> Iterator[Field]:
    """Serve devices in another process while the block runs."""
    file = folder / "asked.json"
    command = [sys.executable, "-m", "benchmarks.field_load.devices", str(devices), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            yield Field(ports=json.loads(child.stdout.readline()), file=file)
        finally:
            child.terminate()
            child.wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
