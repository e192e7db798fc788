"""The session of simulated Sparkplug devices with the embedded broker."""

import asyncio

import pytest

from drivers.historian.backoff import pause
from drivers.mqtt.broker import EmbeddedBroker
from drivers.mqtt.sparkplug.payload import DataType, Metric, Payload, encode
from kernel.shell.clock import SystemClock
from simulators.field.file import read_field
from simulators.field.sparkplug_session import SparkplugSession
from tests.contract.check_historian_mqtt import PATIENCE_S
from tests.system.test_sparkplug import Ear

pytestmark = pytest.mark.system
FIELD = """
[sparkplug]
broker = "mqtt://127.0.0.1:{port}"
node = "south"
every_s = 0.05

[[device]]
name = "plant"
map = "plant_controller"
protocol = "sparkplug"
shows = {{ active_power = 40.0 }}
"""
TOPIC = "spBv1.0/aios/DCMD/south/plant"


def limit(kw: float) -> bytes:
    return encode(Payload(metrics=(Metric(name="active_power_limit", datatype=DataType.DOUBLE, value=kw),)))


async def test_a_command_is_executed_once_one_that_was_kept_never_and_the_death_is_told(tmp_path):
    with EmbeddedBroker() as broker, Ear(broker.port) as ear:
        (tmp_path / "field.toml").write_text(FIELD.format(port=broker.port), encoding="utf-8")
        ear.say(TOPIC, limit(10.0), retain=True)
        field = read_field(tmp_path / "field.toml")
        session = SparkplugSession(field.node, field.sparkplug, SystemClock(), tmp_path)
        running = asyncio.create_task(session.run())
        await ear.next("DBIRTH")
        ear.say(TOPIC, limit(20.0))
        async with asyncio.timeout(PATIENCE_S):
            while not (journal := field.sparkplug[0].bank.journal):
                await pause(SystemClock(), 0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await ear.next("NDEATH")
    assert [one.value for one in journal] == [20.0]
