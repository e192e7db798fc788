"""`aios simulate FILE --report OUT` writes a report with the very numbers of a study."""

import json
import re

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.exits import Exit
from aios.studies.closed_loop import run_closed
from aios.studies.grid import planned
from aios.studies.scenario_file import SITES
from aios.studies.single import scenario_in, study_of
from tests.unit.aios.studies.small import SCENARIO

pytestmark = pytest.mark.system
FAULT = """
[[fault]]
target = "meter_f11"
kind = "silent"
onset = 2016-12-14T17:04:00+01:00
"""


def simulated(*words):
    return CliRunner().invoke(app, ["simulate", *map(str, words)])


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "hour.toml"
    path.write_text(SCENARIO.replace("fault = []\n", "").replace("0.0416666667", "0.01") + FAULT)
    return path


def test_the_report_has_the_numbers_of_a_study_and_the_figures_are_told_as_json(tmp_path, scenario):
    out = tmp_path / "out" / "hour.html"
    words = (scenario, "--seed", "5", "--folder", tmp_path / "a", "--report", out, "--json")
    done = simulated(*words)
    assert done.exit_code == Exit.OK, done.output
    told = json.loads(done.stdout)
    (run,) = told["figures"]["runs"]
    (request,) = planned(study_of(scenario_in(scenario), seeds=(5,)))
    studied = run_closed(request, tmp_path / "b").result
    assert run["kpis"] == studied.kpis
    assert (run["run"], run["kpis_digest"]) == (studied.run, studied.digests.kpis)
    assert {one["kind"] for one in run["happenings"]} >= {"fault", "notice", "quality"}
    page = out.read_text(encoding="utf-8")
    assert told["report"] == str(out)
    for part in ("Voltage band", "Loading duration", "Faults and answers", "meter_f11", run["run"]):
        assert part in page
    plots = json.loads(re.search(r'id="plots">(.*?)</script>', page, re.DOTALL)[1])
    lines = [trace["line"]["dash"] for trace in plots["scenes"][0]["together"]["power"]["data"]]
    assert set(lines) == {"solid"}, "there is no baseline to be told from"


def test_a_site_file_is_the_scenario_of_its_simulation_section():
    (request,) = planned(study_of(scenario_in(SITES / "nord.toml"), seeds=(7,)))
    assert (request.seed, request.cell.labels.scenario) == (7, "nord")
    assert {fault["target"] for fault in request.section["fault"]} == {"t1", "t2", "meter_grid"}


def test_a_look_into_the_middle_has_no_report(tmp_path, scenario):
    out = tmp_path / "hour.html"
    done = simulated(scenario, "--at", "17:02", "--folder", tmp_path / "a", "--report", out)
    assert done.exit_code == Exit.USAGE
    assert not out.exists()
