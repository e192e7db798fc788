import math
from dataclasses import replace

import numpy as np
import pytest

from simulators.networks.file import shipped
from simulators.networks.network import Bus, Line, Load, Network, Source, Transformer
from simulators.physics.batch import Batch
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching
from simulators.physics.tables import MissingZeroSequence

ZERO = {"zero_ohm_per_km": 0.6, "zero_reactance_ohm_per_km": 0.9, "zero_capacitance_uf_per_km": 0.15}
SQRT3 = math.sqrt(3.0)


def powers(network, kw, kvar=0.0):
    return Injections(
        load_kw=np.full(len(network.loads), float(kw)),
        load_kvar=np.full(len(network.loads), float(kvar)),
        plant_kw=np.zeros(len(network.plants)),
        plant_kvar=np.zeros(len(network.plants)),
    )


def known(network):
    """The same network with zero-sequence data for every line."""
    return replace(network, lines=tuple(replace(line, **ZERO) for line in network.lines))


def split(network):
    """The same network with every load in three, one for each phase."""
    loads = tuple(
        replace(load, name=f"{load.name}{phase}", phases=phase) for load in network.loads for phase in "abc"
    )
    return replace(known(network), loads=loads)


def low_voltage(phases="a", law="power"):
    return Network(
        name="low",
        source=Source(
            name="s", bus="m", voltage_pu=1.0, short_circuit_mva=100.0, rx_ratio=0.3, zero_ratio=2.0
        ),
        buses=(Bus(name="m", voltage_kv=20.0), Bus(name="k", voltage_kv=0.4), Bus(name="e", voltage_kv=0.4)),
        transformers=(
            Transformer(
                name="t",
                from_bus="m",
                to_bus="k",
                rated_kva=400.0,
                high_kv=20.0,
                low_kv=0.4,
                short_circuit_pu=0.04,
                copper_loss_kw=4.6,
                no_load_current_pu=0.002,
                iron_loss_kw=0.6,
                clock=5,
                high_winding="delta",
                low_winding="wye_n",
            ),
        ),
        lines=(
            Line(
                name="l",
                from_bus="k",
                to_bus="e",
                length_km=0.3,
                ohm_per_km=0.2,
                reactance_ohm_per_km=0.08,
                capacitance_uf_per_km=0.0,
                rated_a=270.0,
                zero_ohm_per_km=0.8,
                zero_reactance_ohm_per_km=0.32,
                zero_capacitance_uf_per_km=0.0,
            ),
        ),
        loads=(Load(name="h", bus="e", peak_kw=1.0, power_factor=1.0, profile="", phases=phases, law=law),),
    )


def test_three_equal_phases_give_what_the_balanced_power_flow_gives():
    nord = shipped("nord")
    drawn = Switching(open=nord.open_at_start())
    balanced = PowerGrid(nord).solve(powers(nord, 3000.0, 600.0), drawn)
    phases = split(nord)
    by_phase = PowerGrid(phases).solve(powers(phases, 1000.0, 200.0), drawn)
    assert phases.asymmetric
    np.testing.assert_allclose(by_phase.bus_kv, balanced.bus_kv, rtol=1e-9)
    np.testing.assert_allclose(by_phase.branch, balanced.branch, rtol=1e-7, atol=1e-3)
    np.testing.assert_allclose(by_phase.phase_kv, balanced.bus_kv[:, None] / SQRT3 * np.ones(3), rtol=1e-9)
    assert by_phase.loss_kw == pytest.approx(balanced.loss_kw, rel=1e-7)


def test_a_load_on_one_phase_pulls_that_phase_down_and_the_energy_balance_closes():
    network = low_voltage()
    flows = PowerGrid(network).solve(powers(network, 10.0))
    end = flows.phase_kv[flows.rows.bus["e"]]
    assert end.argmin() == 0
    assert end.max() - end.min() > 0.003
    assert flows.phase_a[flows.rows.branch["l"], 0].argmax() == 0
    assert flows.flow("l").from_a == pytest.approx(10.0 / end[0], rel=1e-6)
    assert flows.import_kw == pytest.approx(flows.load_kw.sum() + flows.loss_kw, rel=1e-6)
    assert flows.load_kw.tolist() == pytest.approx([10.0])


def test_one_phase_agrees_with_the_closed_form_of_symmetrical_components():
    network = low_voltage(law="impedance")
    network = replace(
        network,
        source=replace(network.source, bus="k", short_circuit_mva=5.0),
        buses=network.buses[1:],
        transformers=(),
    )
    flows = PowerGrid(network).solve(powers(network, 20.0))
    source = 0.4**2 / 5.0 * complex(0.3, 1.0) / abs(complex(0.3, 1.0))
    first = source + 0.3 * complex(0.2, 0.08)
    zero = 2.0 * source + 0.3 * complex(0.8, 0.32)
    load_ohm = (400.0 / SQRT3) ** 2 / 20_000.0
    current = 400.0 / SQRT3 / (load_ohm + (2.0 * first + zero) / 3.0)
    assert flows.phase_a[flows.rows.branch["l"], 0, 0] == pytest.approx(abs(current), rel=1e-9)
    assert flows.phase_kv[flows.rows.bus["e"], 0] == pytest.approx(abs(current) * load_ohm * 1e-3, rel=1e-9)


def test_two_phases_share_a_load():
    network = low_voltage(phases="bc")
    flows = PowerGrid(network).solve(powers(network, 10.0))
    amps = flows.phase_a[flows.rows.branch["l"], 0]
    assert amps[0] == pytest.approx(0.0, abs=1e-6)
    assert amps[1:].min() > 20.0


def test_many_moments_by_phase_are_those_of_each_moment():
    network = low_voltage()
    grid, kw = PowerGrid(network), np.linspace(-5.0, 30.0, 8)[:, None]
    none = np.zeros((8, 0))
    many = Injections(load_kw=kw, load_kvar=0.2 * kw, plant_kw=none, plant_kvar=none)
    course = Batch(grid).course(many, np.arange(8, dtype=np.int64), np.ones(8))
    assert course.balance_error.max() < 1e-6
    for row in range(8):
        flows = grid.solve(powers(network, kw[row, 0], 0.2 * kw[row, 0]))
        np.testing.assert_allclose(course.phase_kv[row], flows.phase_kv, rtol=1e-7)
        np.testing.assert_allclose(course.loading_pu[row], flows.loading_pu, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(course.low_kv[row], flows.phase_kv.min(axis=1) * SQRT3, rtol=1e-7)
    assert (course.high_kv >= course.low_kv).all()


def test_lines_that_are_not_known_well_enough_are_all_named():
    nord = shipped("nord")
    loads = (replace(nord.loads[0], phases="a"), *nord.loads[1:])
    with pytest.raises(MissingZeroSequence, match="f11, f12, f13, f14, f15"):
        PowerGrid(replace(nord, loads=loads))
