"""The adversary keeps its budget, repeats itself, and finds a planted weak spot sooner than chance does."""

import math

import pytest

from simulators.faults.adversary import Option, Rules, random_search, search
from simulators.faults.kinds import FaultKind as F
from tests.unit.simulators.conftest import SECOND, START_NS, SteadyProfiles

HOUR = 3600 * SECOND
OPTIONS = tuple(
    Option(kind=kind, target=target, cost=cost)
    for kind, target, cost in (
        (F.STUCK, "meter_grid", 2.0), (F.SILENT, "inverter", 2.0), (F.NOISE, "meter_f11", 1.0),
        (F.DROPOUT, "meter_f12", 1.0), (F.DRIFT, "meter_f13", 1.0), (F.LOSS, "meter_f14", 1.0),
        (F.DELAY, "meter_f15", 3.0), (F.REPLAY, "monitor_t1", 3.0),
    )
)  # fmt: skip
ONSETS = tuple(hour * HOUR for hour in range(24))


def weak_spot(faults) -> float:
    """Nothing does much harm but a stuck head meter at 17 with a battery that is silent just after."""
    at = {fault.kind: fault.onset_ns / HOUR for fault in faults}
    harm = 0.1 * len(faults)
    if F.STUCK in at:
        harm += 3.0 * math.exp(-abs(at[F.STUCK] - 17.0) / 4.0)
        if F.SILENT in at:
            harm += 3.0 * math.exp(-abs(at[F.SILENT] - at[F.STUCK] - 1.0))
    return harm


def rules(seed: int, *, evaluations: int = 150, budget: float = 4.0) -> Rules:
    return Rules(options=OPTIONS, onsets_ns=ONSETS, budget=budget, evaluations=evaluations, seed=seed)


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_weak_spot_is_found_within_the_budget(seed):
    found = search(weak_spot, rules(seed))
    onset = {fault.kind: fault.onset_ns // HOUR for fault in found.faults}
    assert onset == {F.STUCK: 17, F.SILENT: 18}
    assert found.cost <= 4.0
    assert found.evaluations <= 150
    assert found.score == weak_spot(found.faults) > found.without == 0.0


def test_the_search_is_better_than_chance():
    worse = [
        search(weak_spot, rules(seed)).score > 1.1 * random_search(weak_spot, rules(seed)).score
        for seed in range(20)
    ]
    assert sum(worse) >= 18


def test_one_seed_is_one_search():
    assert search(weak_spot, rules(3)) == search(weak_spot, rules(3))
    assert search(weak_spot, rules(3)).course != search(weak_spot, rules(4)).course


def test_a_sequence_is_evaluated_once_and_never_costs_more_than_the_budget():
    tried = []

    def objective(faults) -> float:
        tried.append(faults)
        return weak_spot(faults)

    found = search(objective, rules(1, evaluations=60))
    assert len(tried) == len(set(tried)) == found.evaluations == 60
    cost = {(option.kind, option.target): option.cost for option in OPTIONS}
    assert all(sum(cost[fault.kind, fault.target] for fault in faults) <= 4.0 for faults in tried)
    assert found.course == tuple(sorted(found.course))


def test_a_run_that_comes_to_nothing_is_never_the_worst():
    found = search(lambda faults: math.nan if faults else 1.0, rules(1, evaluations=20))
    assert (found.faults, found.score) == ((), 1.0)


@pytest.mark.parametrize("wrong", [{"budget": 0.5}, {"evaluations": 0}])
def test_a_search_that_cannot_begin_is_refused(wrong):
    with pytest.raises(ValueError, match=r"nothing can be bought|needs an onset"):
        rules(1, **wrong)


def test_the_weak_spot_of_a_world_is_found_by_running_it(world_of):
    """Only the third feeder is near its limit: of faults of the same price, more demand there is worst."""
    options = tuple(Option(kind=F.DEMAND_BUST, target=f"f1{n}", cost=1.0, amount=0.3) for n in range(1, 5))

    def objective(faults) -> float:
        world = world_of(faults=faults, profiles=SteadyProfiles(level=0.8))
        world.advance(START_NS + 1800 * SECOND)
        return max(world.flows.flow(f"f1{n}").from_a / limit for n, limit in LIMITS.items())

    once = Rules(options=options, onsets_ns=(START_NS,), budget=1.0, evaluations=6, seed=1)
    found = search(objective, once)
    assert [fault.target for fault in found.faults] == ["f13"]
    assert objective(found.faults) == found.score, "the worst sequence does not replay"


LIMITS = {1: 421.0, 2: 421.0, 3: 110.0, 4: 319.0}
"""Ratings of the feeders, A; somebody has set that of the third too low."""
