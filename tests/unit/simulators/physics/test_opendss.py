import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from simulators.appliances.placing import network_with
from simulators.appliances.planned import BatteryUnit, Photovoltaic, Placement
from simulators.networks.network import (
    Bus,
    Capacitor,
    Line,
    LineMatrix,
    Load,
    Network,
    Source,
    Switch,
    Transformer,
)
from simulators.physics.course import Course
from simulators.physics.flows import Injections
from simulators.physics.one_by_one import OneByOne
from simulators.physics.opendss import OpenDss
from simulators.physics.opendss_extra import NoOpenDss
from simulators.physics.opendss_transformers import CannotWire
from simulators.physics.power_grid import PowerGrid
from simulators.physics.solvers import able, solver_named, sound_solver, unfit
from simulators.physics.switching import Short, Switching
from simulators.physics.tables import Uneven

SQRT3 = math.sqrt(3.0)


def lateral(**changes):
    """A stiff source, three regulator units, and a lateral of phase b behind a line by phase."""
    units = tuple(
        Transformer(
            name=f"reg_{phase}",
            from_bus="s",
            to_bus="r",
            rated_kva=1000.0,
            high_kv=10.0,
            low_kv=10.0,
            short_circuit_pu=1e-4,
            copper_loss_kw=0.0,
            no_load_current_pu=0.0,
            iron_loss_kw=0.0,
            clock=0,
            tap_step_kv=0.0625,
            tap_min=-16,
            tap_max=16,
            tap_side="to",
            phases=phase,
        )
        for phase in "abc"
    )
    full = LineMatrix(
        ohm_per_km=(0.3, 0.1, 0.3, 0.1, 0.1, 0.3), reactance_ohm_per_km=(0.6, 0.3, 0.6, 0.25, 0.2, 0.6)
    )
    common = {"length_km": 1.0, "ohm_per_km": 0.2, "reactance_ohm_per_km": 0.35, "rated_a": 200.0}
    drawn = {
        "name": "lateral",
        "source": Source(
            name="grid", bus="s", voltage_pu=1.0, short_circuit_mva=1.0, rx_ratio=0.1, stiff=True
        ),
        "buses": tuple(Bus(name=name, voltage_kv=10.0) for name in ("s", "r", "m", "e")),
        "transformers": units,
        "lines": (
            Line(name="trunk", from_bus="r", to_bus="m", capacitance_uf_per_km=0.0, matrix=full, **common),
            Line(
                name="branch",
                from_bus="m",
                to_bus="e",
                capacitance_uf_per_km=0.0,
                phases="b",
                matrix=LineMatrix(ohm_per_km=(0.5,), reactance_ohm_per_km=(0.5,)),
                **common,
            ),
        ),
        "loads": (
            Load(name="one", bus="e", peak_kw=100.0, peak_kvar=0.0, phases="b"),
            Load(name="two", bus="m", peak_kw=200.0, peak_kvar=50.0, phases="ca", connection="delta"),
        ),
    }
    return Network(**{**drawn, **changes})


def powers(network, **changes):
    values = {
        "load_kw": [load.peak_kw for load in network.loads],
        "load_kvar": [load.peak_kvar for load in network.loads],
        "plant_kw": [],
        "plant_kvar": [],
    }
    return Injections(**{name: np.array(value, dtype=float) for name, value in (values | changes).items()})


def test_the_missing_extra_is_named(monkeypatch):
    def without(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("simulators.physics.opendss_extra.import_module", without)
    with pytest.raises(NoOpenDss, match=r'pip install "aios-grid\[opendss\]"'):
        OpenDss(lateral())
    assert unfit(lateral(), "opendss") == 'this needs OpenDSS: pip install "aios-grid[opendss]"'


def test_the_default_solver_names_what_only_opendss_carries():
    network = lateral()
    assert network.uneven == ("reg_a", "reg_b", "reg_c", "trunk", "branch", "two")
    with pytest.raises(Uneven, match=r'solver = "opendss" does: reg_a, .*two'):
        PowerGrid(network)
    assert able(network) == "opendss"
    assert "reg_a" in unfit(network, "power_grid_model")
    assert unfit(network, "opendss") == ""


def test_a_lateral_of_one_phase_carries_one_phase():
    flows = OpenDss(lateral()).solve(powers(lateral()))
    assert flows.converged
    row = flows.rows.branch["branch"]
    assert flows.phase_a[row, 0].tolist() == pytest.approx([0.0, 100.0 / flows.phase_kv[3, 1], 0.0], rel=0.01)
    assert np.isnan(flows.phase_kv[3]).tolist() == [True, False, True]
    assert flows.kv("e") == pytest.approx(flows.phase_kv[3, 1] * SQRT3)


def test_a_delta_load_takes_its_current_from_one_phase_and_gives_it_to_the_other():
    network = lateral(
        loads=(Load(name="two", bus="m", peak_kw=200.0, peak_kvar=0.0, phases="ca", connection="delta"),)
    )
    flows = OpenDss(network).solve(powers(network))
    amps = flows.phase_a[flows.rows.branch["trunk"], 0]
    assert amps[0] == pytest.approx(amps[2])
    assert amps[0] == pytest.approx(200.0 / 10.0, rel=0.01)
    assert amps[1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("law", ["power", "current", "impedance"])
def test_a_load_follows_its_law_where_the_voltage_sags(law):
    load = Load(name="one", bus="e", peak_kw=1500.0, peak_kvar=0.0, phases="b", law=law)
    network = lateral(loads=(load,))
    flows = OpenDss(network).solve(powers(network))
    sag = flows.kv("e") / 10.0
    assert sag < 0.97
    exponent = ["power", "current", "impedance"].index(law)
    assert flows.load_kw[0] == pytest.approx(1500.0 * sag**exponent, rel=1e-7)
    assert flows.import_kw == pytest.approx(flows.load_kw[0] + flows.loss_kw, rel=1e-7)


def test_each_regulator_unit_moves_its_own_phase():
    solver = OpenDss(lateral(loads=()))
    flows = solver.solve(powers(lateral(loads=())), Switching(taps={"reg_a": 10, "reg_c": -4}))
    assert flows.phase_kv[1] * SQRT3 == pytest.approx([10.625, 10.0, 9.75], rel=1e-6)


def test_a_phase_that_is_switched_off_is_dead_and_the_others_live():
    network = lateral()
    flows = OpenDss(network).solve(powers(network), Switching(open=frozenset({"reg_b"})))
    assert flows.converged
    assert flows.phase_kv[2, 1] == flows.kv("e") == flows.load_kw[0] == 0.0
    assert flows.phase_kv[2, 0] > 5.5
    assert flows.load_kw[1] == 200.0


def test_a_capacitor_of_one_phase_lifts_that_phase():
    bank = Capacitor(name="c", bus="m", step_kvar=200.0, phases="b")
    bare, helped = (OpenDss(net).solve(powers(net)) for net in (lateral(), lateral(capacitors=(bank,))))
    assert helped.phase_kv[2, 1] > bare.phase_kv[2, 1] * 1.001
    fed_in = 200.0 * (helped.phase_kv[2, 1] * SQRT3 / 10.0) ** 2
    assert bare.import_kvar - helped.import_kvar == pytest.approx(fed_in, rel=0.05)


def test_zigzag_windings_are_refused_by_name():
    unit = replace(lateral().transformers[0], name="earthing", phases="abc", low_winding="zigzag_n", clock=11)
    with pytest.raises(CannotWire, match="earthing"):
        OpenDss(lateral(transformers=(unit,)))


def test_voltages_of_missing_phases_are_no_undervoltage():
    network = lateral()
    course = Course.of(OpenDss(network).solve(powers(network)), until_ns=0, hours=1.0)
    assert (course.low_kv > 9.0).all()
    assert (course.high_kv < 10.5).all()


def test_many_moments_are_solved_one_by_one_and_a_lost_one_is_marked():
    network = lateral()
    kw = np.array([[100.0, 200.0], [1e6, 200.0], [50.0, 100.0]])
    moments = powers(network, load_kw=kw, load_kvar=kw * 0.1, plant_kw=np.zeros((3, 0)))
    moments = msgspec.structs.replace(moments, plant_kvar=np.zeros((3, 0)))
    course = OneByOne(sound_solver(network, "opendss")).course(
        moments, np.arange(3, dtype=np.int64), np.ones(3)
    )
    assert course.converged.tolist() == [True, False, True]
    assert np.isnan(course.bus_kv[1]).all()
    assert np.isnan(course.phase_kv[1]).all()
    assert course.failure
    assert course.low_kv[2].min() > course.low_kv[0].min()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_injection_that_is_no_number_is_not_solved(value):
    network = lateral()
    flows = OpenDss(network).solve(powers(network, load_kw=[value, 200.0]))
    assert (flows.converged, flows.failure) == (False, "an injection is not a finite number")
    assert math.isnan(flows.import_kw)


def test_a_solution_that_is_not_found_is_told():
    network = lateral()
    flows = OpenDss(network).solve(powers(network, load_kw=[1e6, 200.0]))
    assert not flows.converged
    assert flows.failure.startswith("no convergence in")
    assert np.isnan(flows.bus_kv).all()


def test_a_solution_that_loses_energy_on_the_way_is_none(monkeypatch):
    network = lateral()
    grid = OpenDss(network)
    assert grid.solve(powers(network)).converged
    sound = grid._wires.currents
    monkeypatch.setattr(grid._wires, "currents", lambda volts: 0.99 * sound(volts))
    flows = grid.solve(powers(network))
    assert (flows.converged, flows.failure[:20]) == (False, "what was found loses")
    assert np.isnan(flows.load_kw).all()


def test_a_short_circuit_on_a_lateral_draws_its_current_from_that_phase():
    network = lateral(loads=())
    flows = solver_named("opendss")(network).solve(
        powers(network), Switching(shorts={"branch": Short(at=0.5, ohm=1.0)})
    )
    assert flows.converged
    amps = flows.phase_a[flows.rows.branch["branch"]]
    ohm = abs(complex(0.3 + 0.25 + 1.0, 0.6 + 0.25))
    assert amps[0].tolist() == pytest.approx([0.0, 1e4 / SQRT3 / ohm, 0.0], rel=1e-3)
    assert amps[1].max() < 1e-3


@pytest.mark.parametrize("end", ["from", "to"])
def test_a_transformer_that_is_magnetised_at_one_end_keeps_its_iron_loss_while_it_is_live(end):
    unit = replace(
        lateral().transformers[0],
        phases="abc",
        short_circuit_pu=0.06,
        no_load_current_pu=0.05,
        iron_loss_kw=2.0,
        magnetising=end,
    )
    network = lateral(
        transformers=(unit,), loads=(), switches=(Switch(name="q", branch=unit.name, end="to"),)
    )
    assert unfit(network, "power_grid_model")
    solver = OpenDss(network)
    whole = solver.solve(powers(network))
    row = whole.rows.branch[unit.name]
    assert whole.branch[row, 0] == pytest.approx(2.0, rel=1e-2)
    # At the far end the current flows through the leakage reactance and lifts or lowers nothing but itself.
    sagged = 1.0 if end == "from" else 1.0 - 0.05 * 0.06
    assert whole.kv("r") == pytest.approx(10.0 * sagged, rel=1e-4)
    alone = solver.solve(powers(network), Switching(open=frozenset({"q"})))
    assert alone.branch[row, 0] == pytest.approx(2.0, rel=1e-6)
    assert alone.kv("r") == 0.0


def test_what_is_placed_on_a_lateral_stands_on_its_phase():
    placed = network_with(
        lateral(loads=()),
        Placement(
            appliances=(
                BatteryUnit(name="pack", at="e", rated_kw=50.0),
                Photovoltaic(name="roof", at="e", peak_kw=10.0),
            )
        ),
    )
    assert placed.generators[0].phases == "b"
    wanted = Injections(
        load_kw=np.zeros(0),
        load_kvar=np.zeros(0),
        plant_kw=np.array([10.0, -50.0]),
        plant_kvar=np.zeros(2),
    )
    flows = OpenDss(placed).solve(wanted)
    assert flows.converged
    assert flows.import_kw == pytest.approx(40.0 + flows.loss_kw, abs=1e-6)
    assert flows.phase_a[flows.rows.branch["trunk"], 0, 0] < 1e-6
