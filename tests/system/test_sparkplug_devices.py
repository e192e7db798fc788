"""Simulated Sparkplug devices at a real broker, as a host that is not ours finds them."""

import json
import subprocess
import sys

import paho.mqtt.client as paho
import pytest

from drivers.mqtt.broker import free_port
from drivers.mqtt.sparkplug.payload import DataType, Metric, Payload, encode
from tests.contract.check_historian_mqtt import PATIENCE_S, mosquitto
from tests.system.other_sparkplug_host import OtherHost

pytestmark = pytest.mark.system
NOW_MS = 1_795_000_000_000
FIELD = """
[sparkplug]
broker = "mqtt://127.0.0.1:{port}"
group = "plants"
node = "south"
every_s = 0.05

[[device]]
name = "plant"
map = "plant_controller"
protocol = "sparkplug"
shows = {{ active_power = 40.0 }}
"""


def say(port: int, topic: str, payload: bytes) -> None:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish(topic, payload, qos=1).wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


def test_a_foreign_host_decodes_birth_data_after_its_command_and_the_death_by_kill_9(tmp_path):
    port = free_port()
    (tmp_path / "field.toml").write_text(FIELD.format(port=port), encoding="utf-8")
    with mosquitto(tmp_path, port), OtherHost(port) as host:
        field = subprocess.Popen(
            [sys.executable, "-m", "aios", "field", str(tmp_path / "field.toml"), "--folder", str(tmp_path)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert json.loads(field.stdout.readline())["devices"] == 1
            birth = host.next("NBIRTH")
            number = next(m["value"] for m in birth["metrics"] if m["name"] == "bdSeq")
            born = {m["name"]: m for m in host.next("DBIRTH", "plant")["metrics"]}
            assert (birth["seq"], born["active_power"]["value"], born["active_power"]["type"]) == (
                0,
                40.0,
                "DOUBLE",
            )
            assert born["active_power_limit"]["value"] == 100_000.0
            limit = Metric(
                name="active_power_limit", datatype=DataType.DOUBLE, told_type=True, value=55.5, at_ms=NOW_MS
            )
            say(port, "spBv1.0/plants/DCMD/south/plant", encode(Payload(at_ms=NOW_MS, metrics=(limit,))))
            told = {}
            while born["active_power_limit"]["alias"] not in told:
                told = {m["alias"]: m["value"] for m in host.next("DDATA", "plant")["metrics"]}
            assert told[born["active_power_limit"]["alias"]] == 55.5
            field.kill()
            field.wait()
            (death,) = host.next("NDEATH")["metrics"]
            assert (death["name"], death["value"]) == ("bdSeq", number)
        finally:
            field.kill()
            field.wait()
            field.stdout.close()
