"""A real gateway that takes remote commands through a real mosquitto, its devices served in this process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import paho.mqtt.client as paho
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aios.folder import Folder
from aios.remote.command_keys import new_key, read_private_key
from aios.site import site_of
from drivers.mqtt.broker import free_port
from edge.intake.token import digest_of, sign
from kernel.remote import CommandClaims
from kernel.shell.clock import SystemClock
from simulators.devices.breaker import Breaker
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers
from tests.contract.check_historian_mqtt import mosquitto
from tests.reliability.watched.unit import Unit
from tests.system.test_gateway_killed import offspring

PATIENCE_S = 30.0
SITE = """
[site]
name = "remote"
title = "Remote commands"
base_tick_s = 0.2
stale_s = 2.0

[[asset]]
name = "grid"
kind = "connection"

[[asset]]
name = "cb1"
kind = "breaker"
upstream = "grid"
zone = "bay1"
ratings = { operating_s = 0.02 }

[[device]]
name = "breaker"
asset = "cb1"
map = "breaker"
port = BREAKER

[uplinks]
mqtt = "mqtt://127.0.0.1:BROKER"

[commands]
keys = "keys"
trust_clock = true

[[commands.sender]]
key = "dispatch"
person = "a.kowalska"
role = "OPERATOR"
points = ["cb1/*"]

[policies]
names = ["breaker_close_never_under_permit", "xfmr_loading"]
"""


class Post:
    """A client of the broker: sends tokens, and keeps every answer by id."""

    def __init__(self, port: int) -> None:
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("aios/remote/commands/out/+", qos=1)
        self._client.on_message = lambda _client, _user, message: self._heard(message.payload)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._lock = threading.Lock()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _heard(self, payload: bytes) -> None:
        event = json.loads(payload)
        with self._lock:
            self.answers.setdefault(event["data"]["id"], []).append(event)

    def send(self, token: str | bytes, times: int = 1) -> None:
        for _ in range(times):
            self._client.publish("aios/remote/commands/in", token, qos=1)

    def told(self, id_: str) -> list[dict[str, Any]]:
        """Every answer about an id, each event once, in the order of their first coming."""
        with self._lock:
            events = {event["id"]: event["data"] for event in self.answers.get(id_, [])}
        return list(events.values())


@dataclass
class Remote:
    """Everything that a test of remote commands touches."""

    folder: Path
    port: int
    unit: Unit
    breaker: Breaker
    post: Post
    key: Ed25519PrivateKey
    broker: ExitStack
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, id_: str, **claims: Any) -> str:
        """Sign a command; closing the breaker where nothing else is said."""
        now_s = time.time()
        usual = {"v": 1, "jti": id_, "aud": "remote", "sub": "a.kowalska", "iat": now_s, "exp": now_s + 120}
        what = {"point": "cb1/close", "value": 1.0, "unit": "1", "reason": "test"}
        made = sign(msgspec.convert({**usual, **what, **claims}, CommandClaims), self.key, key="dispatch")
        return self.tokens.setdefault(id_, made)

    def pulses(self) -> list[str]:
        """What the breaker has executed, in order: the judge."""
        return [done.quantity for done in self.breaker.journal]

    async def until(self, id_: str, stage: str, again: str = "") -> dict[str, Any]:
        """Wait for an answer, sending a token again meanwhile as its sender would."""
        end, sent = time.monotonic() + PATIENCE_S, time.monotonic()
        while time.monotonic() < end:
            for answer in self.post.told(id_):
                if answer["stage"] == stage:
                    return answer
            if again and time.monotonic() - sent > 1.0:
                self.post.send(again)
                sent = time.monotonic()
            await asyncio.sleep(0.02)
        log = (self.folder / "log").read_text(errors="replace")[-2000:]
        raise TimeoutError(f"{id_} is not {stage}: {self.post.told(id_)}\n{log}")

    def kill_historian(self) -> bool:
        """Kill the historian with SIGKILL; False where none runs just now."""
        assert self.unit.process is not None
        found = [pid for pid, words in offspring(self.unit.process.pid).items() if "aios.historian" in words]
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        return bool(found)

    def restart_broker(self) -> None:
        """End mosquitto with all that it remembers, and start another one."""
        self.broker.close()
        self.broker.enter_context(mosquitto(self.folder, self.port))

    def digest(self, id_: str) -> str:
        return digest_of(self.tokens[id_])


@asynccontextmanager
async def remote(folder: Path) -> AsyncIterator[Remote]:
    """Let a gateway run that is kept by a stand-in for systemd, with broker and breaker beside it."""
    _, _, _ = new_key(folder / "keys", "dispatch")
    private = (folder / "keys" / "dispatch.key").rename(folder / "dispatch.key")
    port = free_port()
    site = site_of(SITE.replace("BREAKER", "0").replace("BROKER", str(port)), folder=folder)
    (device,) = site.devices
    bank = make_bank(device, site.asset["cb1"])
    assert isinstance(bank, Breaker)
    with ExitStack() as broker:
        broker.enter_context(mosquitto(folder, port))
        async with FieldServers({device: bank}, SystemClock()) as servers:
            file = folder / "site.toml"
            text = SITE.replace("BREAKER", str(servers.ports["breaker"])).replace("BROKER", str(port))
            file.write_text(text)
            root = folder / "gateway"
            unit = Unit(
                command=[sys.executable, "-m", "aios", "run", str(file), "--folder", str(root)],
                folder=folder,
                watchdog_s=10.0,
                environment={"PYTHONPATH": str(Path(__file__).parents[2])},
            )
            post = Post(port)
            running = asyncio.ensure_future(unit.run())
            try:
                await unit.until("READY", within_s=60.0)
                yield Remote(folder, port, unit, bank, post, read_private_key(private), broker)
            finally:
                unit.stopping = True
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                post.close()


def journal_of(folder: Path) -> Path:
    return Folder(root=folder / "gateway").commands
