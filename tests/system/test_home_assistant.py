"""Home Assistant's side is played by a plain client: it starts, hears the configs, and finds no ghosts."""

import asyncio
import json
import queue
import threading

import paho.mqtt.client as paho
import pytest

from drivers.historian.backoff import Backoff
from drivers.mqtt.broker import free_port
from drivers.mqtt.home_assistant import HomeAssistant, config_topic
from drivers.mqtt.link import MqttLink, address_of
from drivers.mqtt.uplink import MqttUplink
from kernel.shell.clock import SystemClock
from tests.contract.check_historian_mqtt import PATIENCE_S, mosquitto
from tests.unit.drivers.historian.outbox_samples import POINTS

pytestmark = pytest.mark.system
PREFIX = "homeassistant"
OURS = [config_topic(PREFIX, "nord", point.name) for point in POINTS]
GHOST = config_topic(PREFIX, "nord", "f99/current")


class Home:
    """Hears the configs, and may say that it has started."""

    def __init__(self, port: int) -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        ready = threading.Event()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe(f"{PREFIX}/sensor/#", qos=1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _client, _user, m: self.heard.put((m.topic, m.payload))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert ready.wait(PATIENCE_S)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    async def topics(self, count: int) -> list[str]:
        heard = [await asyncio.to_thread(self.heard.get, timeout=PATIENCE_S) for _ in range(count)]
        return [topic for topic, _ in heard]

    def __enter__(self) -> "Home":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def uplink_to(port: int, points=POINTS) -> MqttUplink:
    quick = Backoff(first_s=0.05, longest_s=0.1)
    link = MqttLink(address_of(f"mqtt://127.0.0.1:{port}"), "nord", clock=SystemClock(), backoff=quick)
    told = HomeAssistant(link, "nord", points, prefix=PREFIX)
    return MqttUplink(link, "nord", beside=[told.run])


async def test_points_are_told_on_each_connection_and_when_home_assistant_starts(tmp_path):
    port = free_port()
    uplink = uplink_to(port)
    uplink.start()
    with mosquitto(tmp_path, port), Home(port) as home:
        assert await home.topics(3) == OURS
        home.say(f"{PREFIX}/status", b"offline")
        home.say(f"{PREFIX}/status", b"online")
        assert await home.topics(3) == OURS
    with mosquitto(tmp_path, port):  # it kept nothing
        await uplink._link.connection_after(1)
        await asyncio.wait_for(uplink._link.publish([]), PATIENCE_S)
        with Home(port) as home:
            assert sorted(set(await home.topics(3))) == sorted(OURS)
    await uplink.close()


async def test_a_point_that_is_gone_is_removed_and_others_are_left(tmp_path):
    port = free_port()
    with mosquitto(tmp_path, port), Home(port) as home:
        other = f"{PREFIX}/sensor/kitchen/config"
        for topic in (GHOST, other):
            home.say(topic, json.dumps({"name": "x"}).encode(), retain=True)
        await home.topics(2)
        uplink = uplink_to(port)
        uplink.start()
        heard = [await asyncio.to_thread(home.heard.get, timeout=PATIENCE_S) for _ in range(4)]
        assert (GHOST, b"") in heard
        await uplink.close()
        with Home(port) as later:
            assert sorted(await later.topics(4)) == sorted([*OURS, other])
