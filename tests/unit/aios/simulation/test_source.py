"""What a simulation is made of: files as `aios simulate` reads them, with keys that are changed."""

from datetime import datetime

import pytest

from aios.simulation.source import source_of
from aios.site import SiteInvalid
from aios.studies.scenario_file import SITES, read_scenario
from simulators.faults.kinds import FaultKind
from simulators.scenario import ScenarioInvalid
from tests.unit.aios.studies.small import SCENARIO


def test_a_name_a_path_and_a_scenario_lead_to_the_same_site(tmp_path):
    path = tmp_path / "hour.toml"
    path.write_text(SCENARIO)
    assert source_of("nord", seed=3, changes={}) == source_of(SITES / "nord.toml", seed=3, changes={})
    assert source_of(path, seed=3, changes={}) == source_of(read_scenario(path), seed=3, changes={})


def test_the_seed_is_the_files_where_none_is_given():
    assert source_of("nord", seed=None, changes={}).scenario.seed == 7
    assert source_of("nord", seed=9, changes={}).scenario.seed == 9


@pytest.mark.parametrize("start", ["17:30", "2016-12-14T17:30", datetime(2016, 12, 14, 17, 30)])  # noqa: DTZ001
def test_a_start_without_a_zone_is_of_the_site(start):
    scenario = source_of("nord", seed=None, changes={"start": start}).scenario
    there = datetime.fromisoformat("2016-12-14T17:30:00+01:00")
    assert scenario.start_ns == there.timestamp() * 1e9


def test_loops_that_are_not_named_are_gone():
    assert source_of("nord", seed=None, changes={"loops": ["shaver"]}).site.loops[0].agent == "shaver"
    assert source_of("nord", seed=None, changes={"loops": []}).site.loops == ()


def test_a_controller_takes_the_place_of_the_loops_that_control(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def make(spec, site): ...")
    site = source_of("nord", seed=None, changes={"controller": path, "settings": {"limit_kw": 1.0}}).site
    assert [loop.agent for loop in site.loops] == ["health", "forecast", "mine"]
    assert site.loops[-1].settings == {"limit_kw": 1.0}


def test_files_that_are_given_count_from_where_the_process_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    changes = {"weather": "station.csv", "profiles": "own.csv"}
    scenario = source_of("nord", seed=None, changes=changes).scenario
    assert scenario.weather == str(tmp_path / "station.csv")
    assert scenario.profiles == str(tmp_path / "own.csv")


def test_a_fault_more_leaves_the_source_as_it_was():
    source = source_of("nord", seed=None, changes={"fault": []})
    fault = source_of("nord", seed=None, changes={}).scenario.faults[0]
    assert source.with_fault(fault).scenario.faults == (fault,)
    assert source.scenario.faults == ()
    assert fault.kind is FaultKind.BLOCKED_COOLER


def test_a_site_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(FileNotFoundError, match="shipped sites are nord"):
        source_of("sued", seed=None, changes={})


@pytest.mark.parametrize(
    ("changes", "wrong", "words"),
    [
        ({"dayz": 1.0}, ScenarioInvalid, "dayz"),
        ({"start": "soon"}, ValueError, "soon"),
        ({"controller": "no_such_file.py"}, SiteInvalid, "no_such_file.py"),
    ],
)
def test_a_key_that_is_wrong_is_named(changes, wrong, words):
    with pytest.raises(wrong, match=words):
        source_of("nord", seed=None, changes=changes)
