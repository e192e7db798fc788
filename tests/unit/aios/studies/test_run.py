"""A run never raises, whatever fails in it; what a killed one left stands in nobody's way."""

import asyncio
import re

import msgspec
import pytest

from aios.replay.again import replay_run
from aios.studies.cell import laid_out
from aios.studies.grid import planned
from aios.studies.run import execute, packed
from aios.studies.study_file import load_study
from tests.unit.aios.studies.report.made import cell
from tests.unit.aios.studies.small import SCENARIO, STUDY, write_study

SHORT = SCENARIO.replace("days = 0.0416666667", "days = 0.002")
MINE = """
from aios import Step

class Idle:
    name, reads, proposes = "shaver", (), ()

    def start(self, past):
        return None

    def step(self, view, state):
        return Step(state=state)

def make(spec, site):
    return Idle()
"""
BROKEN = """
def make(spec, site):
    raise ValueError("no such battery")
"""


def requests(folder, study=STUDY):
    path = write_study(folder, study.replace("replicates = 2", "replicates = 1"), SHORT)
    return planned(load_study(path))


def test_a_gateways_folder_that_stays_is_written_anew_by_every_try(tmp_path):
    folder = tmp_path / "study"
    write_study(folder)
    (folder / "mine.py").write_text(MINE)
    _, request = requests(folder, STUDY + '[[controller.loop]]\nagent = "shaver"\nkind = "file:mine.py"\n')
    keep = tmp_path / "gateways" / request.run
    first = execute(request, keep).result
    half = keep.with_name(f".{request.run}.1")
    half.mkdir()
    again = execute(request, keep).result
    assert (first.cause, again.cause) == ("", "")
    assert first.digests == again.digests
    assert sorted(one.name for one in keep.parent.iterdir()) == [half.name, keep.name]
    report = asyncio.run(replay_run(keep))
    assert report.ticks > 0
    assert not report.differences


def test_a_run_that_failed_says_where_and_leaves_its_gateways_folder(tmp_path):
    folder = tmp_path / "study"
    write_study(folder)
    (folder / "broken.py").write_text(BROKEN)
    _, request = requests(folder, STUDY + '[[controller.loop]]\nagent = "shaver"\nkind = "file:broken.py"\n')
    outcome = packed(request, tmp_path / "gateways" / request.run)
    assert outcome.result.cause == "ValueError: no such battery"
    assert re.search(r'broken-\w+\.py", line 3, in make\n', outcome.files["cause.txt"].decode())
    assert [one.name for one in (tmp_path / "gateways").iterdir()] == [request.run]


def test_a_run_whose_tables_cannot_be_kept_has_failed_and_not_its_worker(tmp_path, monkeypatch):
    def without(name):
        raise ModuleNotFoundError(name)

    request, _ = requests(tmp_path)
    monkeypatch.setattr("aios.studies.parquet.import_module", without)
    outcome = packed(request)
    assert outcome.result.cause.startswith("NoParquet: studies are kept as Parquet")
    assert sorted(outcome.files) == ["cause.txt", "measured.json", "run.json"]
    assert msgspec.json.decode(outcome.files["run.json"])["cause"] == outcome.result.cause


@pytest.mark.parametrize("place", [0, 1])
def test_a_run_that_went_well_has_no_file_of_causes(tmp_path, place):
    assert "cause.txt" not in packed(requests(tmp_path)[place]).files


@pytest.mark.parametrize("name", ["../mine.py", "agents/../../mine.py", "/mine.py"])
def test_no_file_of_a_cell_is_written_outside_its_folder(tmp_path, name):
    sent = msgspec.structs.replace(cell("idle"), files={name: "print()"})
    inside = tmp_path / "run"
    inside.mkdir()
    with pytest.raises(ValueError, match="outside the folder"), laid_out(sent, inside):
        pass
    assert [one.name for one in tmp_path.rglob("*")] == ["run"]
