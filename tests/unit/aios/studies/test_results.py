"""The folder of a study: no run is counted twice, none vanishes, and what has no solution is told."""

import math

import msgspec
import numpy as np
import pytest

from aios.studies.closed_loop import outcome as put_together
from aios.studies.ledger import GridLedger
from aios.studies.parquet import read_table
from aios.studies.result import Digests, Measured, kpi_digest
from aios.studies.results import NotAStudy, StudyFolder
from simulators.networks.file import shipped
from simulators.physics.flows import diverged
from simulators.physics.tables import rows_of
from tests.unit.aios.studies.report.made import BEGIN_NS, QUARTER_NS, outcome, requests, study

CAUSE = "ValueError: no such battery"


@pytest.fixture
def folder(tmp_path):
    found = StudyFolder(tmp_path / "study")
    found.begin(study(), requests())
    return found


def kept(folder, *, failed=0, **given):
    """Keep a run of each that waits but the last, and let the first ones fail."""
    waiting = folder.waiting()
    for place, one in enumerate(waiting[:-1]):
        folder.keep(outcome(one, {"peak_kw": 1.0}, cause=CAUSE if place < failed else "", **given))
    return waiting


def test_what_is_there_is_not_run_again(folder):
    *done, last = kept(folder)
    assert folder.waiting() == (last,)
    folder.keep(outcome(last, {"peak_kw": 2.0}))
    assert folder.waiting() == ()
    assert [one.run for one in folder.results()] == [one.run for one in (*done, last)]


def test_a_run_that_is_kept_twice_counts_once(folder):
    first, *_ = kept(folder)
    folder.keep(outcome(first, {"peak_kw": 3.0}))
    record = folder.finish()
    table = read_table(folder.root / "results.parquet")
    assert len(table["run"]) == len(set(table["run"])) == len(record.runs) - 1
    assert table["value"][table["run"].index(first.run)] == 3.0


def test_a_run_that_failed_is_tried_again_only_where_that_is_asked_for(folder):
    first, *_, last = kept(folder, failed=1)
    assert folder.waiting() == (last,)
    assert folder.waiting(failed_too=True) == (first, last)


@pytest.mark.parametrize("told", [StudyFolder.seen, StudyFolder.finish])
def test_a_run_that_failed_is_listed_with_its_cause(folder, told):
    kept(folder, failed=1)
    states = [(one.state, one.cause) for one in told(folder).runs]
    assert states == [("failed", CAUSE), *[("done", "")] * 4, ("waiting", "")]


def test_a_kill_while_a_run_is_written_leaves_no_half_of_it(folder, monkeypatch):
    first, *_ = folder.waiting()
    whole = outcome(first, {"peak_kw": 1.0})
    written = []

    def killed(path, body):
        if written:
            raise KeyboardInterrupt
        written.append(path)
        with path.open("wb") as file:
            file.write(body)

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.write_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            folder.keep(whole)
    assert folder.result_of(first.run) is None
    assert folder.waiting()[0] == first
    (folder.root / "runs" / f".{first.run}.1").mkdir()
    folder.keep(whole)
    folder.finish()
    assert [one.name for one in (folder.root / "runs").iterdir()] == [first.run]


def test_another_study_does_not_go_into_the_folder(folder):
    other = study()
    head = msgspec.structs.replace(other.file.study, name="other")
    other = msgspec.structs.replace(other, file=msgspec.structs.replace(other.file, study=head))
    with pytest.raises(NotAStudy, match="holds the study made"):
        folder.begin(other, requests())


def test_every_kpi_in_the_table_of_results_has_the_time_without_a_solution_beside_it(folder):
    kept(folder, unconverged_steps=3)
    folder.finish()
    table = read_table(folder.root / "results.parquet")
    assert set(table["unconverged_steps"]) == {3}
    assert set(table["unconverged_h"]) == {0.05}


def test_a_run_carries_what_its_grid_could_not_solve():
    network = shipped("nord")
    grid = GridLedger(network)
    grid.step(diverged(rows_of(network), "lost"), BEGIN_NS, BEGIN_NS + QUARTER_NS)
    first, *_ = requests()
    done = put_together(first, grid, {}, (), Measured(seconds=1.0), Digests(kpis=""))
    assert (done.result.unconverged_steps, done.result.unconverged_h) == (1, 0.25)
    assert (done.result.kpis["unconverged_steps"], done.result.kpis["unconverged_h"]) == (1.0, 0.25)
    assert done.result.kpis["peak_kw"] is None
    assert done.result.kpis["balance_error"] is None
    assert done.tables["series"]["unconverged_s"].tolist() == [900.0]
    assert math.isnan(done.tables["series"]["import_kw"][0])


def test_one_bit_of_a_table_is_another_digest():
    column = np.array([1.0, 2.0])
    other = np.array([1.0, np.nextafter(2.0, 3.0)])
    digests = {kpi_digest({"peak_kw": 1.0}, {"series": {"import_kw": one}}) for one in (column, other)}
    assert len(digests) == 2
