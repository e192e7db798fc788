import math
from dataclasses import replace

import pytest

from simulators.networks.file import shipped
from simulators.networks.network import Bus, Line, Network, Source, Transformer
from simulators.physics.short_circuit import short_circuit
from simulators.physics.switching import Switching
from simulators.physics.tables import MissingZeroSequence

SQRT3 = math.sqrt(3.0)
LINE = complex(0.2, 0.12) * 5.0
LINE_ZERO = complex(0.6, 0.4) * 5.0


@pytest.fixture
def network():
    return Network(
        name="radial",
        source=Source(name="s", bus="a", voltage_pu=1.02, short_circuit_mva=200.0, rx_ratio=0.3),
        buses=(Bus(name="a", voltage_kv=20.0), Bus(name="b", voltage_kv=20.0), Bus(name="c", voltage_kv=0.4)),
        lines=(
            Line(
                name="l",
                from_bus="a",
                to_bus="b",
                length_km=5.0,
                ohm_per_km=0.2,
                reactance_ohm_per_km=0.12,
                capacitance_uf_per_km=0.3,
                rated_a=300.0,
                zero_ohm_per_km=0.6,
                zero_reactance_ohm_per_km=0.4,
                zero_capacitance_uf_per_km=0.0,
            ),
        ),
        transformers=(
            Transformer(
                name="t",
                from_bus="b",
                to_bus="c",
                rated_kva=630.0,
                high_kv=20.0,
                low_kv=0.4,
                short_circuit_pu=0.06,
                copper_loss_kw=6.5,
                no_load_current_pu=0.01,
                iron_loss_kw=1.0,
                clock=5,
                high_winding="delta",
                low_winding="wye_n",
            ),
        ),
    )


def source_ohm(c):
    """Z_Q = c U^2 / S_k."""
    return c * 20.0**2 / 200.0 * complex(0.3, 1.0) / abs(complex(0.3, 1.0))


@pytest.mark.parametrize("extreme", ["highest", "lowest"])
def test_at_the_source_it_is_the_short_circuit_power_that_the_grid_is_said_to_have(network, extreme):
    currents = short_circuit(network, "a", extreme=extreme)
    assert currents.initial_ka == pytest.approx(200.0 / (SQRT3 * 20.0), rel=1e-9)


@pytest.mark.parametrize(("extreme", "c"), [("highest", 1.1), ("lowest", 1.0)])
def test_behind_a_line_all_kinds_agree_with_their_closed_forms(network, extreme, c):
    first, zero = source_ohm(c) + LINE, source_ohm(c) + LINE_ZERO
    expected = {
        "three_phase": c * 20.0 / SQRT3 / abs(first),
        "two_phase": c * 20.0 / abs(2.0 * first),
        "single_phase_to_ground": SQRT3 * c * 20.0 / abs(2.0 * first + zero),
    }
    for kind, ka in expected.items():
        currents = short_circuit(network, "b", kind, extreme=extreme)
        assert currents.initial_ka == pytest.approx(ka, rel=1e-6), kind
        line = currents.branch_a[currents.rows.branch["l"], 0]
        assert line.max() == pytest.approx(1e3 * ka, rel=1e-3), kind


def test_behind_a_transformer_its_impedance_is_corrected(network):
    resistance = 6.5 / 630.0
    reactance = math.sqrt(0.06**2 - resistance**2)
    k_t = 0.95 * 1.1 / (1.0 + 0.6 * reactance)
    unit = k_t * complex(resistance, reactance) * 0.4**2 / 0.63
    behind = (source_ohm(1.1) + LINE) * (0.4 / 20.0) ** 2
    currents = short_circuit(network, "c")
    assert currents.initial_ka == pytest.approx(1.1 * 0.4 / SQRT3 / abs(unit + behind), rel=1e-6)


def test_the_resistance_of_a_fault_lowers_its_current(network):
    first = source_ohm(1.1) + LINE
    currents = short_circuit(network, "b", fault_ohm=2.0)
    assert currents.initial_ka == pytest.approx(1.1 * 20.0 / SQRT3 / abs(first + 2.0), rel=1e-6)


def test_no_current_flows_where_the_switch_is_open(network):
    currents = short_circuit(network, "b", switching=Switching(open=frozenset({"l"})))
    assert currents.initial_ka == 0.0


def test_on_an_isolated_neutral_one_phase_to_earth_draws_next_to_nothing(network):
    assert short_circuit(network, "b", "single_phase_to_ground").initial_ka > 2.0
    islands = replace(network, source=replace(network.source, bus="c", short_circuit_mva=10.0))
    currents = short_circuit(islands, "b", "single_phase_to_ground")
    assert currents.initial_ka == pytest.approx(0.0, abs=1e-6)


def test_a_line_that_is_not_known_well_enough_is_named():
    with pytest.raises(MissingZeroSequence, match="f11"):
        short_circuit(shipped("nord"), "bus1", "single_phase_to_ground")
    assert short_circuit(shipped("nord"), "bus1").initial_ka > 3.0
