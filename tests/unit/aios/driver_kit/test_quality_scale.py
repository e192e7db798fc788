"""The quality scale: what a driver says of itself is true, complete, and gives its tier."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.driver_kit.folders import driver_folders, protocols_of
from aios.driver_kit.quality_scale import SCALE, Answer, Quality, Status, Tier, read_quality
from tests.architecture.sources import ROOT

SHIPPED = sorted((ROOT / "drivers").glob("*/quality.toml"))
DONE = Answer(status=Status.DONE, proof=("README.md",))


def quality(**changed: Answer) -> Quality:
    return Quality(title="t", rules={rule.name: DONE for rule in SCALE} | changed)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_what_a_shipped_driver_says_of_itself_exists(path: Path):
    assert read_quality(path).missing_proofs(ROOT) == []


def test_every_room_of_drivers_says_how_good_it_is():
    rooms = {path.parent.name for path in (ROOT / "drivers").glob("*/__init__.py")}
    assert {path.parent.name for path in SHIPPED} == rooms == set(driver_folders()) & rooms


def test_every_shipped_driver_has_reached_a_tier():
    assert [path.parent.name for path in SHIPPED if read_quality(path).tier is Tier.NONE] == []


def test_a_proof_that_does_not_exist_or_does_not_say_so_is_found():
    one = quality(sent_once=Answer(status=Status.DONE, proof=("no/such/file.py", "README.md::no such words")))
    assert one.missing_proofs(ROOT) == ["no/such/file.py", "README.md::no such words"]


@pytest.mark.parametrize(
    ("rules", "tier"),
    [
        ({}, Tier.PLATINUM),
        ({"encrypted": Answer(status=Status.TODO, why="later")}, Tier.GOLD),
        ({"encrypted": Answer(status=Status.EXEMPT, why="a file")}, Tier.PLATINUM),
        ({"fuzzed": Answer(status=Status.TODO, why="later")}, Tier.SILVER),
        ({"sent_once": Answer(status=Status.TODO, why="later")}, Tier.NONE),
    ],
    ids=["all", "platinum to do", "exempt", "gold to do", "bronze to do"],
)
def test_a_tier_is_reached_when_nothing_up_to_it_is_to_do(rules: dict[str, Answer], tier: Tier):
    assert quality(**rules).tier is tier


@pytest.mark.parametrize(
    ("rule", "answer", "flaw"),
    [
        ("sent_once", Answer(status=Status.DONE), "sent_once is done without a proof"),
        ("sent_once", Answer(status=Status.TODO), "sent_once is todo without a reason"),
        ("shiny", DONE, "there is no rule shiny"),
    ],
)
def test_an_answer_without_its_grounds_is_a_flaw(rule: str, answer: Answer, flaw: str):
    assert quality(**{rule: answer}).flaws() == [flaw]


def test_a_rule_of_which_nothing_is_said_is_a_flaw(tmp_path: Path):
    file = tmp_path / "quality.toml"
    first = SHIPPED[0].read_text(encoding="utf-8")
    file.write_text(first.replace("[rules.fuzzed]\n", "[rules.gone]\n"), encoding="utf-8")
    with pytest.raises(ValueError, match="nothing is said of fuzzed"):
        read_quality(file)


def test_the_document_names_every_rule_of_the_scale_with_its_claim():
    text = (ROOT / "docs" / "driver-quality.md").read_text(encoding="utf-8")
    assert [rule.name for rule in SCALE if f"| `{rule.name}` | {rule.claim} |" not in text] == []


def test_the_command_lists_drivers_with_tier_and_protocols():
    told = json.loads(CliRunner().invoke(app, ["driver", "list", "--json"]).stdout)
    modbus = next(row for row in told if row["name"] == "modbus")
    assert modbus["tier"] == read_quality(ROOT / "drivers/modbus/quality.toml").tier
    assert "modbus-tcp" in modbus["protocols"] == protocols_of(ROOT / "drivers/modbus")


def test_the_command_shows_every_rule_and_its_reason():
    told = CliRunner().invoke(app, ["driver", "show", "mqtt"])
    assert told.exit_code == 0
    assert all(rule.name in told.stdout for rule in SCALE)
    assert CliRunner().invoke(app, ["driver", "show", "nobody"]).exit_code == 3
