"""Devices on real sockets: a plain Modbus TCP server for many units, and the faults before some of them.

    python -m benchmarks.faulty_field.devices own     50 devices, a port each, 5 behind the fault proxy
    python -m benchmarks.faulty_field.devices shared  5 gateways with 10 devices each, one of them ill

Prints the ports as JSON, and serves until its standard input ends. It knows no pymodbus: what it costs shall
not be what is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Final

from aios.testing.fault_proxy import FaultProxy, WireFaults

DEVICES: Final = 50
A_LINE: Final = 10
ILL: Final = ("dead", "slow", "babbling", "resetting", "half-open")
SLOW_S: Final = 0.2
"""How long the slow one takes: a little less than its time-out of 0.25 s."""
RESETS_S: Final = 0.7
_HEADER: Final = 7


class Units:
    """Answers reads for every unit of one port, one after the other, as a gateway to a serial line does."""

    def __init__(self, ill: dict[int, str] | None = None, takes_s: float = 0.0) -> None:
        """Serve units that take `takes_s` for an answer; some may be ill."""
        self._ill = ill or {}
        self._takes_s = takes_s
        self._line = asyncio.Lock()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = await reader.readexactly(_HEADER)
                body = await reader.readexactly(int.from_bytes(header[4:6]) - 1)
                async with self._line:
                    answer = await self._answer(header[6], body)
                if answer is None:
                    continue
                writer.write(header[:4] + (len(answer) + 1).to_bytes(2) + header[6:7] + answer)
                await writer.drain()
                if self._ill.get(header[6]) == "resetting":
                    break
        writer.close()

    async def _answer(self, unit: int, body: bytes) -> bytes | None:
        match self._ill.get(unit):
            case "dead" | "half-open":
                return None
            case "babbling":
                return b"\x2b" + bytes(range(40))
            case "slow":
                await asyncio.sleep(SLOW_S)
            case _:
                if self._takes_s:
                    await asyncio.sleep(self._takes_s)
        count = int.from_bytes(body[3:5])
        if body[0] in (1, 2):
            return bytes((body[0], -(-count // 8))) + bytes(-(-count // 8))
        return bytes((body[0], 2 * count)) + bytes(2 * count)


async def listen(units: Units, stack: AsyncExitStack) -> int:
    """Open a port for some units; return it."""
    server = await asyncio.start_server(units.serve, "127.0.0.1", 0)
    stack.push_async_callback(_closed, server)
    return int(server.sockets[0].getsockname()[1])


async def _closed(server: asyncio.Server) -> None:
    server.close()


async def own(stack: AsyncExitStack) -> list[int]:
    """Serve fifty devices on a port each; the last five behind a proxy with a fault of its kind."""
    ports = [await listen(Units(), stack) for _ in range(DEVICES)]
    for place, how in enumerate(ILL, start=DEVICES - len(ILL)):
        proxy = await stack.enter_async_context(FaultProxy("127.0.0.1", ports[place], seed=place))
        ports[place] = proxy.port
        await _BEFALL[how](proxy, stack)  # type: ignore[misc]
    return ports


async def _dead(proxy: FaultProxy, _stack: AsyncExitStack) -> None:
    proxy.to_client.faults = WireFaults(drop=1.0)


async def _slow(proxy: FaultProxy, _stack: AsyncExitStack) -> None:
    proxy.to_client.faults = WireFaults(latency_s=SLOW_S)


async def _babbling(proxy: FaultProxy, _stack: AsyncExitStack) -> None:
    proxy.to_client.faults = WireFaults(garbage=1.0)


async def _resetting(proxy: FaultProxy, stack: AsyncExitStack) -> None:
    async def again_and_again() -> None:
        while True:
            await asyncio.sleep(RESETS_S)
            proxy.reset()

    task = asyncio.ensure_future(again_and_again())
    stack.callback(task.cancel)


async def _half_open(proxy: FaultProxy, _stack: AsyncExitStack) -> None:
    proxy.half_open()


_BEFALL: Final[dict[str, Callable[..., object]]] = {
    "dead": _dead,
    "slow": _slow,
    "babbling": _babbling,
    "resetting": _resetting,
    "half-open": _half_open,
}


async def shared(stack: AsyncExitStack) -> list[int]:
    """Serve five gateways with ten units each that take 20 ms; on each of them one unit is ill."""
    return [await listen(Units({A_LINE: how}, takes_s=0.02), stack) for how in ILL]


async def main(kind: str) -> None:
    """Serve until the standard input ends."""
    async with AsyncExitStack() as stack:
        ports = await (shared(stack) if kind == "shared" else own(stack))
        print(json.dumps(ports), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
