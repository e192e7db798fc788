"""Two ways to ask power-grid-model: the kept one gives the bits of the public one, whatever came before."""

from dataclasses import replace

import numpy as np
import pytest

from simulators.networks.file import shipped
from simulators.physics import calls, power_grid
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid

ZERO = {"zero_ohm_per_km": 0.6, "zero_reactance_ohm_per_km": 0.9, "zero_capacitance_uf_per_km": 0.15}
FACTORS = (1.0, 0.3, 1e6, 2.0, np.nan, 1.0)
"""Of the loads; the third has no solution, the fifth is not asked at all."""


def by_phase(network):
    each = [(load, phase, load.peak_kw / 3.0) for load in network.loads for phase in "abc"]
    loads = tuple(replace(load, name=f"{load.name}{on}", phases=on, peak_kw=kw) for load, on, kw in each)
    return replace(network, loads=loads, lines=tuple(replace(line, **ZERO) for line in network.lines))


def wanted(network, factor):
    plants = np.zeros(len(network.plants))
    return Injections(
        load_kw=factor * np.array([load.peak_kw for load in network.loads]),
        load_kvar=np.full(len(network.loads), 10.0),
        plant_kw=plants,
        plant_kvar=plants,
    )


def told(flows):
    arrays = (flows.bus_kv, flows.branch, flows.load_kw, flows.plant_kw)
    whole = (flows.import_kw, flows.import_kvar, flows.loss_kw)
    return flows.converged, [array.tobytes() for array in arrays], np.array(whole).tobytes()


@pytest.mark.parametrize("shaped", [lambda network: network, by_phase], ids=["balanced", "by phase"])
def test_both_ways_to_ask_give_the_same_bits_also_after_a_step_without_solution(shaped, monkeypatch):
    network = shaped(shipped("nord"))
    kept = PowerGrid(network)
    monkeypatch.setattr(power_grid, "calls_of", calls.WrappedCalls)
    wrapped = PowerGrid(network)
    seen = [(kept.solve(wanted(network, f)), wrapped.solve(wanted(network, f))) for f in FACTORS]
    assert [told(one) for one, _ in seen] == [told(other) for _, other in seen]
    assert [one.converged for one, _ in seen] == [True, True, False, True, False, True]


def test_an_answer_stays_as_it_was_when_the_next_is_asked_for():
    network = shipped("nord")
    grid = PowerGrid(network)
    first = grid.solve(wanted(network, 1.0))
    before = told(first)
    grid.solve(wanted(network, 0.5))
    assert told(first) == before
