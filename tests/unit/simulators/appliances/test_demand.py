import numpy as np
import pytest

from simulators.appliances.demand import Demand, UnknownProfile


class Levels:
    names = ("pv", "feeder_4", "feeder_1", "feeder_2", "feeder_3")

    def all_at(self, now_ns):
        return np.array([0.5, 0.4, 0.1, 0.2, 0.3])

    def all_over(self, times_ns):
        return np.tile(self.all_at(0), (len(times_ns), 1))


def test_each_load_follows_its_own_profile_at_its_own_peak_and_power_factor(network):
    wanted = Demand(network, Levels()).at(0)
    shares = [0.1, 0.2, 0.3, 0.4, 0.1]
    assert wanted.load_kw == pytest.approx(
        [s * load.peak_kw for s, load in zip(shares, network.loads, strict=True)]
    )
    apparent = np.hypot(wanted.load_kw, wanted.load_kvar)
    assert wanted.load_kw / apparent == pytest.approx([load.power_factor for load in network.loads])


def test_plants_are_the_generators_and_then_the_batteries(network):
    assert Demand(network, Levels()).at(0).plant_kw.tolist() == [0.5 * 4000.0, 0.0]


def test_profiles_that_are_not_there_are_all_named(network):
    few = Levels()
    few.names = ("feeder_1", "feeder_2")
    with pytest.raises(UnknownProfile, match=r"feeder_3.*feeder_4.*pv"):
        Demand(network, few)
