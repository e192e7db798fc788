"""R6: malformed input of every kind: no crash, no untyped exception, no growth, and the next one is answered.

Of 21 inputs ten are Modbus answers in both framings, ten are MQTT payloads and packets, one is an HTTP
request: at full count 1 000 000, 1 000 000 and 100 000, a part of each on real sockets. The control hands the
same damage to a decoder that trusts what it reads, and must be found broken.
"""

from __future__ import annotations

import asyncio
import logging
import random

import structlog

from aios.api.serve import serve
from tests.fakes.nord import assets
from tests.fakes.snapshots import FakeSource
from tests.reliability.malformed import Found
from tests.reliability.malformed_frames import answer_to, malformed_frames
from tests.reliability.malformed_packets import SOCKET_SHARE, malformed_packets, malformed_payloads
from tests.reliability.malformed_questions import SOCKET_SHARE as SERVER_SHARE
from tests.reliability.malformed_questions import malformed_bytes, malformed_requests
from tests.reliability.malformed_wire import malformed_on_sockets
from tests.reliability.mutate import mutated
from tests.reliability.promise import Promise, Tally

FULL = 2_100_000
WIRE_SHARE = 1000
"""Of so many Modbus answers one comes over a real socket."""


def attempt(seed: int, count: int) -> Tally:
    """Hand out `count` malformed inputs of all kinds."""
    logging.getLogger().addHandler(logging.NullHandler())
    questions = count // 21
    frames = (count - questions) // 2
    packets = count - questions - frames
    found = [_frames(seed, frames), _packets(seed, packets), _questions(seed, questions)]
    return Tally(
        tried=count,
        broken=tuple(what for one in found for what in one.broken),
        counts={"frames": frames, "packets": packets, "requests": questions}
        | {f"{one.kind} {name}": float(times) for one in found for name, times in one.counts.items()},
        worst={f"{one.kind}_growth_mb": round(one.growth_mb, 2) for one in found}
        | {f"{one.kind}_next_valid_s": round(one.slowest_s, 4) for one in found},
    )


def _frames(seed: int, count: int) -> Found:
    found = Found("modbus")
    with structlog.testing.capture_logs():  # what the driver says of a device that babbles is another promise
        malformed_frames(seed, min(count // 4, 2000), Found("warm"))
        asyncio.run(malformed_on_sockets(seed, 20, Found("warm")))
    on_sockets = max(20, count // WIRE_SHARE)
    with found.memory():
        for part in range(0, count - on_sockets, 10_000):
            with structlog.testing.capture_logs():
                malformed_frames(seed + part, min(10_000, count - on_sockets - part), found)
        asyncio.run(malformed_on_sockets(seed, on_sockets, found))
    return found


def _packets(seed: int, count: int) -> Found:
    found = Found("mqtt")
    on_sockets = max(40, count // SOCKET_SHARE)
    with structlog.testing.capture_logs():
        malformed_payloads(seed, min(count // 4, 2000), Found("warm"))
        asyncio.run(malformed_packets(seed, 40, Found("warm")))
    with found.memory():
        malformed_payloads(seed, count - on_sockets, found)
        for part in range(0, on_sockets, 200):
            with structlog.testing.capture_logs():
                asyncio.run(malformed_packets(seed + part, min(200, on_sockets - part), found))
    return found


def _questions(seed: int, count: int) -> Found:
    found = Found("http")
    on_sockets = max(20, count // SERVER_SHARE)
    with structlog.testing.capture_logs():
        asyncio.run(malformed_requests(seed, min(count // 4, 500), Found("warm")))
        asyncio.run(_served(seed, 10, Found("warm")))
        with found.memory():
            asyncio.run(malformed_requests(seed, max(1, count - on_sockets), found))
            asyncio.run(_served(seed, on_sockets, found))
    return found


async def _served(seed: int, count: int, found: Found) -> None:
    """Stand up the real server, and send it damaged bytes."""
    ready = asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(
        serve(
            FakeSource(), host="127.0.0.1", port=0, assets=assets(), time_zone="UTC", ready=ready.set_result
        )
    )
    try:
        url = await ready
        await malformed_bytes(int(url.rpartition(":")[2].strip("/")), seed, count, found)
    finally:
        serving.cancel()
        await asyncio.wait([serving])
    if not serving.cancelled() and serving.exception() is not None:
        found.breaks(f"the server ended: {serving.exception()!r}")


def control(seed: int) -> Tally:
    """Hand damaged answers to a decoder that trusts the lengths they state."""
    dice, broken = random.Random(seed), []
    valid = answer_to(bytes.fromhex("0300000014"))
    for _ in range(200):
        raw = mutated(valid, dice)
        try:
            [int.from_bytes(raw[2 + place : 4 + place]) for place in range(0, raw[1], 2)][19]
        except Exception as failure:  # noqa: BLE001 - that is what is looked for
            broken.append(f"{type(failure).__name__}: {failure}")
    return Tally(tried=200, broken=tuple(broken))


PROMISE = Promise(
    id="R6",
    claim="Malformed frames, packets and requests: no crash, no untyped exception, no growth, then answers",
    unit="malformed inputs",
    full=FULL,
    reduced=4_200,
    attempt=attempt,
    control=control,
    seed=6,
)
