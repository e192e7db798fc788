"""What every solver of the grid owes: the same flows, the same dead buses, the same word on no solution.

The tolerance: 1e-8 of rated voltage, 1 W, 1 mA and a millionth. Both are solved much finer than that.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.networks.file import load, shipped
from simulators.networks.network import Bus, Capacitor, Line, Load, Network, Source, Transformer
from simulators.physics.flows import Injections
from simulators.physics.solvers import solver_named, sound_solver
from simulators.physics.switching import AS_DRAWN, Short, Switching

GOLDEN = Path(__file__).parents[1] / "golden" / "powerflow"
NORD, BARAN_WU, KINDS = (
    shipped("nord"),
    load(GOLDEN / "baran_wu_33" / "network.toml"),
    load(GOLDEN / "kinds" / "network.toml"),
)
ZERO = {"zero_ohm_per_km": 0.6, "zero_reactance_ohm_per_km": 0.9, "zero_capacitance_uf_per_km": 0.15}
NAMES = ("power_grid_model", "opendss")


def powers(network, share=1.0, plant_kw=300.0):
    kw = np.array([one.peak_kw for one in network.loads]) * share
    kvar = [0.3 * one.peak_kw if one.peak_kvar is None else one.peak_kvar for one in network.loads]
    plants = len(network.plants)
    return Injections(
        load_kw=kw,
        load_kvar=np.array(kvar) * share,
        plant_kw=np.full(plants, plant_kw),
        plant_kvar=np.zeros(plants),
    )


def both(network, injections, switching=AS_DRAWN):
    return [sound_solver(network, name).solve(injections, switching) for name in NAMES]


def assert_same(network, one, other):
    assert one.converged, one.failure
    assert other.converged, other.failure
    rated = np.array([bus.voltage_kv for bus in network.buses])
    close = np.testing.assert_allclose
    close(other.bus_kv / rated, one.bus_kv / rated, rtol=0.0, atol=1e-8)
    close(other.branch, one.branch, rtol=1e-6, atol=2e-3)
    close(other.load_kw, one.load_kw, rtol=1e-6, atol=1e-3)
    close(other.plant_kw, one.plant_kw, rtol=1e-6, atol=1e-3)
    close(other.loss_kw, one.loss_kw, rtol=1e-6, atol=2e-3)
    close(other.import_kw, one.import_kw, rtol=1e-6, atol=2e-3)
    close(other.import_kvar, one.import_kvar, rtol=1e-6, atol=2e-3)
    assert ((one.bus_kv == 0.0) == (other.bus_kv == 0.0)).all()
    assert (one.phase_kv is None) == (other.phase_kv is None)
    if one.phase_kv is not None:
        close(other.phase_kv, one.phase_kv, rtol=1e-6, atol=1e-7)
        close(other.phase_a, one.phase_a, rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("network", [NORD, BARAN_WU, KINDS], ids=lambda network: network.name)
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_same_network_has_the_same_flows(network, share):
    switching = Switching(open=network.open_at_start())
    assert_same(network, *both(network, powers(network, share), switching))


@pytest.mark.parametrize("network", [NORD, KINDS], ids=lambda network: network.name)
def test_whatever_stands_open_islands_are_dead_in_both(network):
    solvers = [sound_solver(network, name) for name in NAMES]
    wanted = powers(network)
    for name in [one.name for one in (*network.transformers, *network.switchable)]:
        one, other = (solver.solve(wanted, Switching(open=frozenset({name}))) for solver in solvers)
        assert_same(network, one, other)
        row = one.rows.branch.get(name)
        if row is not None and name not in {line.name for line in network.lines}:
            assert (other.branch[row] == 0.0).all()


def test_a_state_that_was_before_leaves_nothing_behind():
    solver = sound_solver(NORD, "opendss")
    drawn = Switching(open=NORD.open_at_start())
    first = solver.solve(powers(NORD), drawn)
    solver.solve(powers(NORD, 0.3), Switching(open=frozenset({"t1", "f11"}), taps={"t2": 4}))
    solver.solve(powers(NORD, 100.0), drawn)
    again = solver.solve(powers(NORD), drawn)
    for name in ("bus_kv", "branch", "load_kw"):
        assert (getattr(first, name) == getattr(again, name)).all()


@pytest.mark.parametrize("tap", [-9, -3, 2, 9])
def test_taps_move_both_alike(tap):
    for taps in ({"t1": tap}, {"t1": tap, "t2": tap}):
        assert_same(NORD, *both(NORD, powers(NORD), Switching(taps=taps)))


def test_capacitor_steps_move_both_alike():
    bank = KINDS.capacitors[0]
    for steps in range(bank.steps + 1):
        assert_same(KINDS, *both(KINDS, powers(KINDS), Switching(steps={bank.name: steps})))


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_is_a_flag_and_never_the_one_before(name):
    solver = sound_solver(NORD, name)
    switching = Switching(open=NORD.open_at_start())
    assert solver.solve(powers(NORD), switching).converged
    for wanted in (powers(NORD, 100.0), powers(NORD, np.nan), powers(NORD, np.inf)):
        flows = solver.solve(wanted, switching)
        assert not flows.converged
        assert flows.failure
        assert np.isnan(flows.bus_kv).all()
        assert np.isnan(flows.branch).all()
        assert np.isnan([flows.import_kw, flows.loss_kw]).all()
    assert solver.solve(powers(NORD), switching).converged


@pytest.mark.parametrize("name", NAMES)
def test_what_the_network_does_not_have_is_named(name):
    solver = sound_solver(NORD, name)
    for strange in (Switching(open=frozenset({"x1"})), Switching(taps={"x1": 1}), Switching(steps={"x1": 1})):
        with pytest.raises(KeyError, match="x1"):
            solver.solve(powers(NORD), strange)
    with pytest.raises(ValueError, match="short circuits"):
        solver.solve(powers(NORD), Switching(shorts={"bus1": Short()}))


@pytest.mark.parametrize("place", ["bus1", "f11"])
def test_short_circuits_are_the_same_behind_both(place):
    switching = Switching(shorts={place: Short(ohm=0.5, at=0.3)})
    one, other = (solver_named(name)(NORD).solve(powers(NORD), switching) for name in NAMES)
    np.testing.assert_allclose(other.branch, one.branch, rtol=1e-5, atol=0.1)
    np.testing.assert_allclose(other.bus_kv, one.bus_kv, rtol=1e-6, atol=1e-6)


def by_phase(clock=5, high="delta", low="wye_n", **unit):
    """A low-voltage street behind a transformer, with customers on single phases."""
    phases = ("a", "b", "c", "bc", "abc")
    laws = ("power", "current", "impedance", "power", "current")
    line = {"length_km": 0.3, "ohm_per_km": 0.2, "reactance_ohm_per_km": 0.08, "rated_a": 270.0}
    return Network(
        name="street",
        source=Source(
            name="s", bus="m", voltage_pu=1.02, short_circuit_mva=100.0, rx_ratio=0.3, zero_ratio=2.0
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
                no_load_current_pu=0.01,
                iron_loss_kw=0.6,
                tap_step_kv=0.5,
                clock=clock,
                high_winding=high,
                low_winding=low,
                **unit,
            ),
        ),
        lines=(
            Line(name="l", from_bus="k", to_bus="e", capacitance_uf_per_km=0.4, **line, **ZERO),
            Line(name="r", from_bus="k", to_bus="e", capacitance_uf_per_km=0.4, **line, **ZERO),
        ),
        capacitors=(Capacitor(name="c", bus="e", step_kvar=5.0, step_loss_kw=0.1, steps=2),),
        loads=tuple(
            Load(name=f"d{at}", bus="e", peak_kw=4.0 + 3.0 * at, peak_kvar=1.0 + at, phases=on, law=law)
            for at, (on, law) in enumerate(zip(phases, laws, strict=True))
        ),
    )


@pytest.mark.parametrize("clock", [1, 3, 5, 7, 9, 11])
def test_unlike_phases_are_the_same_behind_every_odd_vector_group(clock):
    network = by_phase(clock)
    assert_same(network, *both(network, powers(network), Switching(taps={"t": 2})))


@pytest.mark.parametrize("clock", [0, 2, 4, 6, 8, 10])
def test_unlike_phases_are_the_same_behind_every_even_vector_group(clock):
    network = by_phase(clock, high="wye_n")
    assert_same(network, *both(network, powers(network), Switching(open=frozenset({"r"}))))


def test_an_earthed_neutral_lifts_both_alike():
    network = by_phase(earth_ohm=0.4, earth_reactance_ohm=0.2)
    assert_same(network, *both(network, powers(network, 0.4)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("delta", "wye_n", 5), ("wye_n", "delta", 5)),
        (("delta", "wye_n", 11), ("wye_n", "delta", 11)),
        (("delta", "wye_n", 3), ("wye_n", "delta", 3)),
        (("wye_n", "wye_n", 4), ("delta", "delta", 4)),
        (("wye_n", "wye_n", 6), ("delta", "delta", 6)),
        (("wye_n", "wye_n", 10), ("delta", "delta", 10)),
    ],
)
def test_vector_groups_of_one_clock_number_stand_in_parallel_without_circulating(first, second):
    """The wiring of each leg is our own: a wrong one would be a short circuit here."""
    street = by_phase()
    units = [
        replace(street.transformers[0], name=f"t{at}", high_winding=high, low_winding=low, clock=clock)
        for at, (high, low, clock) in enumerate((first, second))
    ]
    loads = tuple(replace(one, phases="abc") for one in street.loads)
    network = replace(street, transformers=tuple(units), loads=loads)
    one, other = both(network, powers(network))
    assert_same(network, one, other)
    np.testing.assert_allclose(other.branch[0], other.branch[1], rtol=1e-6)


sizes = st.integers(2, 12)


@st.composite
def radial(draw):
    """A random radial network of 10 kV, with a load on every bus but the first."""
    count = draw(sizes)
    parents = [draw(st.integers(0, at)) for at in range(count)]
    km = [draw(st.floats(0.05, 4.0)) for _ in parents]
    ohm = [draw(st.floats(0.05, 0.8)) for _ in parents]
    farad = [draw(st.floats(0.0, 0.4)) for _ in parents]
    return Network(
        name="radial",
        source=Source(name="s", bus="b0", voltage_pu=1.03, short_circuit_mva=200.0, rx_ratio=0.2),
        buses=tuple(Bus(name=f"b{at}", voltage_kv=10.0) for at in range(count + 1)),
        lines=tuple(
            Line(
                name=f"l{at}",
                from_bus=f"b{parent}",
                to_bus=f"b{at + 1}",
                length_km=km[at],
                ohm_per_km=ohm[at],
                reactance_ohm_per_km=0.35,
                capacitance_uf_per_km=farad[at],
                rated_a=300.0,
                **ZERO,
            )
            for at, parent in enumerate(parents)
        ),
        loads=tuple(
            Load(
                name=f"d{at}",
                bus=f"b{at + 1}",
                peak_kw=draw(st.floats(-150.0, 300.0)),
                peak_kvar=draw(st.floats(-50.0, 100.0)),
                law=draw(st.sampled_from(["power", "current", "impedance"])),
            )
            for at in range(count)
        ),
    )


@settings(max_examples=25, deadline=None)
@given(radial(), st.data())
def test_random_radial_networks_have_the_same_flows_however_they_are_cut(network, data):
    cut = data.draw(st.frozensets(st.sampled_from([line.name for line in network.lines]), max_size=2))
    assert_same(network, *both(network, powers(network), Switching(open=cut)))


@settings(max_examples=15, deadline=None)
@given(radial(), st.data())
def test_random_networks_by_phase_have_the_same_flows(network, data):
    on = st.sampled_from(["a", "b", "c", "ab", "bc", "ca", "abc"])
    loads = tuple(replace(one, phases=data.draw(on), peak_kw=one.peak_kw / 3.0) for one in network.loads)
    network = replace(network, loads=(replace(loads[0], phases="a"), *loads[1:]))
    assert_same(network, *both(network, powers(network)))
