"""A scenario says which solver solves its grid; the lineage of a run says which one it was."""

from dataclasses import replace
from importlib.metadata import version

import msgspec
import pytest

from aios.studies.findings import StudyInvalid
from aios.studies.grid import planned
from aios.studies.open_loop import run_open
from aios.studies.scenario_file import empty_site, read_scenario
from aios.studies.study_file import load_study
from simulators.networks.branches import LineMatrix
from simulators.networks.folder import Record, keep
from simulators.scenario import ScenarioInvalid, scenario_of
from tests.unit.aios.studies.test_scenario_profiles import NETWORK, SCENARIO, STUDY, profiles

OPENDSS = SCENARIO + 'solver = "opendss"\n'
UNEVEN = replace(
    NETWORK,
    lines=(
        replace(
            NETWORK.lines[0],
            phases="bc",
            matrix=LineMatrix(ohm_per_km=(0.1, 0.0, 0.1), reactance_ohm_per_km=(0.1, 0.0, 0.1)),
        ),
    ),
    loads=(replace(NETWORK.loads[0], phases="bc", connection="delta"),),
)


@pytest.fixture
def study(tmp_path):
    """Write a study of one network and return how to read it with a scenario."""

    def write(scenario, network=NETWORK):
        record = Record(source="x", form="csv", version="aios", digest="0")
        keep(tmp_path / "grid", network, profiles(0.5), record)
        (tmp_path / "scenario.toml").write_text(scenario, encoding="utf-8")
        (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
        return tmp_path / "study.toml"

    return write


def kpis(path):
    (request,) = planned(load_study(path))
    return run_open(request), request.lineage


def test_both_solvers_say_the_same_of_a_network_that_both_carry(study):
    one, default = kpis(study(SCENARIO))
    other, chosen = kpis(study(OPENDSS))
    assert default.solver == f"power_grid_model {version('power-grid-model')}"
    assert chosen.solver == f"opendss {version('dss-python')}"
    assert default.run != chosen.run
    assert other.result.kpis == pytest.approx(one.result.kpis, rel=1e-6, abs=1e-8, nan_ok=True)


def test_a_network_that_only_opendss_carries_is_run_by_it(study):
    outcome, _ = kpis(study(OPENDSS, UNEVEN))
    again, _ = kpis(study(OPENDSS, UNEVEN))
    assert again.result.digests == outcome.result.digests
    assert outcome.result.kpis["unconverged_steps"] == 0
    assert outcome.result.kpis["imported_kwh"] > 0.0


def test_a_solver_that_cannot_carry_the_network_is_a_mistake_of_the_scenario(study):
    path = study(SCENARIO, UNEVEN).parent / "scenario.toml"
    with pytest.raises(StudyInvalid, match=r"solver: power-grid-model carries no .*: l, houses"):
        read_scenario(path)


def test_an_unknown_solver_is_a_mistake_of_the_scenario(study):
    path = study(SCENARIO + 'solver = "spice"\n').parent / "scenario.toml"
    with pytest.raises(StudyInvalid, match="solver"):
        read_scenario(path)


def test_a_site_whose_solver_is_not_installed_says_how_to_get_it(monkeypatch):
    def without(name):
        raise ModuleNotFoundError(name)

    simulation = {"network": "nord", "start": "2016-12-14T00:00:00+01:00", "solver": "opendss"}
    site = msgspec.structs.replace(empty_site("s"), simulation=simulation)
    assert scenario_of(site).solver == "opendss"
    monkeypatch.setattr("simulators.physics.opendss_extra.import_module", without)
    with pytest.raises(ScenarioInvalid, match=r'pip install "aios-grid\[opendss\]"'):
        scenario_of(site)
