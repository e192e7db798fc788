"""`aios simulate FILE --at T --step N` stops where it is told, and shows the truth beside the belief."""

import json
from datetime import datetime

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.exits import Exit
from aios.studies.scenario_file import read_scenario, scenario_site
from aios.virtual.look import NoSuchMoment, moment_of
from tests.unit.aios.studies.small import SCENARIO

FAULT = """
[[fault]]
target = "meter_f11"
kind = "silent"
onset = 2016-12-14T17:01:00+01:00
"""


def test_a_scenario_is_looked_at_and_stepped(tmp_path):
    path = tmp_path / "hour.toml"
    path.write_text(SCENARIO.replace("fault = []\n", "") + FAULT)
    command = ["simulate", str(path), "--at", "17:02", "--step", "8", "--folder", str(tmp_path), "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == Exit.OK, done.output
    looks = json.loads(done.stdout)
    assert [one["tick"] for one in looks] == list(range(1, 10))
    first, last = looks[0], looks[-1]
    assert first["at_ns"] % (3_600 * 10**9) == 120 * 10**9
    assert first["faults"] == ["meter_f11: silent"]
    assert first["import_kw"] > 10_000.0
    points = {one["point"]: one for one in last["points"]}
    assert points["grid/active_power"]["value"] == pytest.approx(last["import_kw"], rel=0.01)
    assert points["grid/active_power"]["quality"] == "good"
    assert points["f11/active_power"]["quality"] != "good"


def test_moments_are_of_the_site(tmp_path):
    path = tmp_path / "hour.toml"
    path.write_text(SCENARIO)
    site, _ = scenario_site(read_scenario(path))
    start_ns = round(datetime.fromisoformat("2016-12-14T17:00:00+01:00").timestamp() * 1e9)
    assert moment_of("17:30", site, start_ns) - start_ns == 1_800 * 10**9
    assert moment_of("2016-12-14T16:30:00+00:00", site, start_ns) - start_ns == 1_800 * 10**9
    assert moment_of("16:00", site, start_ns) - start_ns == 23 * 3_600 * 10**9, "the next day"
    for wrong in ("soon", "2016-12-13T00:00"):
        with pytest.raises(NoSuchMoment):
            moment_of(wrong, site, start_ns)
