"""What acts by itself is wrong no more often than is let: for steady, drifting and hostile outcomes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.confidence_streams import (
    LET,
    Source,
    boastful,
    breaking,
    followed,
    guessing,
    hopeless,
    seasons,
    sincere,
    worsening,
)
from kernel.confidence import LEVELS, Calibration
from kernel.pipe.calibrating import (
    RATE,
    WINDOW,
    confidence_of,
    is_confidence,
    is_enough,
    learnt,
    thresholds,
)


@pytest.mark.parametrize(("source", "slack"), [(sincere, 0.0), (boastful, 0.03), (guessing, 0.02)])
def test_of_steady_outcomes_no_larger_share_of_what_acts_is_wrong_than_is_let(
    source: Source, slack: float
) -> None:
    runs = [followed(source, seed, 400) for seed in range(2)]
    acted, wrong = sum(run.acted for run in runs), sum(run.wrong for run in runs)
    assert acted > 0
    assert wrong <= acted * (LEVELS[LET] + slack) + 2.0 * math.sqrt(acted * 0.1 * 0.9)


@pytest.mark.parametrize("source", [worsening, breaking, seasons])
def test_a_world_that_changes_costs_a_handful_more(source: Source) -> None:
    runs = [followed(source, seed, 400) for seed in range(2)]
    assert sum(run.acted for run in runs) > 0
    for run in runs:
        assert run.wrong <= LEVELS[LET] * run.acted + LEVELS[LET] / RATE + 2.0


def test_who_is_mostly_wrong_is_hardly_ever_let_act() -> None:
    runs = [followed(hopeless, seed, 400) for seed in range(2)]
    assert sum(run[0] for run in runs) <= 0.02 * 800


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.2, 0.6, 0.9, 1.0]), st.booleans()), max_size=120))
def test_whatever_comes_no_more_is_wrong_and_let_through_than_the_budget_says(
    stream: list[tuple[float, bool]],
) -> None:
    known = Calibration()
    beyond, wrong = [0] * len(LEVELS), [0] * len(LEVELS)
    for said, came_true in stream:
        nominal, now = thresholds(known.outcomes, LEVELS), thresholds(known.outcomes, known.budgets)
        for place in range(len(LEVELS)):
            beyond[place] += is_enough(said, nominal[place])
            wrong[place] += is_enough(said, now[place]) and not came_true
        known = learnt(known, said, came_true=came_true)
        for place, level in enumerate(LEVELS):
            assert wrong[place] <= level * beyond[place] + level / RATE + 2.0


def test_an_adversary_spends_the_budget_and_no_more() -> None:
    known = Calibration()
    for _ in range(100):
        known = learnt(known, 0.9, came_true=True)
    let = 0
    while is_enough(0.9, thresholds(known.outcomes, known.budgets)[LET]):
        known, let = learnt(known, 0.9, came_true=False), let + 1
    assert let <= LEVELS[LET] / RATE + 2.0
    assert min(known.budgets) >= -RATE


def test_few_outcomes_let_nothing_through() -> None:
    known = Calibration()
    assert [one.from_confidence for one in confidence_of(1.0, "", known).thresholds] == [None] * len(LEVELS)
    for _ in range(8):
        known = learnt(known, 1.0, came_true=True)
    assert confidence_of(1.0, "", known).thresholds[LET].from_confidence is None


def test_the_same_confidence_is_let_or_held_together() -> None:
    outcomes = [(0.9, True)] * 12 + [(0.9, False)] * 12
    assert thresholds(outcomes, (0.2,)) == (None,)
    assert thresholds(outcomes[::-1], (0.2,)) == (None,)


def test_a_budget_never_grows_beyond_its_level() -> None:
    known = Calibration()
    for _ in range(WINDOW + 50):
        known = learnt(known, 0.9, came_true=True)
    assert known.budgets == LEVELS
    assert len(known.outcomes) == WINDOW


@pytest.mark.parametrize("said", [None, float("nan"), float("inf"), -0.1, 1.1])
def test_what_is_no_number_between_0_and_1_is_no_confidence(said: float | None) -> None:
    assert not is_confidence(said)


def test_what_policy_sees_counts_the_outcomes() -> None:
    known = learnt(learnt(Calibration(), 0.9, came_true=True), 0.8, came_true=False)
    seen = confidence_of(0.7, "a model", known)
    assert (seen.said, seen.basis, seen.outcomes, seen.wrong) == (0.7, "a model", 2, 1)


def test_while_a_budget_is_spent_no_confidence_is_enough() -> None:
    known = Calibration()
    for _ in range(100):
        known = learnt(known, 0.9, came_true=True)
    assert confidence_of(0.9, "", known).thresholds[LET].from_confidence == 0.9
    for _ in range(6):
        known = learnt(known, 0.9, came_true=False)
    assert thresholds(known.outcomes, LEVELS)[LET] == 0.9
    assert confidence_of(0.9, "", known).thresholds[LET].from_confidence is None
