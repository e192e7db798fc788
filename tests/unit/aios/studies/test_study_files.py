"""Study and scenario files: every mistake is listed with its file and line."""

import tomllib

import pytest

from aios.studies.findings import StudyInvalid
from aios.studies.grid import planned
from aios.studies.scenario_file import read_scenario
from aios.studies.study_file import Thinks, load_study, reduced
from tests.unit.aios.studies.small import SCENARIO, STUDY, write_study


def findings_of(path, read=load_study):
    with pytest.raises(StudyInvalid) as invalid:
        read(path)
    return [(found.file.rpartition("/")[2], found.line, found.where) for found in invalid.value.findings]


def test_every_mistake_of_a_study_has_its_line(tmp_path):
    study = STUDY.replace("replicates = 2", "replicates = 0\nsede = 4") + (
        '\n[[controller]]\nname = "shaver"\n\n[[controller]]\nloops = "some"\n\n'
        '[[scenario]]\nname = "night"\nfile = "night.toml"\n'
    )
    found = findings_of(write_study(tmp_path, study))
    lines = (tmp_path / "study.toml").read_text().splitlines()
    assert [(lines[line - 1], where) for _, line, where in found] == [
        ("replicates = 0", "study.replicates"),
        ("sede = 4", "study.sede"),
        ("[[controller]]", "controller[3]"),
        ('loops = "some"', "controller[3].loops"),
    ]


def test_what_refers_to_nothing_is_found_too(tmp_path):
    study = STUDY.replace('name = "small"', 'name = "small"\nbaseline = "nobody"') + (
        '[[controller.loop]]\nagent = "mine"\nkind = "file:mine.py"\n'
        '\n[[scenario]]\nname = "x"\nfile = "x.toml"\n'
    )
    wheres = [where for _, _, where in findings_of(write_study(tmp_path, study))]
    assert wheres == ["study.baseline", "controller[1].loop[0].kind", "scenario[1].file"]


def test_every_mistake_of_a_scenario_has_its_line(tmp_path):
    scenario = SCENARIO.replace("days = 0.0416666667", 'days = "one"').replace("fault = []", "") + (
        '\n[[fault]]\ntarget = "t9"\nkind = "blocked_cooler"\nonset = 2016-12-14T17:00:00+01:00\n'
        '\n[[fault]]\ntarget = "t1"\nkind = "rust"\nonset = 2016-12-14T17:00:00+01:00\n'
    )
    (tmp_path / "hour.toml").write_text(scenario)
    wheres = [where for _, _, where in findings_of(tmp_path / "hour.toml", read_scenario)]
    assert wheres == ["days", "fault[1].kind"]
    right = scenario.replace('days = "one"', "days = 1").replace('kind = "rust"', 'kind = "blocked_cooler"')
    (tmp_path / "hour.toml").write_text(right)
    assert findings_of(tmp_path / "hour.toml", read_scenario) == [
        ("hour.toml", right.splitlines().index("[[fault]]") + 1, "fault[0]")
    ]


def test_a_scenario_inherits_what_it_does_not_say(tmp_path):
    (tmp_path / "s.toml").write_text('site = "nord"\ndays = 2\n')
    section = read_scenario(tmp_path / "s.toml").section
    assert section["days"] == 2
    assert section["network"] == "nord"
    assert len(section["fault"]) == 3


def test_without_a_site_nobody_can_control(tmp_path):
    alone = 'network = "nord"\nstart = 2016-12-14T17:00:00+01:00\n'
    study = load_study(write_study(tmp_path, scenario=alone))
    with pytest.raises(StudyInvalid, match="has no site"):
        planned(study)


def test_a_controller_that_does_not_fit_its_site_is_found_before_anything_runs(tmp_path):
    study = STUDY + '[[controller.loop]]\nagent = "shaver"\nperiod_s = 7.0\n'
    with pytest.raises(StudyInvalid, match="period 7 s is no multiple of the base tick") as invalid:
        planned(load_study(write_study(tmp_path, study)))
    assert invalid.value.findings[0].where == "controller[1]"


def test_every_cell_has_the_same_seeds(tmp_path):
    requests = planned(load_study(write_study(tmp_path)))
    seeds = {
        name: [r.seed for r in requests if r.cell.labels.controller == name] for name in ("none", "shaver")
    }
    assert seeds["none"] == seeds["shaver"]
    assert len(set(seeds["none"])) == 2


def test_more_replicates_leave_the_first_ones_as_they_were(tmp_path):
    study = load_study(write_study(tmp_path))
    few, many = planned(study), planned(reduced(study, replicates=4))
    assert {one.run for one in few} < {one.run for one in many}


def test_a_run_is_named_by_what_it_follows_from_and_not_by_where_it_stands(tmp_path):
    mine = STUDY + '[[controller.loop]]\nagent = "shaver"\nkind = "file:mine.py"\n'
    source = "from edge.demand_response.peak_shaving import make\n"
    names = []
    for number, text in enumerate((source, source, source + "# another\n")):
        folder = tmp_path / str(number)
        path = write_study(folder, mine.replace('"shaver"\ndrop', f'"c{number}"\ndrop'))
        (folder / "mine.py").write_text(text)
        names.append([one.run for one in planned(load_study(path))])
    assert names[0] == names[1]
    assert [one == other for one, other in zip(names[0], names[2], strict=True)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("entry", "axis"),
    [
        ('[[controller]]\nname = "idle"\nloops = "none"\n', "controller[2]"),
        ('[[controller]]\nname = "again"\ndrop = ["forecast", "health"]\n', "controller[2]"),
        ('[[scenario]]\nname = "evening"\nfile = "hour.toml"\n', "scenario[1]"),
        ('[[model]]\nname = "a"\n[[model]]\nname = "b"\n', "model[1]"),
        ('[[policies]]\nname = "a"\n[[policies]]\nname = "b"\n', "policies[1]"),
    ],
)
def test_two_names_for_the_same_runs_are_a_mistake_and_none_vanishes(tmp_path, entry, axis):
    with pytest.raises(StudyInvalid, match="leave one of them out") as invalid:
        planned(load_study(write_study(tmp_path, f"{STUDY}\n{entry}")))
    assert invalid.value.findings[0].where == axis


def test_what_is_measured_is_measured_once_and_the_same_in_all_cells(tmp_path, monkeypatch):
    measured = 'agent = "shaver"\nkind = "peak_shaving"\nthinks = { cost_s = "measured" }\n'
    study = STUDY.replace('drop = ["forecast", "health"]\n', "") + (
        f'\n[[controller.loop]]\n{measured}\n[[controller]]\nname = "other"\ndrop = ["health"]\n'
        f'\n[[controller.loop]]\n{measured}\n[[model]]\nname = "site"\n'
        f'\n[[model]]\nname = "slow"\n[[model.loop]]\n{measured.replace("shaver", "forecast")}'
    )
    asked = []

    def cost(cell, agent):
        asked.append(agent)
        return Thinks(cost_s=float(len(asked)))

    monkeypatch.setattr("aios.studies.grid.measured_cost", cost)
    requests = planned(load_study(write_study(tmp_path, study)))
    assert asked == ["shaver", "forecast"]
    sites = [tomllib.loads(one.cell.site) for one in requests if one.cell.site]
    costs = {
        (loop["agent"], loop["settings"]["cost_s"])
        for site in sites
        for loop in site.get("loop", [])
        if "cost_s" in loop.get("settings", {})
    }
    assert costs == {("shaver", 1.0), ("forecast", 2.0)}
