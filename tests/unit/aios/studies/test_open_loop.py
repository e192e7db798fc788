"""Runs without control: what fails makes the difference, not the way in which a run is computed."""

from importlib.resources import files

import pytest

from aios.studies.findings import StudyInvalid
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


def requests(folder, sound, clogged, study=STUDY):
    """Plan two scenarios with nobody in control."""
    (folder / "sound.toml").write_text(sound)
    (folder / "clogged.toml").write_text(clogged)
    (folder / "study.toml").write_text(study)
    return planned(load_study(folder / "study.toml"))


def twins(folder, sound, clogged):
    """Run them; return their KPIs."""
    return (run_open(request).result.kpis for request in requests(folder, sound, clogged))


def test_a_fault_that_only_heats_leaves_the_flows_of_its_sound_twin(tmp_path):
    sound, clogged = twins(tmp_path, SCENARIO, SCENARIO + FAULT)
    for kpi in ("peak_kw", "imported_kwh", "loss_kwh", "voltage_min_pu", "loading_max_pu"):
        assert clogged[kpi] == pytest.approx(sound[kpi], rel=1e-7)
    assert clogged["hot_spot_max_c"] > 30.0


REGULATED = """
[[fault]]
target = "t1"
kind = "blocked_cooler"
onset = 2016-12-14T02:00:00+01:00
amount = 0.0
"""


def test_what_regulates_itself_does_so_whether_anything_fails_or_not(tmp_path):
    network = files("simulators.networks").joinpath("nord.toml").read_text("utf-8")
    regulator = "regulator = { target_kv = 20.5, band_kv = 0.35 }"
    (tmp_path / "own.toml").write_text(
        network.replace("tap_position = -2\n", f"tap_position = -2\n{regulator}\n")
    )
    scenario = SCENARIO.replace('"nord"', '"own.toml"')
    sound, moved = twins(tmp_path, scenario, scenario + REGULATED)
    assert sound["tap_operations"] == moved["tap_operations"] > 0.0
    assert sound["voltage_max_pu"] == pytest.approx(moved["voltage_max_pu"], rel=1e-9)


def test_a_year_without_anything_but_profiles_is_a_batch_to_its_very_end(tmp_path):
    begun = SCENARIO.replace("days = 0.5", "days = 0.21")  # 20.16 quarter-hours
    whole, failing = twins(tmp_path, begun, begun + REGULATED)
    assert whole["hours"] == pytest.approx(failing["hours"]) == pytest.approx(0.21 * 24.0)
    assert whole["imported_kwh"] == pytest.approx(failing["imported_kwh"], rel=1e-4)
    assert "tap_operations" not in whole, "it was stepped"


def test_cores_that_share_a_run_change_nothing_of_it(tmp_path):
    request, _ = requests(tmp_path, SCENARIO, SCENARIO + FAULT)
    alone, shared = (run_open(request, threads=threads).result for threads in (1, 2))
    assert shared.kpis == alone.kpis
    assert shared.digests == alone.digests  # of the tables too


def test_nobody_steps_as_the_gateway_does_that_it_is_compared_with(tmp_path):
    scenario = 'site = "nord"\nopen_step_s = 900.0\n'
    longer = scenario + "days = 2\n"
    assert {one.cell.open_step_s for one in requests(tmp_path, scenario, longer)} == {900.0}
    both = f'{STUDY}\n[[controller]]\nname = "site"\n'
    with pytest.raises(StudyInvalid) as caught:
        requests(tmp_path, scenario, longer, both)
    assert {(one.line, one.where) for one in caught.value.findings} == {(2, "open_step_s")}


REPAIRED = """
[[fault]]
target = "f11"
kind = "short_circuit"
onset = 2016-12-14T00:10:00+01:00
amount = 0.5
[equipment.crews]
travel_s = 600.0
work_s = 600.0
"""


def test_a_fault_that_a_crew_has_ended_is_told_with_its_end(tmp_path):
    brief = SCENARIO.replace("days = 0.5", "days = 0.1")
    _, request = requests(tmp_path, SCENARIO, brief + REPAIRED)
    (short,) = run_open(request).result.happenings
    assert 300.0 < (short.until_ns - short.at_ns) * 1e-9 < 7200.0
