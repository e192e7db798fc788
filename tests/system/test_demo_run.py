"""The demo as a newcomer runs it: real processes, stories, a summary, a report, commands that are explained.

A day passes in a minute: on a busy machine ticks are lost and readings grow old, as they do in the field.
What is asserted here holds there too; figures of a quiet machine stand in `benchmarks/results/demo.json`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bench_demo import Day, aios_says, rows, run_demo
from kernel.journal.chain import verify
from kernel.journal.commands import CommandJournal

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Day, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return run_demo(folder), folder


@pytest.fixture(scope="module")
def report(day: tuple[Day, Path]) -> dict[str, Any]:
    """The numbers that the report of the day carries: KPIs by controller, and what happened."""
    text = (day[1] / "demo" / "report.html").read_text(encoding="utf-8")
    found = re.search(r'id="facts">(.*?)</script>', text, re.DOTALL)
    assert found
    facts = json.loads(found[1])
    names = [kpi[0] for kpi in facts["kpis"]]
    kpis = {
        facts["cells"][run[1]][1]["controller"]: dict(zip(names, run[11], strict=True))
        for run in facts["runs"]
    }
    return {"kpis": kpis, "happenings": facts["happenings"]}


def test_the_report_of_the_day_has_the_day_with_control_and_without(
    day: tuple[Day, Path], report: dict[str, Any]
) -> None:
    summary, kpis = day[0].summary, report["kpis"]
    assert kpis["gateway"]["peak_kw"] == pytest.approx(summary["peak_with_kw"], abs=1.0)
    assert kpis["no_control"]["peak_kw"] == pytest.approx(summary["peak_without_kw"], rel=2e-3)
    assert kpis["gateway"]["commands"] == sum(summary["outcomes"].values())


def test_the_report_holds_the_order_against_the_fans_that_failed(report: dict[str, Any]) -> None:
    told = [one for happened in report["happenings"].values() for one in happened if one["subject"] == "t2"]
    fault = next(one for one in told if one["kind"] == "fault")
    (order,) = (one for one in told if one["kind"] == "order")
    assert fault["words"] == "fan_failed 1"
    assert fault["at_ns"] < order["at_ns"] < fault["at_ns"] + 5 * 3_600 * 10**9
    assert any(words.startswith("Fans switched on draw 0.0 A") for words in order["evidence"])
    assert "forecast_missed:f13/active_power" in {
        one["subject"]
        for happened in report["happenings"].values()
        for one in happened
        if one["kind"] == "alarm"
    }
    assert report["kpis"]["gateway"]["missed_faults"] == report["kpis"]["gateway"]["false_orders"] == 0.0


def explained(folder: Path, command: str) -> str:
    return aios_says("explain", command, "--folder", str(folder / "demo"), cwd=folder)


def assert_in_order(text: str, *stages: str) -> None:
    """Every stage is there, none before the one that leads to it."""
    place = 0
    for stage in stages:
        found = re.compile(stage).search(text, place)
        assert found, f"{stage!r} does not follow in\n{text}"
        place = found.start()


@pytest.mark.parametrize(
    "told",
    [
        r"\d\d:\d\d  forecast: evening peak of [\d,]+ kW at \d\d:\d\d",
        r"\d\d:\d\d  shaving: battery set to [\d,]+ kW; 15-min mean",
        r"\d\d:\d\d  shaved: highest quarter-hour since 15:00 was [\d,]+ kW",
        r"\d\d:\d\d  refused: cb15/close asked by .*; rule breaker_close_never_under_permit: .* permit 7731",
        r"\d\d:\d\d  silent: meter_grid",
        r"\d\d:\d\d  fallback: shaver steps down to 'safe'",
        r"\d\d:\d\d  returned: meter_grid answers again",
        r"\d\d:\d\d  drift: forecast steps down to 'previous_model': f13/active_power has left its forecast",
        r"0\d:\d\d  alarm: F-13 carries \d+ % more than was foretold .* \(forecast_missed, priority 2\)",
        r"1\d:\d\d  fans: an order for t2 rises to place 2: cooling switched on but not running. Top-oil",
        r"1\d:\d\d  fans: .*; Fans switched on draw 0.0 A; 6.4 A expected when running; a day of",
        r"1\d:\d\d  order rises: t2 is [\d.]+ K above its model, not [\d.]+; sure \d of 3; a day of",
        r"report of the day: .*report\.html",
    ],
    ids=lambda told: told.rpartition(r"\d  ")[2].split(":")[0].replace(" ", "_"),
)
def test_the_demo_tells_its_stories(day: tuple[Day, Path], told: str) -> None:
    assert re.search(told, day[0].text), day[0].text


def test_the_peak_is_lower_than_it_would_have_been_without_control(day: tuple[Day, Path]) -> None:
    summary = day[0].summary
    assert summary["limit_kw"] < summary["peak_without_kw"]
    assert summary["peak_with_kw"] < summary["peak_without_kw"]
    assert summary["discharged_kwh"] > 1000.0


def test_the_summary_has_every_figure(day: tuple[Day, Path]) -> None:
    for line in (
        "peak without control", "peak with control", "energy shifted", "day-ahead forecast",
        "decision latency", "commands", "refused", "repair 1",
    ):  # fmt: skip
        assert line in day[0].text
    assert all(row["value"] is not None for row in rows(day[0]))


def test_every_tick_of_the_demo_is_decided_again_without_difference(day: tuple[Day, Path]) -> None:
    replay = day[0].replay
    assert replay["differences"] == []
    assert replay["ticks"] > 400
    assert replay["judged"] > 100


def test_the_chain_of_the_journal_is_whole_and_commands_were_done(day: tuple[Day, Path]) -> None:
    journal = CommandJournal(day[1] / "demo" / "journal" / "commands.db", read_only=True)
    assert verify(journal.entries()) == ()
    assert len(journal.open_commands()) <= 2  # those under way when the day ended
    journal.close()
    outcomes = day[0].summary["outcomes"]
    written = sum(outcomes.values()) - outcomes.get(
        "expired", 0
    )  # on a late machine some never reach the wire
    assert outcomes["done"] > max(100, 0.8 * written)


def last_settled_by(folder: Path, model: str) -> str:
    """Return the last command that was done and rested on what a model foretold of the grid.

    The last of all may have been on its way when the day was over: it was never sent, and says so. On a
    machine that is late it rests on what the ladder stepped down to.
    """
    journal = CommandJournal(folder / "demo" / "journal" / "commands.db", read_only=True)
    entries = list(journal.entries())
    journal.close()
    rests_on = {
        one.subject
        for one in entries
        if one.kind == "basis"
        for used in json.loads(one.body)["forecasts"]
        if (used["point"], used["rung"]) == ("grid/active_power", "model") and model in used["model"]
    }
    receipts = [one for one in entries if one.kind == "receipt" and one.subject in rests_on]
    return [one.subject for one in receipts if json.loads(one.body)["outcome"] == "done"][-1]


def test_the_last_command_is_explained(day: tuple[Day, Path]) -> None:
    stages = ("measured   ", "proposed   ", "decided    ", "verdict    ", "journalled 20")
    assert_in_order(explained(day[1], "last"), *stages)


def test_a_command_is_explained_from_measurement_to_read_back(day: tuple[Day, Path]) -> None:
    assert_in_order(
        explained(day[1], last_settled_by(day[1], "online-quantile")),
        r"measured   grid/active_power = [\d.]+, good, at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d, \d+ s old",
        r"forecast   grid/active_power by online-quantile [\d.]+, rung model, made 20.*, \d+ s old",
        r"proposed   shaver wants -?\d+ \(priority control, rung \w+\): .*15-min mean",
        r"narrowed   envelope to \[-4000, 4000\]: rating of the asset",
        r"narrowed   shaver to \[",
        r"decided    -?\d+, the wish of shaver, at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d",
        r"verdict    allow, revision 1-[0-9a-f]{12}",
        r"journalled 20.*, sequence \d+, device reverts to 0 after 600 s",
        r"written    on the wire 20.*, -?[\d.]+ s after the decision",
        r"outcome    done after \d+ s, -?\d+ read back: sequence \d+ read back",
    )


def refusal(folder: Path) -> str:
    """Return the id of the refused close."""
    journal = CommandJournal(folder / "demo" / "journal" / "commands.db", read_only=True)
    (found,) = [e.subject for e in journal.entries() if e.kind == "refused" and "cb15/close" in e.body]
    journal.close()
    return found


def test_the_last_refusal_is_explained(day: tuple[Day, Path]) -> None:
    # The day ends after midnight: on a machine that is late, so may the last refusal.
    stages = ("proposed   ", "narrowed   envelope to", "decided    .* at 2016-12-1[45]", "verdict    deny by")
    assert_in_order(explained(day[1], "last-refused"), "refused", *stages, "written    no")


def test_the_refused_close_is_explained_with_its_rule(day: tuple[Day, Path]) -> None:
    assert_in_order(
        explained(day[1], refusal(day[1])),
        r"cb15/close = 1, refused",
        r"proposed   person:m\.jansen wants 1 \(priority person",
        r"narrowed   envelope to",
        r"narrowed   person:m\.jansen to \[1, 1\]: restore F-15",
        r"decided    1, the wish of person:m\.jansen, at 2016-12-14 12:4\d:\d\d",
        r"verdict    deny by breaker_close_never_under_permit, revision 1-[0-9a-f]{12}: .*permit 7731",
        r"written    no",
    )


def test_an_explanation_can_be_read_by_programs(day: tuple[Day, Path]) -> None:
    said = aios_says("explain", refusal(day[1]), "--json", "--folder", str(day[1] / "demo"), cwd=day[1])
    way = json.loads(said)
    assert way["verdict"]["rule"] == "breaker_close_never_under_permit"
    assert way["decision"]["value"] == 1.0
