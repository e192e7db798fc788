"""How much the link carries through a real broker: quality of service 1, payloads of 200 bytes, end to end.

    python -m benchmarks.bench_mqtt [--quick]

One process publishes over a link and hears itself over the subscription of another, through a mosquitto that
this program starts (Debian's package; NODELAY set, as deploy/ has it). First as fast as it goes, until the
last message has arrived; then at 1 000 a second, where the time from just before `publish` to the reader's
hand is taken for each message. In the same run and on the same broker: bare aiomqtt with as many tasks in
flight, and paho with its own thread a client. Best of the rounds, and every round is printed; `--quick` is
shorter and writes no results.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import uvloop

from benchmarks.results import write
from drivers.mqtt.broker import free_port
from drivers.mqtt.link import MqttLink, address_of
from drivers.mqtt.message import OutgoingMessage
from kernel.shell.clock import SystemClock

BYTES: Final = 200
BURST: Final = 50
"""Messages handed over at a time in the saturated run."""
RATE: Final = 1_000
"""Messages a second in the steady run."""
STEP_S: Final = 0.005
"""The steady run sends what is due this often, so that a sleeping loop is part of what is measured."""
TOPIC: Final = "bench/a"
COMMAND: Final = "python -m benchmarks.bench_mqtt"
PLACES: Final = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
SETTINGS: Final = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 1000000
log_type error
"""

Publish = Callable[[list[bytes]], Awaitable[None]]
Hear = Callable[[], Awaitable[bytes]]


def payload(number: int) -> bytes:
    """Return a payload that carries its number and the moment it was made."""
    return b"%010d%020d" % (number, time.perf_counter_ns()) + bytes(BYTES - 30)


def age_ms(heard: bytes) -> float:
    """Return how old a payload is, ms."""
    return (time.perf_counter_ns() - int(heard[10:30])) / 1e6


@contextlib.contextmanager
def broker() -> Iterator[int]:
    """Run mosquitto on the loopback address."""
    program = shutil.which("mosquitto", path=PLACES)
    if program is None:
        raise SystemExit("this needs mosquitto: apt-get install mosquitto")
    with tempfile.TemporaryDirectory() as folder:
        port, file = free_port(), Path(folder) / "mosquitto.conf"
        file.write_text(SETTINGS.format(port=port), "utf-8")
        process = subprocess.Popen([program, "-c", str(file)])
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit(f"mosquitto does not listen on {port}")


@contextlib.asynccontextmanager
async def our_link(port: int) -> AsyncIterator[tuple[Publish, Hear]]:
    """Two links: one publishes, the other reads its inbox."""
    address = address_of(f"mqtt://127.0.0.1:{port}")
    speaker, listener = (MqttLink(address, site, clock=SystemClock()) for site in ("speaker", "listener"))
    inbox = listener.subscribe("bench/#")
    running = [asyncio.create_task(link.run()) for link in (speaker, listener)]
    await asyncio.gather(speaker.wait_until_up(), listener.wait_until_up())

    async def publish(bodies: list[bytes]) -> None:
        await speaker.publish([OutgoingMessage(topic=TOPIC, payload=body) for body in bodies])

    async def hear() -> bytes:
        return (await inbox.get()).payload

    try:
        yield publish, hear
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@contextlib.asynccontextmanager
async def bare_aiomqtt(port: int) -> AsyncIterator[tuple[Publish, Hear]]:
    """Two clients of aiomqtt as its documentation has them, NODELAY set."""
    import aiomqtt

    nodelay = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    async with (
        aiomqtt.Client("127.0.0.1", port, socket_options=nodelay) as speaker,
        aiomqtt.Client("127.0.0.1", port, socket_options=nodelay) as listener,
    ):
        speaker.pending_calls_threshold = 2 * BURST
        await listener.subscribe("bench/#", qos=1)

        async def publish(bodies: list[bytes]) -> None:
            await asyncio.gather(*(speaker.publish(TOPIC, body, qos=1) for body in bodies))

        async def hear() -> bytes:
            message = await anext(listener.messages)
            return bytes(message.payload)

        yield publish, hear


@contextlib.asynccontextmanager
async def bare_paho(port: int) -> AsyncIterator[tuple[Publish, Hear]]:
    """Two clients of paho, each with the thread that it brings."""
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    loop, heard = asyncio.get_running_loop(), asyncio.Queue[bytes]()
    ready = threading.Event()
    speaker, listener = (paho.Client(CallbackAPIVersion.VERSION2) for _ in range(2))

    def keep(_client: Any, _user: Any, message: Any) -> None:
        loop.call_soon_threadsafe(heard.put_nowait, message.payload)

    listener.on_connect = lambda client, *_: client.subscribe("bench/#", qos=1)
    listener.on_subscribe = lambda *_: ready.set()
    listener.on_message = keep
    for client in (speaker, listener):
        client.connect("127.0.0.1", port)
        client.loop_start()
    await asyncio.to_thread(ready.wait, 10)

    async def publish(bodies: list[bytes]) -> None:
        last: Any = None
        for body in bodies:
            last = speaker.publish(TOPIC, body, qos=1)
        await asyncio.to_thread(last.wait_for_publish, 10)

    try:
        yield publish, heard.get
    finally:
        for client in (speaker, listener):
            client.disconnect()
            client.loop_stop()


async def saturated(publish: Publish, hear: Hear, count: int) -> float:
    """Return messages a second from the first handed over to the last heard, all in order."""

    async def send() -> None:
        for start in range(0, count, BURST):
            await publish([payload(number) for number in range(start, start + BURST)])

    began = time.perf_counter()
    sending = asyncio.create_task(send())
    for number in range(count):
        body = await hear()
        if int(body[:10]) != number:
            raise RuntimeError(f"message {int(body[:10])} came where {number} was due")
    seconds = time.perf_counter() - began
    await sending
    return count / seconds


async def steady(publish: Publish, hear: Hear, seconds: float) -> list[float]:
    """Return the age of every message when it is heard, ms, at `RATE` a second."""
    count = round(seconds * RATE)

    async def send() -> None:
        began, sent = time.perf_counter(), 0
        while sent < count:
            due = min(count, int((time.perf_counter() - began) * RATE) + 1)
            for number in range(sent, due):
                await publish([payload(number)])
            sent = due
            await asyncio.sleep(STEP_S)

    sending = asyncio.create_task(send())
    ages = [age_ms(await hear()) for _ in range(count)]
    await sending
    return ages


CONTENDERS: Final = {"link": our_link, "aiomqtt": bare_aiomqtt, "paho": bare_paho}


async def measure(port: int, rounds: int, count: int, seconds: float) -> dict[str, tuple[float, list[float]]]:
    """Return the best rate and the ages of the round with the lowest p99 of each contender, interleaved."""
    best: dict[str, tuple[float, list[float]]] = {}
    for _ in range(rounds):
        for name, contender in CONTENDERS.items():
            async with contender(port) as (publish, hear):
                await saturated(publish, hear, 10 * BURST)  # warm up
                used = time.process_time()
                rate = await saturated(publish, hear, count)
                cpu_us = (time.process_time() - used) / count * 1e6
                ages = await steady(publish, hear, seconds)
            p50, p99 = np.percentile(ages, [50, 99])
            print(f"{name:8s} {rate:8.0f}/s  {cpu_us:6.1f} us each  p50 {p50:6.3f}  p99 {p99:6.3f} ms")
            known = best.get(name, (0.0, ages))
            best[name] = (max(rate, known[0]), min(ages, known[1], key=lambda a: float(np.percentile(a, 99))))
    return best


def rows(best: dict[str, tuple[float, list[float]]], count: int, seconds: float) -> list[dict[str, Any]]:
    """Return the rows of the results; the baseline is bare aiomqtt."""
    p99 = {name: float(np.percentile(ages, 99)) for name, (_, ages) in best.items()}
    found = []
    for name, (rate, ages) in best.items():
        where = "field.mqtt_qos1" if name == "link" else f"mqtt.{name}_qos1"
        took = {"count": count, "seconds": count / rate, "command": COMMAND}
        beside = {"baseline": best["aiomqtt"][0], "ratio": rate / best["aiomqtt"][0]}
        found.append({"name": f"{where}_per_second", "value": rate, "unit": "1/s", **took, **beside})
        took = {"count": len(ages), "seconds": seconds, "command": COMMAND}
        beside = {"baseline": p99["aiomqtt"], "ratio": p99[name] / p99["aiomqtt"]}
        found.append({"name": f"{where}_p99_ms_at_1000", "value": p99[name], "unit": "ms", **took, **beside})
        p50 = float(np.percentile(ages, 50))
        found.append({"name": f"{where}_p50_ms_at_1000", "value": p50, "unit": "ms", **took})
    return found


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, no results")
    quick = parser.parse_args().quick
    rounds, count, seconds = (1, 2_000, 1.0) if quick else (5, 20_000, 10.0)
    with broker() as port:
        best = uvloop.run(measure(port, rounds, count, seconds))
    if not quick:
        write("mqtt", rows(best, count, seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
