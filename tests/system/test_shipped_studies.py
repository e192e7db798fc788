"""The two shipped studies from their TOML to their report, at a size that a test can wait for.

The hours are fewer and the dust comes faster; everything else is as it ships. At full size:
`aios study run blocked_cooler_month`, then `aios study report`.
"""

import json
import math
import re
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.studies.carry_out import carry_out
from aios.studies.grid import planned
from aios.studies.parquet import read_table
from aios.studies.report import write_report
from aios.studies.results import StudyFolder
from aios.studies.shipped import study_path
from aios.studies.study_file import load_study, reduced
from tests.fakes.browser import browser
from tests.fakes.here import Here

pytestmark = pytest.mark.system
HOUR_NS = 3_600_000_000_000
EVENING = {"start": "2016-12-14T16:30:00+01:00", "days": 0.14, "profile_weeks": 0, "history_days": 8}
"""The demo's evening: its peak passes the demand limit."""
MORNING = {"start": "2016-11-24T00:00:00+01:00", "days": 0.4}
"""When nothing is learnt any more."""
CLOGS = {
    "kind": "blocked_cooler",
    "target": "t1",
    "onset": "2016-11-24T01:00:00+01:00",
    "ramp_s": 3600.0,
    "amount": 0.6,
}


def ran(folder: Path, name: str, *, replicates: int, **section) -> StudyFolder:
    """Run a shipped study with its scenarios changed, and write its report."""
    study = reduced(load_study(study_path(Path(name))), replicates=replicates)
    changed = {}
    for label, scenario in study.scenarios.items():
        faster = {"fault": [CLOGS]} if scenario.section["fault"] else {}
        changed[label] = msgspec.structs.replace(scenario, section=scenario.section | section | faster)
    study = msgspec.structs.replace(study, scenarios=changed)
    kept = StudyFolder(folder)
    kept.begin(study, planned(study))
    record = carry_out(kept, Here())
    assert [one.cause for one in record.runs if one.state != "done"] == []
    write_report(kept, folder / "report.html")
    return kept


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("week"), "demand_response_week", replicates=2, **EVENING)


@pytest.fixture(scope="module")
def cooler(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("cooler"), "blocked_cooler_month", replicates=1, **MORNING)


def told(folder: StudyFolder):
    """Return what `--json` prints."""
    said = CliRunner().invoke(app, ["study", "report", str(folder.root), "--json"])
    assert said.exit_code == 0, said.output
    return json.loads(said.stdout)


def facts(folder: StudyFolder):
    """Return the numbers that the HTML file carries: by run, by KPI."""
    text = (folder.root / "report.html").read_text(encoding="utf-8")
    found = json.loads(re.search(r'id="facts">(.*?)</script>', text, re.DOTALL)[1])
    names = [kpi[0] for kpi in found["kpis"]]
    return {run[0]: dict(zip(names, run[11], strict=True)) for run in found["runs"]}


@pytest.fixture(params=["week", "cooler"])
def study(request):
    return request.getfixturevalue(request.param)


def test_every_figure_of_the_report_is_that_of_the_parquet(study):
    columns = read_table(study.root / "results.parquet")
    kept = {
        (run, kpi): None if value is None or math.isnan(value) else value
        for run, kpi, value in zip(columns["run"], columns["kpi"], columns["value"], strict=True)
    }
    html, figures = facts(study), told(study)
    of_json = {(run["run"], kpi): value for run in figures["runs"] for kpi, value in run["kpis"].items()}
    of_html = {
        (run, kpi): value for run, kpis in html.items() for kpi, value in kpis.items() if (run, kpi) in kept
    }
    assert of_json == of_html == kept
    for cell in figures["cells"]:
        mine = [run["run"] for run in figures["runs"] if run["cell"] == cell["cell"]]
        for kpi, estimate in cell["kpis"].items():
            values = [kept[run, kpi] for run in mine if kept.get((run, kpi)) is not None]
            assert estimate["mean"] == pytest.approx(math.fsum(values) / len(values), rel=1e-15)
            assert (estimate["least"], estimate["most"]) == (min(values), max(values))


def test_every_number_is_linked_to_a_run_with_its_digests_and_lineage(study):
    figures = told(study)
    text = (study.root / "report.html").read_text(encoding="utf-8")
    results = {one.run: one for one in study.results()}
    for run in figures["runs"]:
        result = results[run["run"]]
        assert (run["kpis_digest"], run["journal"]) == (result.digests.kpis, result.digests.journal)
        assert (run["seed"], run["replicate"]) == (result.seed, result.replicate)
        assert run["run"] in text
    for cell in figures["cells"]:
        run = next(run for run in figures["runs"] if run["cell"] == cell["cell"])
        lineage = msgspec.to_builtins(results[run["run"]].lineage)
        assert cell["lineage"] == lineage | {"seed": 0}


def test_peak_shaving_lowers_the_peak_and_the_report_says_so(week):
    figures = told(week)
    (comparison,) = figures["comparisons"]
    labels = {cell["cell"]: cell["labels"]["controller"] for cell in figures["cells"]}
    assert (labels[comparison["a"]], labels[comparison["b"]]) == ("no_control", "peak_shaving")
    peak = next(one for one in comparison["differences"] if one["kpi"] == "peak_kw")
    assert peak["pairs"] == 2
    assert peak["b"] < 20_000.0 < peak["a"] - 500.0
    none, shaving = (cell["kpis"]["peak_kw"]["mean"] for cell in figures["cells"])
    assert peak["difference"] == pytest.approx(shaving - none)


def test_the_clogged_cooler_is_found_on_its_day_and_its_sound_twin_raises_no_order(cooler):
    figures = told(cooler)
    sound, clogging = (cell["kpis"] for cell in figures["cells"])
    assert [cell["labels"]["scenario"] for cell in figures["cells"]] == ["sound", "clogging"]
    assert (sound["repair_orders"]["mean"], sound["false_orders"]["mean"]) == (0.0, 0.0)
    assert "detection_days" not in sound
    assert clogging["missed_faults"]["mean"] == clogging["false_orders"]["mean"] == 0.0
    run = next(run for run in figures["runs"] if run["happenings"] and run["kpis"]["repair_orders"] > 0)
    order = next(one for one in run["happenings"] if one["kind"] == "order")
    fault = next(one for one in run["happenings"] if one["kind"] == "fault")
    assert clogging["detection_days"]["mean"] == (order["at_ns"] - fault["at_ns"]) / (24 * HOUR_NS)
    assert order["subject"] == fault["subject"] == "t1"
    assert any("above model" in words for words in order["evidence"])


async def test_the_report_stands_in_a_browser_and_asks_for_nothing(cooler, week):
    async with browser() as tab:
        for folder in (cooler, week):
            await tab.open((folder.root / "report.html").as_uri())
            await tab.until("document.documentElement.dataset.ready === '1'")
            assert await tab.value("performance.getEntriesByType('resource').length") == 0
            drawn = "[...document.querySelectorAll('.plot, [data-apart] .js-plotly-plot')]"
            assert await tab.value(
                f"{drawn}.every((plot) => plot.closest('[hidden]') || plot.querySelector('svg'))"
            )
        run = told(week)["runs"][0]
        await tab.value(f"location.hash = 'run-{run['run']}'")
        await tab.until("!document.getElementById('run').hidden")
        card = await tab.value("document.getElementById('run').textContent")
        assert all(word in card for word in (run["kpis_digest"], str(run["seed"]), "peak_kw", "december"))
        assert tab.complaints == []
