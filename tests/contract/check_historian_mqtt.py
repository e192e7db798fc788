"""An independent MQTT client (paho, in its own thread) and a mosquitto, for tests of the uplink."""

from __future__ import annotations

import contextlib
import getpass
import json
import queue
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import paho.mqtt.client as paho
import pytest

from drivers.mqtt.schema_files import DIRECTORY

PATIENCE_S = 15.0


class Heard(NamedTuple):
    """One message as a subscriber got it."""

    topic: str
    payload: bytes
    retained: bool

    @property
    def event(self) -> dict[str, Any]:
        """The payload, held against the schema of its type."""
        event = json.loads(self.payload)
        schema = DIRECTORY / f"{event['type'].removeprefix('aios.')}.json"
        jsonschema.validate(event, json.loads(schema.read_bytes()))
        return event


class Subscriber:
    """Hears everything under `aios/` and keeps it in a queue."""

    def __init__(self, port: int) -> None:
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._ready: queue.Queue[str] = queue.Queue()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("aios/#", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.put("subscribed")
        self._client.on_message = lambda _client, _user, m: self._heard.put(
            Heard(m.topic, m.payload, m.retain)
        )
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Subscriber:
        self._client.loop_start()
        self._ready.get(timeout=PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_for(self, wanted: Callable[[Heard], bool]) -> Heard:
        """Return the next message that is wanted; raise queue.Empty when none comes in time."""
        while True:
            heard = self._heard.get(timeout=PATIENCE_S)
            if wanted(heard):
                return heard

    def wait_for_topic(self, topic: str) -> Heard:
        return self.wait_for(lambda heard: heard.topic == topic)


@contextlib.contextmanager
def mosquitto(directory: Path, port: int, *more: str) -> Iterator[int]:
    """Run Debian's mosquitto on the loopback address, with more lines in its settings."""
    program = shutil.which(
        "mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/opt/homebrew/sbin"
    )
    if program is None:
        pytest.fail(
            "this test needs a real broker: install the package mosquitto (apt-get install mosquitto)"
        )
    settings = directory / "mosquitto.conf"
    # Where we are root it would turn into a user of its own, who cannot read the test's certificates.
    mine = f"user {getpass.getuser()}"
    lines = (mine, f"listener {port} 127.0.0.1", "allow_anonymous true", "persistence false", *more)
    settings.write_text("\n".join(lines) + "\n")
    with (directory / "mosquitto.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(settings)], stdout=log, stderr=log)
    try:
        _wait_for_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return
    pytest.fail(f"mosquitto does not listen on {port}; exit code {process.poll()}")
