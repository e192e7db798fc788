import json

import jsonschema
import msgspec
import pytest

from drivers.mqtt.contracts import document, telemetry
from drivers.mqtt.schema_files import DIRECTORY, PAYLOADS, schema_file, schema_text
from kernel.measurement import block
from kernel.quality import INVALID
from kernel.remote import CommandClaims
from kernel.request import Requested, RequestStage
from tests.unit.drivers.historian.test_documents import DOCUMENTS
from tests.unit.drivers.mqtt.test_command_answers import ASKED, answered
from tests.unit.drivers.mqtt.test_contracts import batch_of
from tests.unit.edge.intake.conftest import claimed


@pytest.mark.parametrize("kind", PAYLOADS)
def test_the_schema_on_disk_is_current(kind):
    assert schema_file(kind).read_text() == schema_text(kind), "run python -m drivers.mqtt.schema_files"


def test_there_is_no_schema_too_many():
    assert {path.name for path in DIRECTORY.iterdir()} == {schema_file(kind).name for kind in PAYLOADS}


def example(kind: str) -> dict:
    if kind == "command_answer":
        return json.loads(answered(Requested(**ASKED, stage=RequestStage.TAKEN))[0].payload)
    if kind == "telemetry":
        (message,) = telemetry("nord", batch_of(block([0, 1], [1.0, 2.0], [0, INVALID], at_ns=1)))
    else:
        (message,) = document("nord", DOCUMENTS[kind])
    return json.loads(message.payload)


def validator(kind: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(schema_file(kind).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


EVENTS = [kind for kind in PAYLOADS if kind != "remote_command"]


def test_the_claims_of_a_remote_command_are_what_the_schema_says():
    claims = msgspec.to_builtins(claimed())
    assert list(validator("remote_command").iter_errors(claims)) == []
    wrong = (
        {"v": 2},
        {"jti": "a/b"},
        {"jti": "a\n"},
        {"value": "5"},
        {"more": 1},
        {"seq": -1},
        {"exp": None},
    )
    for change in wrong:
        assert not validator("remote_command").is_valid(claims | change), change
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(claims | change, CommandClaims)


@pytest.mark.parametrize("kind", EVENTS)
def test_what_we_publish_is_what_the_schema_says(kind):
    assert list(validator(kind).iter_errors(example(kind))) == []


@pytest.mark.parametrize("kind", EVENTS)
def test_the_schema_refuses_a_payload_without_data(kind):
    event = example(kind)
    del event["data"]
    assert not validator(kind).is_valid(event)
