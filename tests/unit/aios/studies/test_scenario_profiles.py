"""A scenario on the folder of an import: its network and its profiles."""

from pathlib import Path

import numpy as np
import pytest

from aios.studies.findings import StudyInvalid
from aios.studies.grid import planned
from aios.studies.open_loop import run_open
from aios.studies.scenario_file import read_scenario
from aios.studies.study_file import load_study
from simulators.networks.branches import Line
from simulators.networks.folder import Record, keep
from simulators.networks.network import Bus, Load, Network, Source
from simulators.profiles.stored import profile_set

SCENARIO = 'network = "grid"\nstart = 1970-01-01T00:00:00Z\ndays = 0.25\nopen_step_s = 3600.0\n'
STUDY = """
[study]
name = "own"
[[scenario]]
name = "one"
file = "scenario.toml"
[[controller]]
name = "none"
loops = "none"
"""
NETWORK = Network(
    name="two",
    source=Source(name="s", bus="a", voltage_pu=1.0, short_circuit_mva=1.0, rx_ratio=0.1, stiff=True),
    buses=(Bus(name="a", voltage_kv=20.0), Bus(name="b", voltage_kv=20.0)),
    lines=(
        Line(
            name="l",
            from_bus="a",
            to_bus="b",
            length_km=1.0,
            ohm_per_km=0.1,
            reactance_ohm_per_km=0.1,
            capacitance_uf_per_km=0.0,
            rated_a=300.0,
        ),
    ),
    loads=(Load(name="houses", bus="b", peak_kw=1000.0, profile="village"),),
)


def profiles(level):
    return profile_set(("village",), np.full((1, 24), level), start_ns=0, step_s=3600)


@pytest.fixture
def folder(tmp_path) -> Path:
    record = Record(source="x", form="csv", version="aios", digest="0")
    keep(tmp_path / "grid", NETWORK, profiles(0.5), record)
    (tmp_path / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def test_a_run_follows_the_profiles_in_the_folder_of_its_network(folder):
    (request,) = planned(load_study(folder / "study.toml"))
    values = run_open(request).result.kpis
    assert values["served_kwh"] == pytest.approx(6 * 500.0)


def test_other_profiles_are_another_run_and_another_folder_is_not(folder, tmp_path_factory):
    (request,) = planned(load_study(folder / "study.toml"))
    moved = tmp_path_factory.mktemp("moved")
    for path in folder.rglob("*.*"):
        target = moved / path.relative_to(folder)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    assert planned(load_study(moved / "study.toml"))[0].run == request.run
    keep(folder / "grid", NETWORK, profiles(0.6), Record(source="x", form="csv", version="a", digest="0"))
    assert planned(load_study(folder / "study.toml"))[0].run != request.run


def test_a_profile_that_is_not_there_is_told(folder):
    (folder / "other.csv").write_text("time,town [kW]\n1970-01-01T00:00Z,1\n1970-01-01T01:00Z,1\n", "utf-8")
    text = f'profiles = "other.csv"\n{SCENARIO}'
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyInvalid) as caught:
        read_scenario(folder / "scenario.toml")
    (found,) = caught.value.findings
    assert "village" in found.text
    assert found.line == 1


def test_a_file_of_profiles_that_cannot_be_read_is_told(folder):
    (folder / "scenario.toml").write_text(f'profiles = "none.npz"\n{SCENARIO}', encoding="utf-8")
    with pytest.raises(StudyInvalid, match="1"):
        read_scenario(folder / "scenario.toml")
