import numpy as np
import pytest

from simulators.equipment.insulation import Insulation
from simulators.equipment.transformers import Transformers
from simulators.faults.fault import Fault, FaultKind
from simulators.part import Stretch
from simulators.physics.flows import Injections, diverged
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching
from simulators.physics.tables import rows_of
from simulators.weather.model import Weather

HOUR_S = 3600.0


def flows_of(network, level, extra_open=frozenset()):
    load_kw = np.array([load.peak_kw for load in network.loads]) * level
    injections = Injections(
        load_kw=load_kw, load_kvar=0.3 * load_kw, plant_kw=np.zeros(2), plant_kvar=np.zeros(2)
    )
    return PowerGrid(network).solve(injections, Switching(open=network.open_at_start() | extra_open))


def settled(network, *faults, level=0.6):
    units = Transformers(network, seed=1, faults=faults)
    units.settle(flows_of(network, level), 0, ambient_c=5.0)
    return units


def test_two_units_of_one_plate_are_not_the_same(network):
    one, other = (settled(network)._units[name] for name in ("t1", "t2"))
    assert one.rated_a == other.rated_a
    assert one.oil_rise_k != other.oil_rise_k


def test_a_blocked_cooler_heats_its_own_unit_only(network):
    fault = Fault(target="t1", kind=FaultKind.BLOCKED_COOLER, onset_ns=0, amount=0.5)
    sick, healthy = settled(network, fault).readings, settled(network).readings
    assert sick["t1"].top_oil_c - healthy["t1"].top_oil_c > 5.0
    assert sick["t2"] == healthy["t2"]


def test_a_settled_unit_stays_where_it_is(network):
    units = settled(network)
    before = units.readings["t1"].top_oil_c
    units.advance(flows_of(network, 0.6), 0, ambient_c=5.0, dt_s=HOUR_S)
    assert units.readings["t1"].top_oil_c == pytest.approx(before, abs=1e-3)


def test_a_unit_that_is_switched_off_cools_and_the_other_takes_over(network):
    units = settled(network)
    before = units.readings
    off = flows_of(network, 0.6, frozenset({"t1"}))
    units.advance(off, 0, ambient_c=5.0, dt_s=6 * HOUR_S)
    assert units.readings["t1"].top_oil_c < before["t1"].top_oil_c - 3.0
    assert not units.readings["t1"].cooling_on
    assert units.readings["t2"].cooling_on


def test_a_grid_without_solution_leaves_finite_temperatures(network):
    units = settled(network)
    lost = flows_of(network, 100.0)
    assert not lost.converged
    units.advance(lost, 0, ambient_c=5.0, dt_s=HOUR_S)
    assert np.isfinite(units.readings["t1"].hot_spot_c)


def test_while_the_grid_has_no_solution_a_unit_neither_cools_nor_ages(network):
    units = settled(network, level=1.1)
    before, unsolved = units.readings, diverged(rows_of(network), "collapsed")
    units.advance(unsolved, 0, ambient_c=-20.0, dt_s=6 * HOUR_S)
    assert units.readings == before
    insulation = Insulation(network, seed=1)
    stretch = Stretch(
        since_ns=0, until_ns=10**13, flows=unsolved, sky=Weather(seed=1).at(0), heat=before
    )  # fmt: skip
    insulation.live(stretch)
    assert insulation.counted()["ageing_h"] == 0.0
