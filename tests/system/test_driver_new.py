"""`aios driver new` writes a driver package that runs and passes the conformance kit as it is."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.driver_kit.quality_scale import read_quality
from aios.driver_kit.skeleton import flaw_of_name
from tests.architecture.sources import ROOT


def new(*words: str) -> int:
    return CliRunner().invoke(app, ["driver", "new", *words]).exit_code


@pytest.mark.system
def test_a_new_driver_passes_its_own_test_as_it_is(tmp_path: Path):
    into = tmp_path / "package"
    assert new("weather_station", "--folder", str(into)) == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=into, env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{into}"},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_new_driver_says_how_good_it_is_and_can_be_found_by_its_protocol(tmp_path: Path):
    into = tmp_path / "package"
    assert new("weather_station", "--folder", str(into)) == 0
    project = tomllib.loads((into / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["aios.drivers"] == {"weather_station": "weather_station.driver:make"}
    assert read_quality(into / "weather_station/quality.toml").missing_proofs(into) == []
    assert "def make(" in (into / "weather_station/driver.py").read_text()


def test_nothing_of_the_skeletons_name_is_left(tmp_path: Path):
    into = tmp_path / "package"
    assert new("weather_station", "--folder", str(into)) == 0
    texts = {path: path.read_text() for path in into.rglob("*") if path.is_file()}
    assert [path.name for path, text in texts.items() if "skeleton" in text.lower()] == []


def test_what_is_there_is_not_written_over(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    assert new("mine", "--folder", str(tmp_path / "mine")) == 4
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("name", ["Weather", "weather-station", "class", "kernel", "aios", "1st"])
def test_a_name_that_cannot_be_a_package_is_refused(name: str, tmp_path: Path):
    assert flaw_of_name(name)
    assert new(name, "--folder", str(tmp_path / "x")) == 2
    assert not (tmp_path / "x").exists()
