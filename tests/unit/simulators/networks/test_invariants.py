import dataclasses

import pytest

from simulators.networks.file import NetworkInvalid, parse, shipped
from simulators.networks.invariants import broken
from simulators.networks.network import Capacitor, Regulator, Switch


@pytest.fixture
def nord():
    return shipped("nord")


def told(network, **changes):
    return list(broken(dataclasses.replace(network, **changes)))


def unit(network, **changes):
    first, *others = network.transformers
    return {"transformers": (dataclasses.replace(first, **changes), *others)}


def test_the_shipped_network_breaks_nothing(nord):
    assert told(nord) == []


def test_a_switch_stands_at_a_line_or_transformer_that_is_there(nord):
    switch = Switch(name="s1", branch="coupler", end="to")
    assert told(nord, switches=(switch,)) == ["s1.branch: no line or transformer coupler"]


def test_a_switch_must_not_have_the_name_of_a_branch(nord):
    assert told(nord, switches=(Switch(name="f11", branch="f12", end="to"),)) == ["branch f11 stands 2 times"]


def test_a_capacitor_has_no_more_steps_in_than_it_has(nord):
    bank = Capacitor(name="c1", bus="bus9", step_kvar=500.0, steps=2, steps_in=3)
    assert told(nord, capacitors=(bank,)) == ["c1.bus: no bus bus9", "c1.steps_in: 3 of 2 steps"]


def test_a_tap_stands_within_its_limits(nord):
    assert told(nord, **unit(nord, tap_min=-1)) == ["t1.tap_position: -2 is outside -1 to 9"]


def test_a_regulator_needs_a_tap_changer_that_moves_under_load(nord):
    keeps = Regulator(target_kv=20.4, band_kv=0.4, bus="bus9")
    assert told(nord, **unit(nord, on_load=False, regulator=keeps)) == [
        "t1.regulator.bus: no bus bus9",
        "t1.regulator: there is no on-load tap changer to move",
    ]


def test_a_vector_group_that_no_transformer_has_is_refused(nord):
    assert told(nord, **unit(nord, low_winding="wye_n")) == ["t1.clock: wye_n and wye_n do not give 5"]


def test_a_line_without_impedance_is_told_to_be_a_coupler(nord):
    first, *others = nord.lines
    bare = dataclasses.replace(first, ohm_per_km=0.0, reactance_ohm_per_km=0.0)
    assert told(nord, lines=(bare, *others)) == ["f11: a line without impedance is a coupler"]


def test_all_kinds_are_read_from_a_file():
    tables = {
        "name": "small",
        "source": {"name": "s", "bus": "a", "voltage_pu": 1.0, "short_circuit_mva": 100.0, "rx_ratio": 0.1},
        "buses": [{"name": "a", "voltage_kv": 20.0}, {"name": "b", "voltage_kv": 0.4}],
        "transformers": [
            {
                "name": "t",
                "from_bus": "a",
                "to_bus": "b",
                "rated_kva": 400.0,
                "high_kv": 20.0,
                "low_kv": 0.4,
                "short_circuit_pu": 0.06,
                "copper_loss_kw": 4.6,
                "no_load_current_pu": 0.002,
                "iron_loss_kw": 0.6,
                "clock": 5,
                "high_winding": "delta",
                "low_winding": "wye_n",
                "tap_step_kv": 0.5,
                "tap_min": -2,
                "tap_max": 2,
                "regulator": {"target_kv": 0.4, "band_kv": 0.016},
            }
        ],
        "switches": [{"name": "q1", "branch": "t", "end": "from", "breaker": "cb1"}],
        "capacitors": [{"name": "c", "bus": "b", "step_kvar": 50.0, "steps": 3, "steps_in": 1}],
        "loads": [
            {"name": "l", "bus": "b", "peak_kw": 5.0, "power_factor": 1.0, "profile": "", "phases": "a"}
        ],
    }
    network = parse(tables)
    assert network.asymmetric
    assert network.transformers[0].regulator.delay_s == 60.0
    assert network.breakers == {"cb1": ("q1",)}
    tables["switches"][0]["end"] = "middle"
    with pytest.raises(NetworkInvalid, match=r"switches\.0\.end"):
        parse(tables)


def test_a_delta_has_two_phases_at_least_and_a_lateral_the_phases_of_its_loads(nord):
    load = dataclasses.replace(nord.loads[0], phases="a", connection="delta")
    line = next(line for line in nord.lines if line.to_bus == load.bus)
    lateral = dataclasses.replace(line, phases="bc")
    others = tuple(one for one in nord.lines if load.bus not in (one.from_bus, one.to_bus))
    found = told(nord, loads=(load, *nord.loads[1:]), lines=(*others, lateral))
    assert f"{load.name}.connection: a delta has two phases or three, not a alone" in found
    assert f"{load.name}.phases: bus {load.bus} has no phase a" in found


def test_a_single_phase_unit_turns_no_phase(nord):
    assert told(nord, **unit(nord, phases="a"))[-1] == "t1.clock: a single-phase unit turns no phase"
