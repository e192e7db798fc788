"""The bad wire, on real sockets before an echo: each fault does what it says, and can be lifted again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from aios.testing.fault_proxy import FaultProxy, WireFaults

pytestmark = pytest.mark.system
SHORT_S = 0.1


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """Serve an echo; yield its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(4096):
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        server.close()
    await asyncio.sleep(0.01)


@asynccontextmanager
async def joined(seed: int = 1):
    """Yield a proxy before an echo, and a client connected through it."""
    async with echo() as port, FaultProxy("127.0.0.1", port, seed=seed) as wire:
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        try:
            yield wire, reader, writer
        finally:
            writer.transport.abort()
            await asyncio.sleep(0)


async def ask(reader, writer, text: bytes, within_s: float = 1.0) -> bytes:
    writer.write(text)
    async with asyncio.timeout(within_s):
        return await reader.readexactly(len(text))


async def flood(writer, most: int = 1000) -> None:
    """Write 64 MB, as fast as they are taken."""
    for _ in range(most):
        writer.write(b"x" * 65_536)
        await writer.drain()


async def test_without_faults_it_is_a_wire():
    async with joined() as (wire, reader, writer):
        assert await ask(reader, writer, b"x" * 3000) == b"x" * 3000
        assert wire.statistics()["bytes_to_device"] == wire.statistics()["bytes_to_client"] == 3000


async def test_latency_delays_a_reply():
    async with joined() as (wire, reader, writer):
        wire.to_client.faults = WireFaults(latency_s=SHORT_S)
        begin_s = time.monotonic()
        assert await ask(reader, writer, b"late") == b"late"
        assert time.monotonic() - begin_s >= SHORT_S


async def test_slices_arrive_one_by_one():
    async with joined() as (wire, reader, writer):
        wire.to_client.faults = WireFaults(slice_bytes=2, slice_pause_s=0.01)
        writer.write(b"abcdef")
        assert [await reader.read(100) for _ in range(3)] == [b"ab", b"cd", b"ef"]


async def test_bandwidth_is_held():
    async with joined() as (wire, reader, writer):
        wire.to_device.faults = WireFaults(bandwidth=5000.0, slice_bytes=100, slice_pause_s=0.0)
        begin_s = time.monotonic()
        await ask(reader, writer, b"x" * 1000)
        assert time.monotonic() - begin_s >= 0.18


async def test_a_single_fault_befalls_one_piece_only():
    async with joined() as (wire, reader, writer):
        wire.to_client.once(WireFaults(drop=1.0))
        with pytest.raises(TimeoutError):
            await ask(reader, writer, b"lost", SHORT_S)
        assert await ask(reader, writer, b"here") == b"here"
        assert wire.statistics()["drop"] == 1


async def test_half_open_swallows_and_says_nothing_and_lifting_it_resets():
    async with joined() as (wire, reader, writer):
        wire.half_open()
        with pytest.raises(TimeoutError):
            await ask(reader, writer, b"gone", SHORT_S)
        assert not reader.at_eof()
        wire.clear()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        assert wire.statistics()["swallowed_bytes"] == 4


async def test_what_a_partition_held_arrives_afterwards():
    async with joined() as (wire, reader, writer):
        wire.partition()
        with pytest.raises(TimeoutError):
            await ask(reader, writer, b"held", SHORT_S)
        wire.clear()
        assert await reader.readexactly(4) == b"held"


async def test_a_flood_during_a_partition_is_bounded_and_slows_its_sender():
    async with joined() as (wire, _reader, writer):
        wire.partition()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(flood(writer), 2 * SHORT_S)


async def test_a_reset_reaches_both_sides():
    async with joined() as (wire, reader, writer):
        await ask(reader, writer, b"up")
        assert wire.reset() == 1
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        await asyncio.sleep(0.01)
        assert wire.statistics()["open"] == 0


async def test_down_refuses_and_up_serves_on_the_same_port():
    async with joined() as (wire, _reader, _writer):
        port = wire.port
        await wire.down()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await wire.up()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await ask(reader, writer, b"back") == b"back"
        writer.transport.abort()


async def test_a_device_that_is_not_there_resets_its_client():
    async with echo() as port:
        pass
    async with FaultProxy("127.0.0.1", port) as wire:
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.transport.abort()
        assert wire.statistics()["unreachable"] == 1


async def test_closing_passes_on_what_was_under_way():
    async with joined() as (wire, reader, writer):
        wire.to_client.faults = WireFaults(latency_s=SHORT_S)
        writer.write(b"last words")
        writer.write_eof()
        assert await reader.read(-1) == b"last words"


async def test_the_same_seed_flips_the_same_bits():
    async def run() -> list[bytes]:
        async with joined(seed=3) as (wire, reader, writer):
            wire.to_client.faults = WireFaults(flip=0.5)
            return [await ask(reader, writer, b"0123456789") for _ in range(20)]

    first = await run()
    assert first == await run()
    assert {b"0123456789"} < set(first)
