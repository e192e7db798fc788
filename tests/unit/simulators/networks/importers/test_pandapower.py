"""Imports from pandapower itself: the one module of tests that pays for loading it."""

import importlib.util
import json
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from simulators.networks.file import load
from simulators.networks.importers.against_pandapower import agree
from simulators.networks.importers.agreement import Disagrees
from simulators.networks.importers.imported import ImportRefused
from simulators.networks.importers.pandapower_net import from_pandapower, pandapower, quiet, read_net, solved
from simulators.networks.importers.source import Wanted, take
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching

GOLDEN = Path(__file__).parents[4] / "golden" / "powerflow" / "kinds"


@pytest.fixture(scope="module")
def pp():
    return pandapower()


@pytest.fixture(scope="module")
def made(pp):
    spec = importlib.util.spec_from_file_location("kinds_reference", GOLDEN / "reference.py")
    module = importlib.util.module_from_spec(spec)
    with quiet():
        spec.loader.exec_module(module)
        return module.made()


@pytest.fixture
def kinds(made):
    return deepcopy(made)


@pytest.fixture(scope="module")
def smallest(pp):
    with quiet():
        net = pp.create_empty_network()
        a, b = (pp.create_bus(net, vn_kv=20.0, name=name) for name in ("a", "b"))
        pp.create_ext_grid(net, a, s_sc_max_mva=500.0, rx_max=0.1)
        pp.create_line_from_parameters(net, a, b, 5.0, 0.2, 0.12, 250.0, 0.3, name="l")
        pp.create_load(net, b, p_mw=3.0, q_mvar=1.0, name="village")
    return net


@pytest.fixture
def small(smallest):
    """A grid, a line and a load: what is added to it is what a test is about."""
    with quiet():
        yield deepcopy(smallest)


def test_the_golden_network_gives_the_voltages_that_pandapower_gave():
    expected = json.loads((GOLDEN / "output.json").read_text(encoding="utf-8"))
    within = json.loads((GOLDEN / "params.json").read_text(encoding="utf-8"))
    network = load(GOLDEN / "network.toml")
    flows = PowerGrid(network).solve(
        Injections(
            load_kw=np.array([load.peak_kw for load in network.loads]),
            load_kvar=np.array([load.peak_kvar for load in network.loads]),
            plant_kw=np.array([2000.0, -600.0]),
            plant_kvar=np.array([-400.0, -100.0]),
        ),
        Switching(open=network.open_at_start()),
    )
    for bus in network.buses:
        apart = abs(flows.kv(bus.name) - expected["bus_kv"][bus.name]) / bus.voltage_kv
        assert apart < within["voltage_pu"], bus.name
    assert flows.kv("dark") == 0.0
    assert flows.import_kw == pytest.approx(expected["import_kw"], abs=within["power_kw"])
    assert flows.import_kvar == pytest.approx(expected["import_kvar"], abs=within["power_kw"])


def test_one_of_every_kind_is_carried_and_agrees(kinds):
    imported = from_pandapower(kinds)
    assert imported.network == load(GOLDEN / "network.toml")
    assert agree(kinds, imported).max_dv_pu < 1e-6


def test_what_is_out_of_service_is_left_out_by_name_and_what_changed_shape_is_told(kinds):
    imported = from_pandapower(kinds)
    assert list(map(str, imported.left_out)) == [
        "bus gone: out of service",
        "line off: out of service",
        "load gone: its bus is out of service",
        "sgen roof: out of service",
    ]
    told = "\n".join(imported.notes)
    for name in ("unrated", "reactor", "grid again", "houses_impedance", "houses_current", "battery"):
        assert name in told


def test_a_wrong_impedance_is_found_by_the_difference_of_the_voltage(small):
    imported = from_pandapower(small)
    small.line.loc[0, "x_ohm_per_km"] *= 1.01
    assert 1e-5 < agree(small, imported).max_dv_pu < 1e-2


def test_a_switch_that_is_taken_for_closed_is_found(pp, small):
    imported = from_pandapower(small)
    pp.create_switch(small, 1, 0, et="l", closed=False)
    found = agree(small, imported)
    assert found.max_dv_pu > 0.9
    assert found.bus == "b"


def test_an_origin_without_solution_agrees_with_nothing(small):
    imported = from_pandapower(small)
    small.load.loc[0, "p_mw"] = 500.0
    found = agree(small, imported)
    assert not found.within(1.0)
    assert "pandapower has no solution" in str(found)


REFUSED = {
    "gen": lambda pp, net: pp.create_gen(net, 1, p_mw=1.0, vm_pu=1.0, name="odd"),
    "impedance": lambda pp, net: pp.create_impedance(net, 0, 1, 0.1, 0.1, 10.0, name="odd"),
    "ward": lambda pp, net: pp.create_ward(net, 1, 0.1, 0.0, 0.1, 0.0, name="odd"),
    "xward": lambda pp, net: pp.create_xward(net, 1, 0.1, 0.0, 0.1, 0.0, 0.1, 0.1, 1.0, name="odd"),
    "motor": lambda pp, net: pp.create_motor(net, 1, 0.1, 0.9, name="odd"),
    "dcline": lambda pp, net: pp.create_dcline(net, 0, 1, 0.1, 1.0, 0.01, 1.0, 1.0, name="odd"),
    "asymmetric_load": lambda pp, net: pp.create_asymmetric_load(net, 1, p_a_mw=0.1, name="odd"),
    "ext_grid": lambda pp, net: pp.create_ext_grid(net, 1, vm_pu=1.05, name="odd"),
    "sgen": lambda pp, net: pp.create_sgen(net, 1, p_mw=-0.1, name="odd"),
    "storage": lambda pp, net: pp.create_storage(net, 1, p_mw=0.0, max_e_mwh=1.0, name="odd"),
    "shunt": lambda pp, net: pp.create_shunt(net, 1, q_mvar=0.1, p_mw=-0.1, name="odd"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_carried_is_refused_by_name(pp, small, kind):
    REFUSED[kind](pp, small)
    with pytest.raises(ImportRefused) as caught:
        from_pandapower(small)
    assert [(one.kind, one.name) for one in caught.value.refused] == [(kind, "odd")]
    kept = from_pandapower(small, leave_out={kind})
    assert [(one.kind, one.name) for one in kept.left_out] == [(kind, "odd")]


def test_a_generator_that_holds_a_voltage_can_be_carried_with_the_reactive_power_of_the_moment(pp, small):
    pp.create_gen(small, 1, p_mw=1.0, vm_pu=1.01, name="works")
    assert solved(small)
    imported = from_pandapower(small, fixed_gens=True)
    (works,) = imported.network.generators
    assert works.rated_kw == 1000.0
    assert works.rated_kvar > 1000.0
    assert agree(small, imported).max_dv_pu < 1e-6


TRANSFORMER = {
    "shift_degree": (15.0, "clock"),
    "tap_step_degree": (30.0, "turns the phase"),
    "tap_changer_type": ("Ideal", "shifts the phase"),
    "tap_pos": (0.5, "between two positions"),
    "tap_dependency_table": (True, "depends on the tap"),
    "leakage_reactance_ratio_hv": (0.7, "not shared evenly"),
}


@pytest.mark.parametrize("column", TRANSFORMER)
def test_a_transformer_that_our_model_does_not_know_is_refused_with_the_reason(kinds, column):
    value, why = TRANSFORMER[column]
    if column not in kinds.trafo:
        kinds.trafo[column] = 0.5 if column.startswith("leakage") else None
    kinds.trafo[column] = kinds.trafo[column].astype(object)
    kinds.trafo.at[0, column] = value
    with pytest.raises(ImportRefused, match=why) as caught:
        from_pandapower(kinds)
    assert [(one.kind, one.name) for one in caught.value.refused] == [("trafo", "T 1")]


def test_a_file_is_imported_and_one_that_disagrees_too_much_is_refused(pp, small, tmp_path):
    path = tmp_path / "small.json"
    with quiet():
        pp.to_json(small, str(path))
    taken = take(str(path))
    assert taken.agreement.max_dv_pu < 1e-6
    assert taken.imported.origin.form == "pandapower"
    assert taken.imported.network.name == "small"
    with pytest.raises(Disagrees, match="allowed is 0 pu"):
        take(str(path), Wanted(tolerance_pu=0.0))


def test_a_file_that_is_no_network_is_refused(tmp_path):
    path = tmp_path / "other.json"
    for text in ('{"a": 1}', "{", "[1, 2]"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ImportRefused, match=r"other\.json"):
            read_net(path)
