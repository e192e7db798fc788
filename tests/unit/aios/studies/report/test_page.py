"""The file: whole in itself, small, the same every time, and every figure in it one that plotly takes."""

import hashlib
import json
import random
import re
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from msgspec import structs

from aios.studies.report import figures_of, write_report
from aios.studies.report.source import Held
from aios.studies.result import Digests
from simulators.indicators.table import KPIS
from tests.unit.aios.studies.report.made import happenings, held, outcome, requests, study

KPIS_OF_A_RUN = 50


def embedded(text, name):
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1])


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "report.html"
    write_report(held(unconverged_steps=2, happenings=happenings()), out)
    return out.read_text(encoding="utf-8")


def test_the_same_runs_give_the_same_file(text, tmp_path):
    write_report(held(unconverged_steps=2, happenings=happenings()), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == text


def test_the_file_forbids_itself_every_request(text):
    assert "default-src 'none'" in text
    ours = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)=["'](?!#)""", ours)
    assert "@import" not in ours
    assert "url(" not in ours


def test_every_number_of_every_run_stands_in_the_file_to_its_last_bit(text):
    facts = embedded(text, "facts")
    names = [kpi[0] for kpi in facts["kpis"]]
    figures = figures_of(held(unconverged_steps=2))
    for run, row in zip(figures.runs, facts["runs"], strict=True):
        assert (run.run, run.seed, run.kpis_digest, run.journal) == (row[0], row[3], row[6], row[7])
        assert dict(zip(names, row[11], strict=True)) == run.kpis
    assert {cell[0]: cell[3]["network"] for cell in facts["cells"]} == {c.cell: "n" for c in figures.cells}


def test_every_mean_leads_to_its_runs_and_every_extreme_to_its_run(text):
    figures = figures_of(held())
    for cell in figures.cells:
        assert f'href="#cell-{cell.cell}:peak_kw"' in text
        assert f'href="#run-{cell.kpis["peak_kw"].least_run}"' in text


def test_what_a_run_says_cannot_break_out_of_the_page(tmp_path):
    evil = "</script><script>alert(1)</script>"
    write_report(held(cause=f"ValueError: {evil}"), tmp_path / "report.html")
    said = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert evil not in said
    assert "ValueError: &lt;/script&gt;" in said


def plots(text):
    scene = embedded(text, "plots")["scenes"][0]
    yield from scene["together"].values()
    for kind in scene["apart"].values():
        yield from kind.values()
    yield from embedded(text, "plots")["differences"].values()


def test_plotly_takes_every_figure(text):
    resolved = re.sub(r'"var\(--[a-z0-9]+\)"', '"#123456"', text)
    figures = [go.Figure(one) for one in plots(resolved)]
    assert len(figures) == 4 + 2 + 2 + 1


def test_the_timeline_has_the_truth_above_what_was_said(text):
    (timeline,) = (
        one
        for scene in embedded(text, "plots")["scenes"]
        for one in scene["apart"]["timeline"].values()
        if len(one["layout"]["yaxis"]["ticktext"]) > 1
    )
    assert timeline["layout"]["yaxis"]["ticktext"] == [
        "truth: t1",
        "truth: grid",
        "order: t1",
        "loop: shaver",
    ]
    told = [note["text"] for note in timeline["layout"]["annotations"]]
    assert {"blocked_cooler 0.5", "model", "safe"} <= set(told)


def test_an_order_that_names_another_cause_goes_on_and_does_not_rise_again(tmp_path):
    order = next(one for one in happenings() if one.kind == "order")
    later_ns = order.at_ns + 900 * 10**9
    said = (
        structs.replace(order, until_ns=later_ns),
        structs.replace(order, at_ns=later_ns, words="Sensor drifts"),
    )
    write_report(held(happenings=said), tmp_path / "report.html")
    scenes = embedded((tmp_path / "report.html").read_text(encoding="utf-8"), "plots")["scenes"]
    (timeline,) = (
        one
        for scene in scenes
        for one in scene["apart"]["timeline"].values()
        if "order: t1" in one["layout"]["yaxis"]["ticktext"]
    )
    rows = [
        trace["y"] for trace in timeline["data"] if trace["type"] == "bar" and "t1" in trace["hovertemplate"]
    ]
    assert len(rows) == 2
    assert [trace["mode"] for trace in timeline["data"] if trace["type"] == "scatter"] == ["markers"]


def test_voltages_beyond_their_limits_are_marked(text):
    voltage = embedded(text, "plots")["scenes"][0]["together"]["voltage"]
    marked = [trace for trace in voltage["data"] if trace["name"] == "outside 90 to 110 %"]
    assert [set(trace["y"]) for trace in marked] == [{0.89}, {0.89}]


def test_ten_thousand_runs_stay_below_twenty_megabytes(tmp_path):
    dice = random.Random(1)
    sizes = {}
    for count in (100, 600):
        planned = requests(seeds=[dice.getrandbits(31) for _ in range(count)])
        runs = [
            outcome(one, {name: dice.gauss(1000.0, 10.0) for name in list(KPIS)[:KPIS_OF_A_RUN]}, rows=4)
            for one in planned
        ]
        digest = hashlib.sha256().hexdigest()
        runs = [
            replace(
                one,
                result=structs.replace(
                    one.result, digests=Digests(kpis=digest, journal=digest, ticks=digest)
                ),
            )
            for one in runs
        ]
        write_report(Held(study(), planned, runs), tmp_path / "report.html")
        sizes[2 * count] = (tmp_path / "report.html").stat().st_size
    for_one = (sizes[1200] - sizes[200]) / 1000
    assert sizes[200] + 10_000 * for_one < 20e6 - 2.5e6, "plots of long runs take up to 2.5 MB more"


def test_runs_without_control_heat_or_results_have_their_report_too(tmp_path):
    planned = requests()
    cold = outcome(planned[0], {"peak_kw": 1.0})
    cold = replace(cold, tables={name: table for name, table in cold.tables.items() if name != "heat"})
    for outcomes in ((), (cold,), (outcome(planned[0], {}, cause="ValueError"),)):
        figures = write_report(Held(study(), planned, outcomes), tmp_path / "report.html")
        assert sum(run.state != "waiting" for run in figures.runs) == len(outcomes)
        text = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "the study is not finished" in text
        assert ('id="course"' in text) == (outcomes == (cold,))
        assert 'id="heat"' not in text
