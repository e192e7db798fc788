"""What every indicator of a run owes: of time that nobody saw it tells nothing, not that nothing happened."""

import math

import numpy as np
import pytest

from simulators.indicators.convergence import Convergence
from simulators.indicators.indicator import Detailed
from simulators.indicators.standard import standard
from simulators.networks.file import shipped
from simulators.physics.course import Course
from simulators.physics.flows import Injections, diverged
from simulators.physics.power_grid import PowerGrid
from tests.unit.simulators.indicators.courses import HOUR_NS

NORD = shipped("nord")
KINDS = [type(one) for one in standard(NORD)]


@pytest.fixture(scope="module")
def flows():
    load, plant = np.full(len(NORD.loads), 100.0), np.zeros(len(NORD.plants))
    return PowerGrid(NORD).solve(Injections(load_kw=load, load_kvar=load, plant_kw=plant, plant_kvar=plant))


@pytest.fixture
def seen(flows):
    return Course.of(flows, until_ns=HOUR_NS, hours=1.0)


@pytest.fixture
def unseen(flows):
    return Course.of(diverged(flows.rows, "no solution"), until_ns=2 * HOUR_NS, hours=1.0)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def indicator(request):
    return next(one for one in standard(NORD) if type(one) is request.param)


def numbers(indicator):
    elements = indicator.elements() if isinstance(indicator, Detailed) else {}
    of_each = {(element, name): value for element, of in elements.items() for name, value in of.items()}
    return {**indicator.values(), **of_each}


def test_nothing_is_told_of_a_run_that_never_had_a_solution(indicator, unseen):
    indicator.enter(unseen)
    told = {name for name, value in numbers(indicator).items() if not math.isnan(value)}
    # Convergence counts the very time that has none.
    assert told == (set(numbers(indicator)) if isinstance(indicator, Convergence) else set())


def test_everything_is_told_once_a_step_was_solved(indicator, seen, unseen):
    indicator.enter(seen)
    first = numbers(indicator)
    assert first
    assert all(math.isfinite(value) for value in first.values())
    indicator.enter(unseen)
    assert all(math.isfinite(value) for value in numbers(indicator).values())


def test_time_without_a_solution_changes_nothing_that_was_told(indicator, seen, unseen):
    indicator.enter(seen)
    before = numbers(indicator)
    indicator.enter(unseen)
    assert (numbers(indicator) == before) != isinstance(indicator, Convergence)


def test_before_any_time_has_passed_sums_are_nought_so_that_their_increase_is_known(indicator):
    for name, value in numbers(indicator).items():
        if str(name).endswith(("_kwh", "_h")):
            assert value == 0.0, name
