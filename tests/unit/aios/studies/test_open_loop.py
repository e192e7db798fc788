"""Runs without control: what fails makes the difference, not the way in which a run is computed."""

import pytest

from aios.studies.grid import planned
from aios.studies.open_loop import run_open
from aios.studies.study_file import load_study

SCENARIO = 'network = "nord"\nstart = 2016-12-14T00:00:00+01:00\ndays = 0.5\n'
FAULT = '[[fault]]\ntarget = "t1"\nkind = "blocked_cooler"\nonset = 2016-12-14T02:00:00+01:00\namount = 0.5\n'
STUDY = """
[study]
name = "twins"
[[scenario]]
name = "sound"
file = "sound.toml"
[[scenario]]
name = "clogged"
file = "clogged.toml"
[[controller]]
name = "none"
loops = "none"
"""


def test_a_fault_that_only_heats_leaves_the_flows_of_its_sound_twin(tmp_path):
    (tmp_path / "sound.toml").write_text(SCENARIO)
    (tmp_path / "clogged.toml").write_text(SCENARIO + FAULT)
    (tmp_path / "study.toml").write_text(STUDY)
    sound, clogged = (
        run_open(request).result.kpis for request in planned(load_study(tmp_path / "study.toml"))
    )
    for kpi in ("peak_kw", "imported_kwh", "loss_kwh", "voltage_min_pu", "loading_max_pu"):
        assert clogged[kpi] == pytest.approx(sound[kpi], rel=1e-7)
    assert clogged["hot_spot_max_c"] > 30.0
