import json
from types import SimpleNamespace

import jinja2
import pytest

from drivers.mqtt.contracts import telemetry
from drivers.mqtt.home_assistant import config_of
from kernel.measurement import block
from kernel.point import Kind, Point
from kernel.quality import GOOD, INVALID
from tests.unit.drivers.historian.outbox_samples import POINTS
from tests.unit.drivers.mqtt.test_contracts import batch_of

BREAKER = Point(name="f11/position", unit="1", kind=Kind.CODE, states={1: "open", 2: "closed"})


def config(point: Point) -> dict:
    return json.loads(config_of("homeassistant", "nord", point).payload)


def shown(point: Point, message, before: str = "before") -> str:
    """What Home Assistant shows: its templates are Jinja's, with the payload and the sensor in reach."""
    template = jinja2.Environment(autoescape=False).from_string(config(point)["value_template"])
    return template.render(value_json=json.loads(message.payload), this=SimpleNamespace(state=before))


def test_a_config_is_retained_and_names_the_topics_on_which_we_publish():
    message = config_of("homeassistant", "nord", POINTS[0])
    assert (message.topic, message.retain) == ("homeassistant/sensor/aios_nord/f11-active_power/config", True)
    told = config(POINTS[0])
    assert told["availability_topic"] == "aios/nord/state"
    (published,) = telemetry("nord", batch_of(block([0], [7.0], [GOOD], at_ns=1)))
    assert told["state_topic"] == published.topic
    assert (told["unit_of_measurement"], told["device_class"], told["state_class"]) == (
        "kW",
        "power",
        "measurement",
    )


@pytest.mark.parametrize(("quality", "expected"), [(GOOD, "7.0"), (INVALID, "None")])
def test_the_template_reads_what_we_publish(quality, expected):
    (message,) = telemetry("nord", batch_of(block([1, 0], [3.0, 7.0], [GOOD, quality], at_ns=1)))
    assert shown(POINTS[0], message) == expected
    assert shown(POINTS[1], message) == "3.0"


def test_a_message_without_the_point_leaves_the_sensor_as_it_was():
    (message,) = telemetry("nord", batch_of(block([0], [7.0], [GOOD], at_ns=1)))
    assert shown(POINTS[1], message) == "before"


def test_a_discrete_point_shows_its_states():
    told = config(BREAKER)
    assert (told["device_class"], told["options"]) == ("enum", ["closed", "open"])
    row = {"point": BREAKER.name, "value": 2.0}
    message = SimpleNamespace(payload=json.dumps({"data": {"rows": [row]}}))
    assert shown(BREAKER, message) == "closed"


def test_points_of_different_assets_never_share_an_id():
    ids = {config(Point(name=name, unit="A"))["unique_id"] for name in ("a_b/c", "a/b_c")}
    assert len(ids) == 2
