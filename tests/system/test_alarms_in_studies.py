"""From a fault to its alarm to the report: what an alarm says of a run is in its result and on its page."""

import json
import re

import pytest

from aios.studies.closed_loop import run_closed
from aios.studies.grid import planned
from aios.studies.report import write_report
from aios.studies.report.source import Held
from aios.studies.study_file import load_study
from tests.unit.aios.studies.small import SCENARIO, STUDY, write_study

pytestmark = pytest.mark.system
FAULTS = """
[[fault]]
target = "f13/active_power"
kind = "bias"
onset = 2016-12-14T17:09:30+01:00
end = 2016-12-14T17:29:30+01:00
amount = 500.0

[[fault]]
target = "t1"
kind = "gas_ramp"
onset = 2016-12-14T17:05:30+01:00
amount = 200.0

[[fault]]
target = "meter_f11"
kind = "silent"
onset = 2016-12-14T17:15:30+01:00
end = 2016-12-14T17:19:30+01:00
"""
BALANCES = {"busbar_balance:t2", "busbar_balance:grid"}
"""Both that the meter is in."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """An hour with a meter that reads too much, gas that nothing measures, and a meter that is silent."""
    folder = tmp_path_factory.mktemp("alarms")
    study = load_study(
        write_study(
            folder,
            STUDY.replace("replicates = 2", "replicates = 1"),
            SCENARIO.replace("fault = []\n", "") + FAULTS,
        )
    )
    requests = planned(study)
    done = run_closed(requests[1], folder / "root")
    write_report(Held(study, requests, (done,)), folder / "report.html")
    return done.result, (folder / "report.html").read_text(encoding="utf-8")


def test_the_alarm_stands_in_the_result_from_when_it_came_until_it_returned(lived):
    result, _ = lived
    fault = next(one for one in result.happenings if one.words.startswith("bias"))
    alarms = [one for one in result.happenings if one.kind == "alarm"]
    assert {one.subject for one in alarms} == BALANCES
    for alarm in alarms:
        assert fault.at_ns < alarm.at_ns < fault.until_ns < alarm.until_ns
        assert (alarm.words, alarm.priority) == ("busbar_balance, priority 2", 2)
        assert "does not close" in alarm.evidence[0]
    count = result.alarms["busbar_balance"]
    assert count.times == 2
    assert count.stood_h == pytest.approx(sum(one.until_ns - one.at_ns for one in alarms) / 3.6e12)
    assert result.kpis["alarms"] == sum(one.times for one in result.alarms.values())
    assert result.kpis["alarms_per_h"] == pytest.approx(result.kpis["alarms"], rel=1e-3)


def test_a_silent_device_is_a_notice_and_no_alarm(lived):
    result, _ = lived
    assert [one.words for one in result.happenings if one.kind == "notice"] == ["does not answer"]
    assert not [one for one in result.happenings if one.kind == "alarm" and "meter_f11" in one.subject]


def test_what_its_answer_found_is_not_missed_and_what_nobody_saw_is(lived):
    result, _ = lived
    assert result.kpis["missed_faults"] == 1.0, "no monitor shows the gas"
    assert 0.0 < result.kpis["detection_days"] < 15.0 / 1440.0


def test_the_report_draws_and_counts_the_alarm(lived):
    _, page = lived
    assert re.search(
        r'<td class="mono">busbar_balance</td><td class="r">2</td><td class="r">0\.\d+</td>', page
    )
    plots = json.loads(re.search(r'id="plots">(.*?)</script>', page, re.DOTALL)[1])
    (timeline,) = plots["scenes"][0]["apart"]["timeline"].values()
    rows = timeline["layout"]["yaxis"]["ticktext"]
    assert rows.index("truth: f13/active_power") < rows.index("alarm: t2") < rows.index("notice: meter_f11")
    assert "busbar_balance" in {one["text"].rstrip("\u2026") for one in timeline["layout"]["annotations"]}
