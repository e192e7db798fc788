"""Whatever a run follows from names it: edit one file, and it is another run."""

from pathlib import Path

import numpy as np
import pytest

import drivers.modbus
from aios.studies.adversary import attacked
from aios.studies.grid import planned
from aios.studies.run import execute
from aios.studies.scenario_file import SITES
from aios.studies.study_file import load_study
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.networks.file import FOLDER as NETWORKS
from simulators.profiles.stored import profile_set, write_profiles
from tests.unit.aios.studies.small import SCENARIO, STUDY, write_study

MAPS = Path(drivers.modbus.__file__).parent / "maps"
MAKES = "from edge.demand_response.peak_shaving import make\n"
CONTROLLED = STUDY.replace("replicates = 2", "replicates = 1").replace(
    'drop = ["forecast", "health"]',
    """drop = ["forecast", "health"]
[[controller.loop]]
agent = "shaver"
thinks = { cost_s = 1.0 }

[[model]]
name = "quick"
[[model.loop]]
agent = "shaver"
period_s = 60.0
""",
)


def profiles(level):
    return profile_set(
        ("feeder_1", "feeder_2", "feeder_3", "feeder_4", "pv"),
        np.full((5, 24), level),
        start_ns=0,
        step_s=3600,
    )


@pytest.fixture
def folder(tmp_path):
    """A study in which everything is a file of its own: site, map, agent, network, profiles."""
    write_study(
        tmp_path, CONTROLLED, SCENARIO.replace('site = "nord"', 'site = "own.toml"\nnetwork = "grid"')
    )
    site = (SITES / "nord.toml").read_text().replace('kind = "peak_shaving"', 'kind = "file:mine.py"')
    (tmp_path / "own.toml").write_text(site.replace('map = "feeder_meter"', 'map = "meter.toml"', 1))
    (tmp_path / "meter.toml").write_text((MAPS / "feeder_meter.toml").read_text())
    (tmp_path / "mine.py").write_text(MAKES)
    (tmp_path / "grid").mkdir()
    (tmp_path / "grid" / "network.toml").write_text((NETWORKS / "nord.toml").read_text())
    write_profiles(profiles(0.5), tmp_path / "grid" / "profiles.npz")
    return tmp_path


def names(folder):
    return [one.run for one in planned(load_study(folder / "study.toml"))]


def edited(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


BOTH, CONTROL = [False, False], [True, False]
"""Which runs stay the same: the one without control, the one with it."""


@pytest.mark.parametrize(
    ("file", "old", "new", "same"),
    [
        ("own.toml", "base_tick_s = 60.0", "base_tick_s = 30.0", BOTH),
        ("own.toml", 'kind = "file:mine.py"', 'kind = "peak_shaving"', CONTROL),
        ("meter.toml", "\n", "\n\n", BOTH),
        ("mine.py", MAKES, MAKES + "# another\n", CONTROL),
        ("grid/network.toml", "\n", "\n\n", BOTH),
        ("hour.toml", "days = 0.04", "days = 0.08", BOTH),
        ("study.toml", "seed = 3", "seed = 4", BOTH),
        ("study.toml", "cost_s = 1.0", "cost_s = 2.0", CONTROL),
        ("study.toml", "period_s = 60.0", "period_s = 120.0", CONTROL),
        (
            "study.toml",
            "[[model]]",
            '[[policies]]\nname = "few"\nnames = ["xfmr_loading"]\n[[model]]',
            CONTROL,
        ),
    ],
)
def test_an_edit_of_any_file_is_another_run(folder, file, old, new, same):
    before = names(folder)
    edited(folder / file, old, new)
    assert [one == other for one, other in zip(before, names(folder), strict=True)] == same


def test_other_profiles_and_another_solver_are_other_runs_and_what_is_not_asked_is_not(folder, monkeypatch):
    before = names(folder)
    edited(folder / "own.toml", "# ", "# a remark: ")
    (folder / "grid" / "notes.txt").write_text("nobody reads this")
    assert names(folder) == before
    write_profiles(profiles(0.6), folder / "grid" / "profiles.npz")
    other = names(folder)
    monkeypatch.setattr("simulators.physics.solvers.version", lambda package: f"9 of {package}")
    assert len({*before, *other, *names(folder)}) == 6
    monkeypatch.setattr("aios.__version__", "9")
    assert not {*names(folder)} & {*before, *other}


def test_another_release_of_an_installed_agent_is_another_run(folder, monkeypatch):
    edited(folder / "own.toml", 'kind = "file:mine.py"', 'kind = "peak_shaving"')
    before = names(folder)
    monkeypatch.setattr("aios.studies.provenance.origin_of", lambda kind: f"{kind} of tomorrow")
    assert [one == other for one, other in zip(before, names(folder), strict=True)] == CONTROL


def test_a_run_that_was_planned_with_other_code_or_profiles_is_refused(folder, monkeypatch):
    request, _ = planned(load_study(folder / "study.toml"))
    write_profiles(profiles(0.6), folder / "grid" / "profiles.npz")
    monkeypatch.setattr("aios.__version__", "9")
    cause = execute(request).result.cause
    assert cause.startswith("OtherCode: aios was ")
    assert "now it is 9; the profiles was" in cause
    assert "`aios study run`" in cause


def test_an_attacked_run_has_the_lineage_of_a_scenario_with_these_faults(folder):
    fault = Fault(
        kind=FaultKind.OVERLOAD, target="t1", onset_ns=1_481_731_200_000_000_000, amount=0.5, seed=3
    )
    open_run, _ = planned(load_study(folder / "study.toml"))
    worst = attacked(open_run, (fault,))
    (told,) = worst.cell.section["fault"]
    lines = "\n".join(f"{key} = {value!r}" for key, value in told.items())
    edited(folder / "hour.toml", "fault = []\n", "")
    (folder / "hour.toml").write_text((folder / "hour.toml").read_text() + f"\n[[fault]]\n{lines}\n")
    assert planned(load_study(folder / "study.toml"))[0].run == worst.run != open_run.run
