import copy
import json
from pathlib import Path

import pytest

from drivers.mqtt.compatibility import breaks, main, released_breaks
from drivers.mqtt.schema_files import DIRECTORY

RELEASES = Path(__file__).parents[4] / "tests" / "golden" / "contracts"
TELEMETRY = json.loads((RELEASES / "0.1.0" / "telemetry.v1.json").read_bytes())


def test_there_is_a_release_to_compare_with():
    assert len(list(RELEASES.glob("*/*.json"))) >= 6


@pytest.mark.parametrize("release", sorted(RELEASES.iterdir()), ids=lambda path: path.name)
def test_every_schema_of_a_release_is_still_understood_both_ways(release, capsys):
    main([str(release)])
    assert released_breaks(release, DIRECTORY) == (), capsys.readouterr().out


def changed(change) -> dict:
    schema = copy.deepcopy(TELEMETRY)
    change(schema["$defs"])
    return schema


def row(field: str, **schema) -> object:
    return lambda defs: defs["Row"]["properties"].update({field: schema})


def directions(change) -> set[str]:
    return {one.direction for one in breaks("telemetry.v1", TELEMETRY, changed(change))}


FORWARD, BACKWARD = {"forward"}, {"backward"}
CASES = {
    "nothing": (lambda defs: None, set()),
    "a new field that may be missing": (row("device", type="string", default=""), set()),
    "another description": (lambda defs: defs["Row"].update(description="other words"), set()),
    "a new field that must be there": (
        lambda defs: (row("device", type="string")(defs), defs["Row"]["required"].append("device")),
        BACKWARD,
    ),
    "a field is gone": (
        lambda defs: (defs["Row"]["properties"].pop("unit"), defs["Row"]["required"].remove("unit")),
        FORWARD,
    ),
    "a field may be missing": (lambda defs: defs["Row"]["required"].remove("unit"), FORWARD),
    "a value may be text": (row("at_ns", anyOf=[{"type": "integer"}, {"type": "string"}]), FORWARD),
    "a value is never null": (row("value", type="number"), BACKWARD),
    "a whole number may be broken": (row("quality", type="number"), FORWARD),
    "a broken number must be whole": (
        row("value", anyOf=[{"type": "integer"}, {"type": "null"}]),
        BACKWARD,
    ),
    "another type": (row("point", type="integer"), FORWARD | BACKWARD),
    "only some words": (row("validity", enum=["good", "invalid"]), BACKWARD),
    "rows are numbers": (
        lambda defs: defs["Telemetry"]["properties"]["rows"].update(items={"type": "number"}),
        FORWARD | BACKWARD,
    ),
    "at least one row": (lambda defs: defs["Telemetry"]["properties"]["rows"].update(minItems=1), BACKWARD),
    "no more fields": (lambda defs: defs["Row"].update(additionalProperties=False), set()),
    "another default": (
        lambda defs: defs["Event_Telemetry_"]["properties"]["specversion"].update(default="2.0"),
        FORWARD | BACKWARD,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_breaks_what_it_breaks(name):
    change, expected = CASES[name]
    assert directions(change) == expected


def test_a_construct_that_the_check_does_not_know_is_not_passed_over():
    (found, *_) = breaks("x", {"type": "string"}, {"type": "string", "pattern": "a+"})
    assert "pattern is beyond" in found.words


def test_a_new_word_of_an_enumeration_is_news_to_old_readers():
    one, other = {"enum": ["a"]}, {"enum": ["a", "b"]}
    assert {found.direction for found in breaks("x", one, other)} == FORWARD


def test_a_schema_that_refers_to_itself_ends():
    tree = {"$ref": "#/$defs/T", "$defs": {"T": {"type": "array", "items": {"$ref": "#/$defs/T"}}}}
    assert breaks("x", tree, tree) == ()


def test_a_release_says_where_and_what_to_do(tmp_path, capsys):
    (tmp_path / "telemetry.v1.json").write_text(json.dumps(changed(row("new", type="string"))))
    (tmp_path / "gone.v1.json").write_text("{}")
    other = changed(lambda defs: defs["Row"]["required"].append("new"))
    (tmp_path / "telemetry.v1.json").write_text(json.dumps(other))
    assert main([str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "telemetry.v1: data.rows[].new" in told
    assert "gone.v1" in told
    assert "new version" in told
