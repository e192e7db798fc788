"""The benchmark of admission: it finds no false accept, and it would find one."""

from __future__ import annotations

import random
from typing import Any

import pytest

from benchmarks.bench_admission import BASE_MS, Count, Simulated, judge, loop_set, measure, uunifast, worst_ns
from kernel.schedule.response import Search, Waiting


def test_of_the_sets_that_keep_their_deadlines_most_are_accepted_and_of_the_others_none() -> None:
    count = measure(150, seed=3)
    assert count.false_accepts == 0
    assert count.feasible > 20
    assert count.accepted_percent >= 80.0


def test_an_analysis_that_forgets_blocking_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: lateness is left out, as if every base tick began in time."""

    def begins_in_time(self: Search, number: int, batch: Any) -> None:
        at_ms = number * self.demand.base_ms
        self._serve(at_ms, batch, [Waiting(at_ms, at_ms, batch)])
        self.latest_end_ms = at_ms

    monkeypatch.setattr(Search, "meet", begins_in_time)
    assert measure(150, seed=3).false_accepts > 0


def test_a_split_of_a_utilisation_sums_up_to_it() -> None:
    parts = uunifast(7, 0.6, random.Random(1))
    assert sum(parts) == pytest.approx(0.6)
    assert min(parts) >= 0.0


def test_the_same_seed_draws_the_same_sets() -> None:
    assert loop_set(random.Random(5)).costs == loop_set(random.Random(5)).costs


def test_a_simulation_runs_the_real_scheduler_to_the_end_of_two_hyperperiods() -> None:
    one = loop_set(random.Random(11))
    run = Simulated(one, worst_ns)
    run.run()
    assert run.missed or run.clock.time_ns >= 2 * one.hyperperiod * BASE_MS * 1_000_000
    judge(one, Count(), random.Random(1))
