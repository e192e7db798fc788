"""What must hold in a grid that is solved by phase, whatever hangs on its phases."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.networks.file import shipped
from simulators.physics.batch import Batch
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching

NORD = shipped("nord")
ZERO = {"zero_ohm_per_km": 0.6, "zero_reactance_ohm_per_km": 0.9, "zero_capacitance_uf_per_km": 0.15}
SPLIT = replace(
    NORD,
    lines=tuple(replace(line, **ZERO) for line in NORD.lines),
    loads=tuple(replace(load, name=f"{load.name}{p}", phases=p) for load in NORD.loads for p in "abc"),
)
EARTHED = replace(SPLIT, transformers=tuple(replace(unit, clock=6) for unit in SPLIT.transformers))
"""Star to star with earthed neutrals: what hangs between one phase and earth finds a way back."""
BALANCED, BY_PHASE, BY_EARTHED_PHASE = PowerGrid(NORD), PowerGrid(SPLIT), PowerGrid(EARTHED)
PLANTS = np.array([1500.0, -700.0])
switches = st.frozensets(st.sampled_from([branch.name for branch in NORD.branches]), max_size=3)


def injections(kw, plants=PLANTS):
    values = np.array(kw)
    plants = np.broadcast_to(plants, (*values.shape[:-1], len(plants))).copy()
    return Injections(
        load_kw=values, load_kvar=0.3 * values, plant_kw=plants, plant_kvar=np.zeros_like(plants)
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 7000.0), min_size=5, max_size=5), switches)
def test_equal_phases_are_the_balanced_grid(load_kw, open_branches):
    switching = Switching(open=open_branches)
    balanced = BALANCED.solve(injections(load_kw), switching)
    by_phase = BY_PHASE.solve(injections(np.repeat(load_kw, 3) / 3.0), switching)
    assert by_phase.converged
    np.testing.assert_allclose(by_phase.bus_kv, balanced.bus_kv, rtol=1e-6)
    np.testing.assert_allclose(by_phase.branch[:, [0, 3]], balanced.branch[:, [0, 3]], rtol=1e-5, atol=1.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 2500.0), min_size=15, max_size=15), switches)
def test_energy_closes_by_phase_too(load_kw, open_branches):
    flows = BY_EARTHED_PHASE.solve(injections(load_kw), Switching(open=open_branches))
    assert flows.converged
    came = flows.import_kw + flows.plant_kw.sum()
    went = flows.load_kw.sum() + flows.loss_kw
    moved = abs(flows.import_kw) + abs(flows.plant_kw).sum() + flows.load_kw.sum()
    assert abs(came - went) <= 1e-6 * max(moved, 1.0)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(st.floats(-3000.0, 8000.0), min_size=5, max_size=5), min_size=1, max_size=4), switches
)
def test_energy_closes_in_every_step_of_a_batch(load_kw, open_branches):
    steps = len(load_kw)
    course = Batch(BALANCED).course(
        injections(load_kw), np.arange(steps, dtype=np.int64), np.ones(steps), Switching(open=open_branches)
    )
    assert course.converged.all()
    assert course.balance_error.max() <= 1e-6
