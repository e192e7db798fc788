import json
import math
from pathlib import Path

import numpy as np
import pytest

from simulators.networks.file import load
from simulators.networks.network import Bus, Line, Load, Network, Source
from simulators.physics.flows import Injections
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching

GOLDEN = Path(__file__).parents[3] / "golden" / "powerflow" / "nord"
CASES = json.loads((GOLDEN / "input.json").read_text(encoding="utf-8"))["cases"]


def opened(branches):
    return Switching(open=frozenset(branches))


def injections(network, *, load_kw, load_kvar=None, plant_kw=None):
    count = len(network.plants)
    return Injections(
        load_kw=np.array(load_kw, dtype=float),
        load_kvar=np.array(load_kvar if load_kvar is not None else [0.0] * len(load_kw), dtype=float),
        plant_kw=np.array(plant_kw if plant_kw is not None else [0.0] * count, dtype=float),
        plant_kvar=np.zeros(count),
    )


def case_of(network, case):
    return injections(
        network,
        load_kw=[case["load_kw"][one.name] for one in network.loads],
        load_kvar=[case["load_kvar"][one.name] for one in network.loads],
        plant_kw=[case["plant_kw"][one.name] for one in network.plants],
    )


@pytest.fixture
def two_nodes():
    return Network(
        name="two",
        source=Source(name="s", bus="a", voltage_pu=1.02, short_circuit_mva=200.0, rx_ratio=0.3),
        buses=(Bus(name="a", voltage_kv=20.0), Bus(name="b", voltage_kv=20.0)),
        lines=(
            Line(
                name="c",
                from_bus="a",
                to_bus="b",
                length_km=5.0,
                ohm_per_km=0.2,
                reactance_ohm_per_km=0.12,
                capacitance_uf_per_km=0.0,
                rated_a=300.0,
            ),
        ),
        loads=(Load(name="l", bus="b", peak_kw=1.0, power_factor=1.0, profile="p"),),
    )


def test_two_nodes_agree_with_the_closed_form_of_the_voltage_drop(two_nodes):
    p_mw, q_mvar, open_kv = 4.0, 1.5, 1.02 * 20.0
    source_ohm = 20.0**2 / 200.0
    source_x = source_ohm / math.hypot(1.0, 0.3)
    r, x = 0.3 * source_x + 1.0, source_x + 0.6
    # |U|^4 - (E^2 - 2(PR + QX)) |U|^2 + (P^2 + Q^2)(R^2 + X^2) = 0, the upper root.
    half = 0.5 * (open_kv**2 - 2.0 * (p_mw * r + q_mvar * x))
    end_kv = math.sqrt(half + math.sqrt(half**2 - (p_mw**2 + q_mvar**2) * (r**2 + x**2)))
    loss_kw = (p_mw**2 + q_mvar**2) / end_kv**2 * 1.0 * 1e3

    flows = PowerGrid(two_nodes).solve(injections(two_nodes, load_kw=[4000.0], load_kvar=[1500.0]))

    assert flows.converged
    assert flows.kv("b") == pytest.approx(end_kv, abs=1e-8)
    assert flows.loss_kw == pytest.approx(loss_kw, abs=1e-6)
    assert flows.flow("c").to_a == pytest.approx(
        1e3 * math.hypot(4.0, 1.5) / (math.sqrt(3.0) * end_kv), abs=1e-6
    )
    assert flows.import_kw == pytest.approx(4000.0 + loss_kw, abs=1e-6)


@pytest.mark.parametrize("name", sorted(CASES))
def test_flows_agree_with_pandapower(name):
    network = load(GOLDEN / "network.toml")
    expected = json.loads((GOLDEN / "output.json").read_text(encoding="utf-8"))[name]
    within = json.loads((GOLDEN / "params.json").read_text(encoding="utf-8"))
    flows = PowerGrid(network).solve(case_of(network, CASES[name]), opened(CASES[name]["open"]))
    assert flows.converged
    for bus, kv in expected["bus_kv"].items():
        assert flows.kv(bus) == pytest.approx(kv, abs=within["voltage_kv"]), bus
    for branch, ends in expected["branch"].items():
        flow = flows.flow(branch)
        assert np.abs(np.array(flow) - ends)[[0, 1, 3, 4]].max() < within["power_kw"], branch
        assert np.abs(np.array(flow) - ends)[[2, 5]].max() < within["current_a"], branch
    assert flows.import_kw == pytest.approx(expected["import_kw"], abs=within["power_kw"])
    assert flows.import_kvar == pytest.approx(expected["import_kvar"], abs=within["power_kw"])


def test_a_network_without_solution_gives_a_flag_and_no_numbers(two_nodes):
    grid = PowerGrid(two_nodes)
    good = grid.solve(injections(two_nodes, load_kw=[4000.0]))
    lost = grid.solve(injections(two_nodes, load_kw=[400_000.0]))
    assert good.converged
    assert not lost.converged
    assert lost.failure
    assert np.isnan(lost.bus_kv).all()
    assert np.isnan(lost.branch).all()
    assert np.isnan(lost.load_kw).all()
    assert math.isnan(lost.import_kw)


def test_after_a_network_without_solution_the_next_one_is_solved_as_if_nothing_had_been(two_nodes):
    grid, fresh = PowerGrid(two_nodes), PowerGrid(two_nodes)
    grid.solve(injections(two_nodes, load_kw=[400_000.0]))
    again = grid.solve(injections(two_nodes, load_kw=[4000.0]))
    assert again.converged
    assert again.import_kw == fresh.solve(injections(two_nodes, load_kw=[4000.0])).import_kw


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_injection_that_is_no_number_is_never_taken_for_the_value_before(two_nodes, value):
    grid = PowerGrid(two_nodes)
    grid.solve(injections(two_nodes, load_kw=[4000.0]))
    lost = grid.solve(injections(two_nodes, load_kw=[value]))
    assert not lost.converged
    assert math.isnan(lost.import_kw)


def test_an_open_feeder_carries_nothing_and_its_customers_have_no_supply(network):
    flows = PowerGrid(network).solve(
        injections(network, load_kw=[3000.0] * 5), opened(network.open_at_start() | {"f12"})
    )
    assert flows.flow("f12") == (0.0,) * 6
    assert flows.kv("f12_end") == 0.0
    assert flows.load_kw[flows.rows.load["f12"]] == 0.0
    assert flows.kv("bus1") > 20.0


def test_a_closed_bay_takes_load_again(network):
    grid = PowerGrid(network)
    grid.solve(injections(network, load_kw=[3000.0] * 5), opened({"coupler", "f15"}))
    flows = grid.solve(injections(network, load_kw=[3000.0] * 5), opened({"coupler"}))
    assert flows.flow("f15").from_kw > 3000.0


def test_with_no_switch_open_everything_is_closed_whatever_was_before(network):
    grid = PowerGrid(network)
    grid.solve(injections(network, load_kw=[3000.0] * 5), opened({"coupler", "f11", "f15"}))
    flows = grid.solve(injections(network, load_kw=[3000.0] * 5))
    assert flows.kv("bus1") == pytest.approx(flows.kv("bus2"))
    assert flows.load_kw.tolist() == pytest.approx([3000.0] * 5)


def test_a_bus_without_supply_serves_nobody_and_its_battery_delivers_nothing(network):
    flows = PowerGrid(network).solve(
        injections(network, load_kw=[1000.0] * 5, plant_kw=[0.0, 2000.0]), opened({"coupler", "f15", "t1"})
    )
    assert flows.kv("bus1") == 0.0
    assert flows.plant("bat1") == 0.0
    assert flows.flow("t1").loss_kw == 0.0


def test_an_unknown_branch_is_an_error_not_a_closed_one(network):
    with pytest.raises(KeyError, match="f99"):
        PowerGrid(network).solve(injections(network, load_kw=[0.0] * 5), opened({"f99"}))


def test_flows_cannot_be_changed_afterwards(network):
    flows = PowerGrid(network).solve(
        injections(network, load_kw=[1000.0] * 5), opened(network.open_at_start())
    )
    with pytest.raises(ValueError, match="read-only"):
        flows.branch[0, 0] = 1.0


def test_flows_of_one_solve_do_not_change_with_the_next(network):
    grid = PowerGrid(network)
    first = grid.solve(injections(network, load_kw=[1000.0] * 5), opened(network.open_at_start()))
    before = first.bus_kv.copy()
    grid.solve(injections(network, load_kw=[5000.0] * 5), opened(network.open_at_start()))
    assert (first.bus_kv == before).all()
