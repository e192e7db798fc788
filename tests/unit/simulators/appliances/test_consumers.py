import numpy as np
import pytest

from simulators.appliances.consumers import Consumer, Consumers, UnknownLoad
from simulators.appliances.demand import Demand
from tests.unit.simulators.appliances.test_demand import Levels

HOUR = 3_600 * 1_000_000_000


def depot(**changes):
    given = {
        "name": "depot",
        "load": "f13",
        "begin_ns": HOUR,
        "end_ns": 7 * HOUR,
        "power_kw": 2000.0,
        "seed": 7,
    }
    return Consumer(**(given | changes))


def test_it_draws_its_mean_power_unevenly_and_nothing_outside_its_hours():
    powers = np.array([depot().power_at(HOUR + minute * HOUR // 60) for minute in range(360)])
    assert powers.mean() == pytest.approx(2000.0, rel=0.05)
    assert 0.03 < powers.std() / 2000.0 < 0.15
    assert depot().power_at(HOUR - 1) == depot().power_at(7 * HOUR) == 0.0


def test_the_same_seed_gives_the_same_power_and_another_another():
    assert depot().power_at(2 * HOUR) == depot().power_at(2 * HOUR)
    assert depot().power_at(2 * HOUR) != depot(seed=8).power_at(2 * HOUR)


def test_it_adds_to_its_load_alone_with_the_power_factor_of_that_load(network):
    plain = Demand(network, Levels()).at(2 * HOUR)
    more = Demand(network, Levels(), [depot()]).at(2 * HOUR)
    names = [load.name for load in network.loads]
    added = more.load_kw - plain.load_kw
    assert added[names.index("f13")] == pytest.approx(depot().power_at(2 * HOUR))
    assert np.count_nonzero(added) == 1
    ratio = more.load_kvar / more.load_kw
    assert ratio == pytest.approx(plain.load_kvar / plain.load_kw)


def test_a_load_that_is_not_there_is_named(network):
    with pytest.raises(UnknownLoad, match="f99"):
        Consumers([depot(load="f99")], [load.name for load in network.loads])


def test_a_consumer_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="depot"):
        depot(end_ns=HOUR)
