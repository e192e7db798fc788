"""An adversary reads its file, attacks the runs of a scenario, and writes the worst as a scenario again."""

from pathlib import Path

import pytest

from aios.studies.adversary import attacked, load_plan, objective_of, write_worst
from aios.studies.findings import StudyInvalid
from simulators.faults.adversary import search
from simulators.faults.kinds import FaultKind

OPEN = """
title = "An hour without control"
network = "nord"
start = 2016-12-14T17:00:00+01:00
days = 0.05
open_step_s = 300.0
"""
FILE = """
[adversary]
scenario = "{scenario}"
objective = "{objective}"
budget = 1.0
evaluations = 4
onsets = 2

[[fault]]
kind = "overload"
target = "t1"
amount = 0.5
cost = 1.0

[[fault]]
kind = "weather_bust"
target = "weather"
amount = 5.0
"""


def written(folder: Path, *, objective: str = "peak_kw", scenario: str = "open.toml") -> Path:
    (folder / "open.toml").write_text(OPEN, encoding="utf-8")
    path = folder / "adversary.toml"
    path.write_text(FILE.format(objective=objective, scenario=scenario), encoding="utf-8")
    return path


def test_what_the_command_gives_takes_the_place_of_the_files(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path), budget=2.5, evaluations=7)
    assert (plan.rules.budget, plan.rules.evaluations) == (2.5, 7)
    assert len(plan.rules.onsets_ns) == 2


@pytest.mark.parametrize("objective", ["beauty", "hours"])
def test_an_objective_that_cannot_get_worse_is_refused(tmp_path: Path, objective: str) -> None:
    with pytest.raises(StudyInvalid, match="no KPI that can get worse"):
        load_plan(written(tmp_path, objective=objective))


def test_a_budget_that_buys_nothing_and_a_missing_scenario_are_findings(tmp_path: Path) -> None:
    with pytest.raises(StudyInvalid, match="nothing can be bought"):
        load_plan(written(tmp_path), budget=0.5)
    with pytest.raises(StudyInvalid, match="there is no file"):
        load_plan(written(tmp_path, scenario="nowhere.toml"))


def test_a_run_that_is_attacked_is_another_run(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path))
    other = attacked(plan.request, (plan.rules.options[0].at(plan.rules.onsets_ns[0], 1),))
    assert other.run != plan.request.run
    assert [one["kind"] for one in other.cell.section["fault"]] == [FaultKind.OVERLOAD]
    assert plan.request.cell.section.get("fault", []) == []


def test_the_worst_is_found_and_its_scenario_runs_to_the_same_figure(tmp_path: Path) -> None:
    plan, told = load_plan(written(tmp_path)), []
    found = search(objective_of(plan, lambda: told.append(1)), plan.rules)
    assert [fault.kind for fault in found.faults] == [FaultKind.OVERLOAD]
    assert found.score > found.without + 5000.0
    assert len(told) == found.evaluations <= 4
    worst = write_worst(plan, found, tmp_path / "out")
    again = load_plan(written(tmp_path, scenario=str(worst)))
    assert objective_of(again)(()) == found.score


def test_where_more_is_better_the_adversary_wants_less(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path, objective="voltage_min_pu"))
    attack = (plan.rules.options[0].at(plan.rules.onsets_ns[0], 1),)
    assert objective_of(plan)(attack) > objective_of(plan)(())
