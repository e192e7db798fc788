"""A study from its file to its results: the same bytes however it was run, and whole whatever was killed."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest

from aios.studies.carry_out import carry_out
from aios.studies.fan_out.processes import Processes
from aios.studies.grid import planned
from aios.studies.parquet import read_table
from aios.studies.results import StudyFolder
from aios.studies.run import execute
from aios.studies.study_file import load_study
from tests.fakes.here import Here
from tests.unit.aios.studies.small import SCENARIO, STUDY, write_study

DIES = """
import os, signal

def make(spec, site):
    os.kill(os.getpid(), signal.SIGKILL)
"""
RAISES = """
def make(spec, site):
    raise ValueError("no such battery")
"""


def begun(tmp_path, name="study", **small):
    study = load_study(write_study(tmp_path / "files", **small))
    requests = planned(study)
    folder = StudyFolder(tmp_path / name)
    folder.begin(study, requests)
    return folder, requests


def contents(folder):
    """Return every file of a study by name, but for what was measured."""
    return {
        str(path.relative_to(folder.root)): path.read_bytes()
        for path in sorted(folder.root.rglob("*"))
        if path.is_file() and path.name != "measured.json"
    }


@pytest.fixture(scope="module")
def by_processes(tmp_path_factory):
    folder, _ = begun(tmp_path_factory.mktemp("processes"))
    carry_out(folder, Processes(2))
    return folder


def test_one_process_and_two_give_the_same_bytes(by_processes, tmp_path):
    here, _ = begun(tmp_path)
    record = carry_out(here, Here())
    assert [one.state for one in record.runs] == 4 * ["done"]
    assert contents(here) == contents(by_processes)


def test_a_run_without_control_is_the_run_of_a_gateway_that_does_nothing(tmp_path):
    study = STUDY.replace('drop = ["forecast", "health"]', 'drop = ["forecast", "health", "shaver"]')
    _, requests = begun(tmp_path, study=study)
    none, idle = (execute(one).result for one in requests if one.replicate == 0)
    grid = [name for name in none.kpis if name != "balance_error"]
    assert {name: none.kpis[name] for name in grid} == {name: idle.kpis[name] for name in grid}
    assert none.kpis["peak_kw"] > 10_000.0


def test_a_controller_that_thinks_too_long_gets_the_grid_it_deserves(tmp_path):
    study = STUDY.replace("replicates = 2", "replicates = 1")
    for name, cost_s in (("slow", 200.0), ("asleep", 1e6)):
        study += f'\n[[controller]]\nname = "{name}"\ndrop = ["forecast", "health"]\n'
        study += f'[[controller.loop]]\nagent = "shaver"\nthinks = {{ cost_s = {cost_s}, spread = 0.1 }}\n'
    scenario = SCENARIO.replace("days = 0.0416666667", "days = 0.125")
    _, requests = begun(tmp_path, study=study, scenario=scenario)
    results = {one.cell.labels.controller: execute(one).result for one in requests}
    assert {one.cause for one in results.values()} == {""}
    peak_kw = {name: one.kpis["peak_kw"] for name, one in results.items()}
    assert peak_kw["shaver"] < peak_kw["none"]
    assert peak_kw["asleep"] == peak_kw["none"]
    assert results["asleep"].kpis["generated_kwh"] == 0.0, "it never said anything"
    assert results["slow"].kpis["lost_steps"] > results["slow"].kpis["late_steps"] > 20
    assert results["slow"].kpis["decision_latency_p95_s"] == pytest.approx(200.0 * 1.18, rel=0.1)
    assert "lost_steps" not in results["shaver"].kpis


def test_results_carry_their_lineage_and_their_unconverged_time(by_processes):
    columns = read_table(by_processes.root / "results.parquet")
    runs = {one.run: one for one in by_processes.results()}
    assert set(columns["run"]) == set(runs)
    assert set(columns["unconverged_steps"].tolist()) == {0}
    peak = columns["kpi"].index("peak_kw")
    assert columns["unit"][peak] == "kW"
    lineage = next(iter(runs.values())).lineage
    assert all(
        getattr(lineage, name) for name in ("aios", "site", "network", "scenario", "controller", "seed")
    )


def test_a_controller_that_fails_or_kills_its_process_fails_alone_and_with_its_cause(tmp_path):
    study = STUDY.replace("replicates = 2", "replicates = 1")
    for name in ("deadly", "broken"):
        study += f'\n[[controller]]\nname = "{name}"\ndrop = ["forecast", "health"]\n'
        study += f'[[controller.loop]]\nagent = "shaver"\nkind = "file:{name}.py"\n'
    write_study(tmp_path / "files")
    (tmp_path / "files" / "deadly.py").write_text(DIES)
    (tmp_path / "files" / "broken.py").write_text(RAISES)
    folder, _ = begun(tmp_path, study=study)
    record = carry_out(folder, Processes(2))
    assert {one.labels.controller: (one.state, one.cause) for one in record.runs} == {
        "none": ("done", ""),
        "shaver": ("done", ""),
        "deadly": ("failed", "its process ended 3 times, the last time with exit code -9"),
        "broken": ("failed", "ValueError: no such battery"),
    }


def test_a_study_that_is_killed_is_finished_by_resume_and_no_run_counts_twice(by_processes, tmp_path):
    study = write_study(tmp_path / "files")
    folder = tmp_path / "study"
    run = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "aios",
            "study",
            "run",
            str(study),
            "--folder",
            str(folder),
            "--processes",
            "1",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 60.0
    while not list((folder / "runs").glob("[0-9a-f]*")) and time.monotonic() < until:
        assert run.poll() is None
        select.select([], [], [], 0.02)  # give way
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    done = len(list((folder / "runs").glob("[0-9a-f]*")))
    assert done >= 1
    record = carry_out(StudyFolder(folder), Here())
    assert [one.state for one in record.runs] == 4 * ["done"]
    assert contents(StudyFolder(folder)) == contents(by_processes)


def test_what_is_there_is_not_run_again(by_processes):
    class Nobody:
        def run(self, requests):
            assert list(requests) == []
            yield from ()

    before = contents(by_processes)
    carry_out(by_processes, Nobody())
    assert contents(by_processes) == before
