import json

import pytest

from drivers.historian.batch import Batch, Place, columns_of
from drivers.mqtt.contracts import document, telemetry
from kernel.alarm import AlarmState
from kernel.measurement import block
from kernel.quality import FAILURE, GOOD, INVALID, OLD, QUESTIONABLE
from tests.fakes.nord_alarms import alarm
from tests.unit.drivers.historian.outbox_samples import POINTS, SECOND, finding, order
from tests.unit.drivers.historian.test_documents import DOCUMENTS


def batch_of(*blocks) -> Batch:
    return Batch(place=Place(3, 7), columns=columns_of(POINTS), blocks=blocks, documents=())


def test_telemetry_is_one_message_an_asset():
    messages = telemetry("nord", batch_of(block([0, 1, 2], [1.0, 2.0, 3.0], [0, 0, 0], at_ns=5 * SECOND)))
    assert [message.topic for message in messages] == ["aios/nord/telemetry/f11", "aios/nord/telemetry/t1"]
    event = json.loads(messages[0].payload)
    assert event["time"] == "1970-01-01T00:00:05.000000Z"
    assert [(row["point"], row["value"], row["unit"]) for row in event["data"]["rows"]] == [
        ("f11/active_power", 1.0, "kW"),
        ("f11/current", 2.0, "A"),
    ]


@pytest.mark.parametrize(
    ("quality", "value", "validity"),
    [(GOOD, 7.0, "good"), (QUESTIONABLE | OLD, 7.0, "questionable"), (INVALID | FAILURE, None, "invalid")],
    ids=["good", "questionable", "invalid"],
)
def test_an_invalid_value_is_null_so_that_nobody_uses_it(quality, value, validity):
    (message,) = telemetry("nord", batch_of(block([0], [7.0], [quality], at_ns=1)))
    (row,) = json.loads(message.payload)["data"]["rows"]
    assert (row["value"], row["validity"], row["quality"]) == (value, validity, quality)


def test_the_same_batch_again_has_the_same_ids():
    batch = batch_of(block([0], [1.0], [0], at_ns=1))
    assert telemetry("nord", batch) == telemetry("nord", batch)


def test_another_append_has_another_id():
    one = batch_of(block([0], [1.0], [0], at_ns=1))
    other = Batch(place=Place(3, 8), columns=one.columns, blocks=one.blocks, documents=())
    ids = {json.loads(telemetry("nord", batch)[0].payload)["id"] for batch in (one, other)}
    assert len(ids) == 2


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_carries_the_attributes_of_cloudevents(kind):
    (message,) = document("nord", DOCUMENTS[kind])
    event = json.loads(message.payload)
    assert {"specversion", "id", "source", "type", "time", "data"} <= event.keys()
    assert (event["source"], event["type"]) == ("aios/nord", f"aios.{kind}.v1")


def test_an_open_order_is_retained_and_a_finding_is_not():
    assert [message.retain for message in document("nord", order(1))] == [True]
    assert [message.retain for message in document("nord", finding(1))] == [False]


def test_a_closed_order_is_told_and_its_retained_message_cleared():
    told, cleared = document("nord", order(1, state="closed"))
    assert told.topic == cleared.topic == "aios/nord/repair_order/order-1"
    assert json.loads(told.payload)["data"]["state"] == "closed"
    assert (told.retain, cleared.retain, cleared.payload) == (False, True, b"")


def test_an_alarm_is_retained_until_it_is_back_to_normal():
    assert [message.retain for message in document("nord", alarm())] == [True]
    told, cleared = document("nord", alarm(state=AlarmState.NORMAL))
    assert told.topic == cleared.topic == "aios/nord/alarm/voltage_limit:t1"
    assert (told.retain, cleared.retain, cleared.payload) == (False, True, b"")
