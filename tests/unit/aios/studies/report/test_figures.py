"""The numbers of a report: estimates, pairs, flags; each can be checked by hand."""

import math

import msgspec
import pytest

from aios.studies.cell import Labels
from aios.studies.report import figures_of
from aios.studies.report.gather import baselines
from aios.studies.report.kpi_groups import OTHER, grouped
from aios.studies.report.scenery import demand_limit_kw
from aios.studies.report.tables import panels
from aios.studies.student import t95
from simulators.indicators.table import KPIS
from tests.unit.aios.studies.report.made import PEAKS, cell, held, requests


def test_a_mean_has_its_interval_and_the_runs_at_both_ends():
    idle = figures_of(held()).cells[0].kpis["peak_kw"]
    assert idle.mean == 110.0
    assert idle.high - idle.mean == pytest.approx(t95(2) * 10.0 / math.sqrt(3))
    first, _, last = (one.run for one in requests() if one.cell.labels.controller == "idle")
    assert (idle.least, idle.least_run, idle.most, idle.most_run) == (100.0, first, 120.0, last)


def test_controllers_are_compared_pair_by_pair():
    (comparison,) = figures_of(held()).comparisons
    peak = next(one for one in comparison.differences if one.kpi == "peak_kw")
    assert (peak.difference, peak.pairs, peak.verdict) == (-10.0, 3, "better")
    assert peak.high - peak.low == pytest.approx(2 * t95(2) * 1.0 / math.sqrt(3)), "pairs differ by 9 to 11"
    spread = figures_of(held()).cells[1].kpis["peak_kw"]
    assert peak.high - peak.low < 0.2 * (spread.high - spread.low), "not the interval of two means"


def test_time_without_a_solution_flags_every_kpi_of_its_cell():
    figures = figures_of(held(unconverged_steps=3))
    assert [cell.unconverged_runs for cell in figures.cells] == [0, 1]
    (panel,) = panels(figures)
    assert panel.flags[0] == ""
    assert panel.flags[1].startswith("1 of 3 runs had time without a solution, 0.05 h")


def test_a_run_that_failed_is_in_no_number_and_has_its_cause():
    figures = figures_of(held(cause="ValueError: no such battery"))
    keen = figures.cells[1]
    assert (keen.done, keen.failed) == (2, 1)
    assert keen.kpis["peak_kw"].mean == sum(PEAKS["keen"][1:]) / 2
    failed = [run for run in figures.runs if run.state == "failed"]
    assert [run.cause for run in failed] == ["ValueError: no such battery"]
    assert failed[0].run not in figures.drawn


def test_kpis_that_are_zero_in_every_run_leave_the_table_in_one_line():
    (panel,) = panels(figures_of(held()))
    assert panel.zero == ("overload_h",)
    assert [row.kpi for rows in panel.groups.values() for row in rows] == ["peak_kw"]


def labels(*names):
    found = {}
    for name in names:
        scenario, controller, *rest = name.split("/")
        found[name] = Labels(scenario=scenario, controller=controller, policies=rest[0] if rest else "")
    return found


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (labels("a/none", "a/x", "b/none", "b/x"), {"a/x": "a/none", "b/x": "b/none"}),
        (labels("sound/x", "sick/x"), {"sick/x": "sound/x"}),
        (
            labels("a/none/site", "a/none/strict", "a/x/site", "a/x/strict"),
            {"a/none/strict": "a/none/site", "a/x/site": "a/none/site", "a/x/strict": "a/none/strict"},
        ),
        (labels("a/x"), {}),
    ],
    ids=["controllers", "scenarios", "policies", "alone"],
)
def test_every_cell_is_compared_with_the_one_that_differs_in_least(cells, expected):
    assert baselines(cells, "none") == expected


def test_every_kpi_has_a_group():
    assert OTHER not in grouped(KPIS)


LOOP = '[[loop]]\nagent = "{0}"\nkind = "{0}"\n'
FEEDER = LOOP.format("feeder_guard") + "settings = { limit_kw = 3000.0 }\n"
SHAVER = LOOP.format("file:mine.py") + 'settings = { demand_point = "grid/active_power", limit_kw = 19000 }\n'


@pytest.mark.parametrize(
    ("loops", "limit_kw"),
    [("", None), (FEEDER, None), (FEEDER + SHAVER, 19_000.0)],
    ids=["no_loop", "another", "both"],
)
def test_the_limit_that_is_drawn_is_that_of_the_loop_that_shaves_peaks(loops, limit_kw):
    site = msgspec.structs.replace(cell("keen"), site=f'[site]\nname = "s"\n{loops}')
    assert demand_limit_kw(site) == limit_kw
