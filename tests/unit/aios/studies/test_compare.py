"""Comparisons are of pairs with one seed; the interval is that of the mean difference."""

import msgspec
import pytest

from aios.studies.cell import Labels
from aios.studies.compare import NotComparable, compare
from aios.studies.lineage import Lineage
from aios.studies.result import RunResult

LINEAGE = Lineage(aios="1", site="", network="", scenario="", controller="", model="", policies="", seed=0)


def run(controller, seed, peak_kw, *, scenario="week", **named):
    return RunResult(
        run=f"{scenario}{controller}{seed}",
        labels=Labels(scenario=scenario, controller=controller),
        replicate=0,
        seed=seed,
        lineage=LINEAGE,
        mode="open",
        kpis={"peak_kw": peak_kw, "hours": 1.0},
        **named,
    )


def peaks(controller, values):
    return [run(controller, seed, value) for seed, value in enumerate(values)]


def test_the_weather_cancels_in_pairs():
    compared = compare(peaks("a", [10.0, 50.0, 90.0]), peaks("b", [9.0, 48.0, 89.0]), names=("a", "b"))
    row = next(one for one in compared.differences if one.kpi == "peak_kw")
    assert row.difference == pytest.approx(-4 / 3)
    half = 4.303 * (1 / 3) ** 0.5 / 3**0.5
    assert (row.low, row.high) == (pytest.approx(-4 / 3 - half), pytest.approx(-4 / 3 + half))
    assert row.verdict == ""


def test_a_difference_beyond_doubt_has_a_verdict():
    down = compare(peaks("a", [10.0, 50.0, 90.0]), peaks("b", [9.0, 49.1, 88.9]), names=("a", "b"))
    up = compare(peaks("b", [9.0, 49.1, 88.9]), peaks("a", [10.0, 50.0, 90.0]), names=("b", "a"))
    assert [down.differences[1].verdict, up.differences[1].verdict] == ["better", "worse"]
    assert down.differences[0].verdict == "", "hours are neither good nor bad"


def test_one_pair_has_no_interval():
    compared = compare(peaks("a", [10.0]), peaks("b", [9.0]), names=("a", "b"))
    assert (compared.differences[0].low, compared.differences[0].high) == (None, None)


def test_runs_without_a_partner_and_failed_ones_are_counted_and_left_out():
    a, b = peaks("a", [10.0, 11.0]), peaks("b", [9.0, 10.0, 11.0])
    b[0] = msgspec.structs.replace(b[0], cause="it failed", kpis={})
    compared = compare(a, b, names=("a", "b"))
    assert (compared.pairs, compared.unpaired) == (1, 3)


def test_a_side_that_means_two_runs_of_a_seed_is_refused():
    two = [run("a", 1, 5.0, scenario="week"), run("a", 1, 6.0, scenario="month")]
    with pytest.raises(NotComparable, match="two runs of seed 1"):
        compare(two, [run("b", 1, 5.0, scenario="week")], names=("a", "b"))


def test_scenarios_are_compared_each_by_itself():
    a = [run("a", 1, 5.0, scenario=name) for name in ("week", "month")]
    b = [run("b", 1, 4.0, scenario=name) for name in ("week", "month")]
    rows = [one for one in compare(a, b, names=("a", "b")).differences if one.kpi == "peak_kw"]
    assert [(one.scenario, one.pairs) for one in rows] == [("month", 1), ("week", 1)]


def test_unknown_values_are_in_no_mean():
    compared = compare(peaks("a", [None, 5.0]), peaks("b", [4.0, 4.0]), names=("a", "b"))
    row = next(one for one in compared.differences if one.kpi == "peak_kw")
    assert (row.pairs, row.a) == (1, 5.0)
