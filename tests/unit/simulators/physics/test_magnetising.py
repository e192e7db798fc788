import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.networks.network import Transformer
from simulators.physics.magnetising import pi_plate

UNIT = Transformer(
    name="t",
    from_bus="a",
    to_bus="b",
    rated_kva=400.0,
    high_kv=20.0,
    low_kv=0.4,
    short_circuit_pu=0.06,
    copper_loss_kw=4.6,
    no_load_current_pu=0.02,
    iron_loss_kw=0.95,
    clock=5,
    magnetising="middle",
)


def impedance(whole, part):
    return complex(part, np.sqrt(whole**2 - part**2))


def of_t(unit):
    """Admittance matrix between the terminals of the T circuit, per unit: its middle node is eliminated."""
    z = impedance(unit.short_circuit_pu, unit.copper_loss_kw / unit.rated_kva)
    y = np.conj(impedance(unit.no_load_current_pu, unit.iron_loss_kw / unit.rated_kva))
    half = 2.0 / z
    outer = np.array([[half, 0.0], [0.0, half]])
    to_middle = np.array([[-half], [-half]])
    return outer - to_middle @ to_middle.T / (2.0 * half + y)


def of_pi(unit):
    plate = pi_plate(unit)
    z = impedance(plate.short_circuit_pu, plate.copper_loss_kw / unit.rated_kva)
    y = np.conj(impedance(plate.no_load_current_pu, plate.iron_loss_kw / unit.rated_kva)) / 2.0
    return np.array([[1.0 / z + y, -1.0 / z], [-1.0 / z, 1.0 / z + y]])


@given(
    uk=st.floats(0.02, 0.3), copper=st.floats(0.05, 0.9), i0=st.floats(1e-4, 0.05), iron=st.floats(0.05, 0.9)
)
def test_the_pi_that_the_solver_is_told_is_the_t_between_its_terminals(uk, copper, i0, iron):
    unit = dataclasses.replace(
        UNIT,
        short_circuit_pu=uk,
        copper_loss_kw=copper * uk * UNIT.rated_kva,
        no_load_current_pu=i0,
        iron_loss_kw=iron * i0 * UNIT.rated_kva,
    )
    np.testing.assert_allclose(of_pi(unit), of_t(unit), rtol=1e-9, atol=1e-9)


def test_a_magnetising_branch_at_the_ends_is_told_by_its_name_plate():
    plate = pi_plate(dataclasses.replace(UNIT, magnetising="ends"))
    assert plate == (0.06, 4.6, 0.02, 0.95)


def test_a_transformer_without_magnetising_current_is_the_same_in_both_forms():
    plate = pi_plate(dataclasses.replace(UNIT, no_load_current_pu=0.0, iron_loss_kw=0.0))
    assert plate == pytest.approx((0.06, 4.6, 0.0, 0.0))
