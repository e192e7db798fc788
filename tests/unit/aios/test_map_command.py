"""`aios map` shows and checks register maps."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.exits import Exit

GOOD = """title = "Own"
source = "own table"

[[points]]
quantity = "power"
unit = "kW"
table = "input"
address = 0
type = "i32"
order = "CDAB"
scale = 0.1
"""


def run(*words: str):
    return CliRunner().invoke(app, ["map", *words])


def test_the_list_says_which_maps_were_checked_against_a_second_source():
    told = run("list").output
    assert "vaisala_opt100" in told
    assert "one source only" in told
    rows = {row["name"]: row for row in json.loads(run("list", "--json").output)}
    assert rows["abb_b23"]["checked"]
    assert rows["qualitrol_111w"]["checked"] == []


def test_a_sound_map_has_no_mistakes(tmp_path: Path):
    (tmp_path / "own.toml").write_text(GOOD)
    assert run("check", str(tmp_path / "own.toml")).exit_code == Exit.OK


def test_every_mistake_of_a_map_is_told_at_once(tmp_path: Path):
    (tmp_path / "own.toml").write_text(GOOD.replace('"i32"', '"i33"').replace('"input"', '"inputs"'))
    result = run("check", str(tmp_path / "own.toml"), "--json")
    assert result.exit_code == Exit.FINDINGS
    assert {fault["where"] for fault in json.loads(result.output)} == {"power.table", "power.type"}


@pytest.mark.parametrize("words", [("check", "nowhere.toml"), ("show", "nowhere")], ids=["check", "show"])
def test_a_map_that_is_not_there_is_said_to_be_so(words):
    assert run(*words).exit_code == Exit.NOT_THERE


def test_a_map_with_mistakes_is_not_shown_but_told(tmp_path: Path):
    (tmp_path / "own.toml").write_text("title = 1")
    assert run("show", str(tmp_path / "own.toml")).exit_code == Exit.FINDINGS


def test_a_map_is_shown_with_register_order_scale_and_source():
    told = run("show", "schneider_micrologic").output
    assert "DOCA0091EN" in told
    assert "12000 u16 bit 0" in told
    assert "32027 f32 ABCD" in told
    assert json.loads(run("show", "abb_b23", "--json").output)["name"] == "abb_b23"


def test_the_schema_names_every_key_and_says_what_it_means():
    schema = json.loads(run("schema").output)
    assert schema["properties"]["points"]
    described = schema["$defs"]["PointForm"]["properties"]["address"]["description"]
    assert described.startswith("First register or bit")
