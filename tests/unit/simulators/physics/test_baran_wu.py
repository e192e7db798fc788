import json
from pathlib import Path

import numpy as np
import pytest

from simulators.networks.file import load
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching

GOLDEN = Path(__file__).parents[3] / "golden" / "powerflow" / "baran_wu_33"
PUBLISHED = json.loads((GOLDEN / "published.json").read_text(encoding="utf-8"))
WITHIN = json.loads((GOLDEN / "params.json").read_text(encoding="utf-8"))
NETWORK = load(GOLDEN / "network.toml")


def solved(state):
    peaks = Injections(
        load_kw=np.array([one.peak_kw for one in NETWORK.loads]),
        load_kvar=np.array([one.peak_kvar for one in NETWORK.loads]),
        plant_kw=np.zeros(0),
        plant_kvar=np.zeros(0),
    )
    return PowerGrid(NETWORK).solve(peaks, Switching(open=frozenset(PUBLISHED[state]["open"])))


def test_the_load_is_the_one_that_was_published():
    assert sum(one.peak_kw for one in NETWORK.loads) == 3715.0
    assert sum(one.peak_kvar for one in NETWORK.loads) == 2300.0


@pytest.mark.parametrize("state", sorted(PUBLISHED))
def test_loss_and_lowest_voltage_are_those_of_the_publication(state):
    flows, published = solved(state), PUBLISHED[state]
    per_unit = flows.bus_kv / 12.66
    assert flows.loss_kw == pytest.approx(published["loss_kw"], abs=WITHIN["loss_kw"])
    assert per_unit.min() == pytest.approx(published["lowest_pu"], abs=WITHIN["voltage_pu"])
    assert NETWORK.buses[int(per_unit.argmin())].name == published["lowest_bus"]


def test_the_voltages_of_all_buses_are_those_of_the_publication():
    per_unit = solved("initial").bus_kv / 12.66
    np.testing.assert_allclose(per_unit, PUBLISHED["initial"]["voltage_pu"], atol=WITHIN["voltage_pu"])


def test_no_tie_line_was_open_at_the_start_by_mistake():
    assert NETWORK.open_at_start() == frozenset(PUBLISHED["initial"]["open"])
