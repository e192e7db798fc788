"""A bundle from the editor to the shelf by the command line, and a candidate on a day that 0.1.0 recorded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import aios
import policies
from aios.cli.app import app
from benchmarks.replay_days import GOLDEN

pytestmark = pytest.mark.system
NORD = Path(aios.__file__).parent / "sites" / "nord.toml"
SHIPPED = Path(policies.__file__).parent / "data" / "xfmr_loading.json"
SIGNERS = """
keys = "keys"
approvers = ["Jo Roth"]

[[policies.signer]]
key = "anna"
person = "Anna Berg"
"""


def run(*options: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["policy", *options])
    assert result.exit_code == code, result.output
    return result.output


def told(*options: str) -> Any:
    return json.loads(run(*options, "--json"))


def tightened(folder: Path, limit: float) -> Path:
    folder.mkdir(exist_ok=True)
    changed = json.loads(SHIPPED.read_text()) | {"k_limit_medium": limit}
    (folder / SHIPPED.name).write_text(json.dumps(changed))
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Substation nord with a signer, her key beside it."""
    assert CliRunner().invoke(app, ["keys", "new", "anna", "--folder", str(tmp_path)]).exit_code == 0
    (tmp_path / "keys").mkdir()
    shutil.copy(tmp_path / "anna.pem", tmp_path / "keys")
    head, _, tail = NORD.read_text().partition("[policies]\n")
    names, _, rest = tail.partition("\n\n")
    file = tmp_path / "site.toml"
    file.write_text(f"{head}[policies]\n{names}\n{SIGNERS}\n{rest}")
    return file


@pytest.fixture
def day(tmp_path: Path) -> Path:
    root = tmp_path / "lived"
    (root / "journal").mkdir(parents=True)
    shutil.copy(GOLDEN / "v0_1_0" / "recorder.db", root / "journal")
    return root


def test_a_bundle_is_built_signed_verified_and_refused_when_it_was_touched(site: Path, tmp_path: Path):
    file = tmp_path / "tight.aios-policies"
    changes = tightened(tmp_path / "changes", 0.9)
    made = told("build", str(site), str(changes), "--out", str(file), "--version", "tight")
    assert "is not signed" in run("verify", str(file), str(site), code=1)
    assert told("sign", str(file), "--key", str(tmp_path / "anna.key"))["key"] == "anna"
    good = told("verify", str(file), str(site))
    assert (good["signer"], good["manifest"]["revision"]) == ("Anna Berg", made["revision"])
    assert good["judges_as"].startswith(made["revision"] + "+")
    file.write_text(file.read_text().replace("0.9", "9.0"))
    assert "xfmr_loading.json has digest" in " ".join(run("verify", str(file), str(site), code=1).split())


def test_a_bundle_that_denies_the_safe_set_is_refused(site: Path, tmp_path: Path):
    changes, file = tmp_path / "changes", tmp_path / "b"
    changes.mkdir()
    (changes / "nothing_at_all.rego").write_text(
        "package aios.policies.nothing_at_all\n\nimport rego.v1\n\nclear := set()\n"
    )
    told("build", str(site), str(changes), "--out", str(file))
    told("sign", str(file), "--key", str(tmp_path / "anna.key"))
    assert "safe value" in run("verify", str(file), str(site), code=1)


def test_a_candidate_is_shadowed_on_a_recorded_day_and_every_changed_verdict_is_listed(
    site: Path, day: Path, tmp_path: Path
):
    changes = tightened(tmp_path / "changes", 0.05)
    found = told("what-if", str(changes), str(site), "--folder", str(day))
    assert found["ticks"] == 120
    assert found["differing"] > 0
    assert found["loosened"] == 0
    assert all(row["command"].startswith("v") for row in found["rows"])
    assert {row["was"] for row in found["rows"]} == {"allow"}
    assert all("xfmr_loading" in row["rule"] and "0.05" in row["reason"] for row in found["rows"])
    shown = run("what-if", str(changes), str(site), "--folder", str(day))
    assert "judged otherwise" in shown


def test_the_policies_in_force_differ_from_themselves_nowhere(site: Path, day: Path, tmp_path: Path):
    file = tmp_path / "same.aios-policies"
    told("build", str(site), "--out", str(file))
    found = told("what-if", str(file), str(site), "--folder", str(day))
    assert (found["differing"], found["rows"]) == (0, [])
    assert found["commands"] > 0


def test_what_each_policy_said_of_a_recorded_command_is_told(site: Path, day: Path, tmp_path: Path):
    found = told("what-if", str(tightened(tmp_path / "c", 0.05)), str(site), "--folder", str(day))
    command = found["rows"][0]["command"]
    said = told("explain", command, "--folder", str(day))
    assert said["command"] == command
    assert {one["said"] for one in said["policies"]} == {"cleared it"}
    assert run("explain", "v0000000-1-1", "--folder", str(day), code=3)


def test_the_rules_of_a_site_are_tested_and_a_failing_test_is_said(site: Path, tmp_path: Path):
    assert all(one["passed"] for one in told("test", str(site)))
    changes = tightened(tmp_path / "changes", 0.9)
    (changes / "mine_test.rego").write_text("package mine_test\n\nimport rego.v1\n\ntest_no if 1 == 2\n")
    assert "data.mine_test.test_no: undefined" in run("test", str(site), str(changes), code=1)


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (("verify", "nowhere", "nord"), 3, "no file nowhere"),
        (("build", "nord", "nowhere", "--out", "b"), 3, "no policy"),
        (("what-if", "nowhere", "nord"), 1, "no revision"),
        (("shadow", "--folder", "nowhere"), 3, "no bundle was asked"),
        (("shadow", "1-0123456789ab", "--folder", "nowhere"), 2, "needs a --reason"),
    ],
)
def test_what_is_not_there_is_said(options: tuple[str, ...], code: int, text: str):
    assert text in " ".join(run(*options, code=code).split())
