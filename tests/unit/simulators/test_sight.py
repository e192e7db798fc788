import dataclasses

import numpy as np
import pytest

from simulators.networks.branches import Switch
from simulators.networks.file import shipped
from simulators.profiles.load import load_profiles
from simulators.profiles.stored import no_profiles, profile_set
from simulators.sight import solved_at, tree_of


@pytest.fixture
def nord():
    return shipped("nord")


def test_the_moment_of_highest_load_is_looked_at_when_none_is_named(nord):
    profiles = load_profiles()
    seen = solved_at(nord, profiles)
    other = solved_at(nord, profiles, profiles.start_ns)
    assert seen.import_kw > other.import_kw
    assert seen.moment.startswith("2016-")
    assert other.moment == "2015-12-31T23:00:00+00:00"


def test_what_is_outside_its_limits_is_told(nord):
    year = load_profiles()
    heavy = profile_set(year.names, np.full((5, 2), 3.0), start_ns=0, step_s=900)
    told = "\n".join(solved_at(nord, heavy).findings)
    assert "bus f15_end has no supply" in told
    assert "branch f11 carries" in told
    assert "outside 0.9 to 1.1" in told


def test_a_network_whose_profiles_are_missing_is_looked_at_at_its_peaks(nord):
    seen = solved_at(nord, no_profiles())
    assert "peaks" in seen.moment
    wanted = sum(load.peak_kw for load in nord.loads if load.bus != "f15_end") - nord.generators[0].rated_kw
    assert seen.import_kw == pytest.approx(wanted + seen.loss_kw, abs=0.1)


def test_a_network_without_solution_is_told_as_a_finding(nord):
    year = load_profiles()
    far = profile_set(year.names, np.full((5, 2), 1e4), start_ns=0, step_s=900)
    seen = solved_at(nord, far)
    assert seen.failure
    assert seen.findings == (f"no solution: {seen.failure}",)


def test_the_tree_has_every_bus_once_from_the_source_on(nord):
    twigs = tree_of(nord)
    assert twigs[0].bus == nord.source.bus
    assert sorted(twig.bus for twig in twigs) == sorted(bus.name for bus in nord.buses)
    by_bus = {twig.bus: twig for twig in twigs}
    assert by_bus["f11_end"].branch == "f11"
    assert by_bus["f15_end"].branch == ""
    assert "coupler" in by_bus["bus1"].opens


def test_a_ring_is_told_where_it_closes(nord):
    closed = dataclasses.replace(
        nord, couplers=tuple(dataclasses.replace(one, closed=True) for one in nord.couplers)
    )
    assert any(twig.closes for twig in tree_of(closed))
    opened = dataclasses.replace(closed, switches=(Switch(name="s", branch="t2", end="to", closed=False),))
    assert not any(twig.closes for twig in tree_of(opened))
