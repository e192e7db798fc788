"""What would have been different: other policies and agents are tried on what release 0.1.0 recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import policies
from aios.cli.app import app
from benchmarks.replay_days import GOLDEN

SHIPPED = Path(policies.__file__).parent / "data" / "xfmr_loading.json"
SLOWER = """
from edge.demand_response.peak_shaving import make as shipped
from kernel.ports import Step

class Silent:
    reads = ()
    proposes = ()
    def __init__(self, inner):
        self.inner, self.reads, self.proposes = inner, inner.reads, inner.proposes
    def start(self, past):
        return self.inner.start(past)
    def step(self, view, state):
        step = self.inner.step(view, state)
        return Step(state=step.state)

def make(spec, site):
    return Silent(shipped(spec, site))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("lived")
    (root / "journal").mkdir()
    shutil.copy(GOLDEN / "v0_1_0" / "recorder.db", root / "journal")
    return root


def told(folder: Path, *options: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["replay", "--folder", str(folder), *options, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_policies_of_then_would_have_said_the_same(folder: Path, tmp_path: Path) -> None:
    shutil.copy(SHIPPED, tmp_path / SHIPPED.name)
    found = told(folder, "--with-policy", str(tmp_path))
    assert (found["changed"], found["ticks"]) == ([], 120)
    assert found["asked"] > 0


def test_a_tighter_limit_changes_decisions_and_names_its_rule(folder: Path, tmp_path: Path) -> None:
    tighter = json.loads(SHIPPED.read_text()) | {"k_limit_medium": 0.05}
    (tmp_path / SHIPPED.name).write_text(json.dumps(tighter))
    found = told(folder, "--with-policy", str(tmp_path))
    assert found["changed"]
    assert {row["rule"].partition(".")[0] for row in found["changed"]} == {"xfmr_loading"}
    assert all("0.05" in row["reason"] for row in found["changed"])
    assert sum(found["by_point"].values()) <= found["asked"]
    assert "gone another way" in found["how"]


def test_the_same_agent_would_have_decided_the_same(folder: Path) -> None:
    assert told(folder, "--with-model", "shaver=peak_shaving")["changed"] == []


def test_an_agent_of_a_file_is_compared_in_every_tick(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(SLOWER)
    found = told(folder, "--with-model", f"shaver={tmp_path / 'silent.py'}")
    assert {row["would_be"] for row in found["changed"]} == {"nothing"}
    assert found["by_point"]["bat1/active_power_setpoint"] > 100


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (("--with-policy", "nowhere"), 3, "no policy"),
        (("--with-model", "nobody=peak_shaving"), 3, "does not say for whom"),
        (("--with-model", "shaver=nothing"), 3, "installed are"),
        (("--with-model", "shaver=no.py"), 3, "no file"),
        (("--with-model", "x", "--with-policy", "y"), 2, "at a time"),
    ],
)
def test_what_stands_in_for_nothing_is_refused(
    folder: Path, options: tuple[str, ...], code: int, text: str
) -> None:
    result = CliRunner().invoke(app, ["replay", "--folder", str(folder), *options])
    assert (result.exit_code, text in " ".join(result.output.split())) == (code, True), result.output
