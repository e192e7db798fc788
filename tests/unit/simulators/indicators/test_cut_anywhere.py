"""A run entered at once gives the same bits as the same run cut anywhere, and costs no more late."""

import math
from types import SimpleNamespace

from hypothesis import given, settings

from simulators.indicators.balance import Balance
from simulators.indicators.batteries import Batteries
from simulators.indicators.convergence import Convergence
from simulators.indicators.energy import Energy
from simulators.indicators.indicator import Indicators
from simulators.indicators.peak import Peak
from simulators.indicators.table import KPIS
from simulators.indicators.thermal import Thermal
from simulators.indicators.voltage import Voltage
from tests.unit.simulators.indicators.courses import BRANCHES, BUSES, cut, random_course, runs_cut_anywhere

ONE = SimpleNamespace(generators=(), batteries=("pv",))
"""A network whose only plant is a battery."""


def fresh():
    return Indicators(
        (Convergence(), Balance(), Peak(), Energy(), Batteries(ONE), Voltage(BUSES), Thermal(BRANCHES))
    )


def entered(courses):
    indicators = fresh()
    for one in courses:
        indicators.enter(one)
    return indicators


def same(one, other):
    return one.keys() == other.keys() and all(
        one[name] == other[name] or (math.isnan(one[name]) and math.isnan(other[name])) for name in one
    )


@settings(max_examples=25, deadline=None)
@given(run=runs_cut_anywhere())
def test_a_course_cut_anywhere_gives_the_same_bits(run):
    whole, pieces = run
    one, other = entered([whole]), entered(pieces)
    assert same(one.values(), other.values())
    assert one.elements().keys() == other.elements().keys()
    for element, values in one.elements().items():
        assert same(values, other.elements()[element])


def test_step_by_step_is_a_way_to_cut():
    whole = random_course(3, 200, (60, 900))
    assert same(entered([whole]).values(), entered(cut(whole, range(1, 200))).values())


def test_what_is_kept_does_not_grow_with_the_run():
    """The state is as large after four weeks as after one day: so a late step costs what an early one did."""

    def size(indicators):
        total, seen = 0, [one.__dict__ for one in indicators]
        while seen:
            for value in seen.pop().values():
                if hasattr(value, "nbytes"):
                    total += value.nbytes
                elif hasattr(value, "__len__"):
                    total += len(value)
                elif hasattr(value, "__dict__"):
                    seen.append(value.__dict__)
        return total

    indicators = fresh()
    long = random_course(1, 28 * 96, (900,))
    first, rest = cut(long, [96])
    indicators.enter(first)
    after_a_day = size(indicators)
    indicators.enter(rest)
    assert size(indicators) == after_a_day


def test_every_number_has_a_unit():
    assert fresh().values().keys() <= KPIS.keys()
