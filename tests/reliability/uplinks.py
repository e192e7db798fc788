"""A historian with both its uplinks over bad wires: real PostgreSQL and real mosquitto behind proxies."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import paho.mqtt.client as paho
import psycopg

from aios.testing.fault_proxy import FaultProxy
from benchmarks.field_outage.database import EmbeddedDatabase
from benchmarks.field_outage.telemetry import POINTS, START_S, append_seconds
from drivers.historian.forwarder import Forwarder
from drivers.historian.outbox import Outbox
from drivers.historian.postgres import PostgresHistorian
from drivers.historian.sink import HistorySink
from drivers.mqtt.link import MqttLink, address_of
from drivers.mqtt.uplink import MqttUplink
from kernel.shell.clock import SystemClock
from tests.contract.check_historian_server import SilentProxy

PATIENCE_S = 90.0


class Broker:
    """Debian's mosquitto, which keeps its sessions over an orderly restart."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self._settings = folder / "mosquitto.conf"
        lines = (
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {folder}/",
            "max_queued_messages 0",
            "user root",
        )
        self._settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        program = shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
        if program is None:
            raise RuntimeError("a real broker is needed: install the package mosquitto")
        null = subprocess.DEVNULL
        self._process = subprocess.Popen([program, "-c", str(self._settings)], stdout=null, stderr=null)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), timeout=1.0),
            ):
                return
        raise RuntimeError("mosquitto does not listen")

    def stop(self) -> None:
        """Stop it in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None


class Listener:
    """A subscriber with a session that the broker keeps; counts seconds of telemetry by their event."""

    def __init__(self, port: int) -> None:
        self.events: Counter[str] = Counter()
        self.seconds: set[int] = set()
        self.newest = -1
        self._client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("aios/outage/telemetry/f0", qos=1)
        self._client.on_message = self._heard
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _heard(self, _client: Any, _user: Any, message: Any) -> None:
        event = msgspec.json.decode(message.payload)
        self.events[event["id"]] += 1
        second = event["data"]["rows"][0]["at_ns"] // 10**9 - START_S
        self.seconds.add(second)
        self.newest = max(self.newest, second)


class Uplinks:
    """The whole of it: an outbox that is appended to all the time, and what comes out at both ends."""

    def __init__(self, folder: Path, *, every_s: float = 0.25) -> None:
        self.folder, self._every_s = folder, every_s
        self.database = EmbeddedDatabase(folder)
        self.broker = Broker(folder)
        self.written = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.broker.start)
        self.listener = await asyncio.to_thread(Listener, self.broker.port)
        tcp = await self._stack.enter_async_context(SilentProxy(self.database.socket))
        self.to_database = await self._stack.enter_async_context(FaultProxy("127.0.0.1", tcp.port))
        self.to_broker = await self._stack.enter_async_context(FaultProxy("127.0.0.1", self.broker.port))
        dsn = f"postgresql://postgres@127.0.0.1:{self.to_database.port}/postgres"
        link = MqttLink(address_of(f"mqtt://127.0.0.1:{self.to_broker.port}"), "outage", clock=SystemClock())
        uplink = MqttUplink(link, "outage")
        uplink.start()
        self.outbox = Outbox(self.folder / "outbox", POINTS)
        sinks = [HistorySink(PostgresHistorian(dsn, POINTS)), uplink]
        self.forwarder = Forwarder(self.folder / "outbox", sinks, clock=SystemClock())
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self.forwarder.run()), loop.create_task(self._measure())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.forwarder.close()
        await self._stack.aclose()
        self.outbox.close()
        await asyncio.to_thread(self.listener.close)
        await asyncio.to_thread(self.broker.stop)
        await asyncio.to_thread(self.database.close)

    def newest_in_database(self) -> int:
        """Return the newest second that the database has; -1 where it has none, or is not there."""
        try:
            (newest,) = self.database.asked("SELECT extract(epoch FROM max(at)) FROM measurements")
        except psycopg.Error:
            return -1
        return -1 if newest is None else int(newest) - START_S

    async def recovery_s(self) -> dict[str, float]:
        """Wait until something that is measured from now on has come through; return how long it took."""
        began, first = time.monotonic(), self.written
        took: dict[str, float] = {}
        while len(took) < 2 and time.monotonic() < began + PATIENCE_S:
            if "mqtt" not in took and self.listener.newest >= first:
                took["mqtt"] = time.monotonic() - began
            if "database" not in took and await asyncio.to_thread(self.newest_in_database) >= first:
                took["database"] = time.monotonic() - began
            await asyncio.sleep(0.05)
        return {"mqtt": PATIENCE_S, "database": PATIENCE_S} | took

    async def drained(self) -> None:
        """Measure no more, and wait until both ends have everything."""
        self._tasks[1].cancel()
        for _ in range(round(PATIENCE_S * 10)):
            behind = any(one.behind_rows for one in self.forwarder.standing())
            if not behind and len(self.listener.seconds) >= self.written:
                return
            await asyncio.sleep(0.1)

    async def _measure(self) -> None:
        while True:
            append_seconds(self.outbox, range(self.written, self.written + 1))
            self.written += 1
            await asyncio.sleep(self._every_s)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
