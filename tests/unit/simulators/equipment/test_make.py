import tomllib

import msgspec
import pytest

from simulators.equipment.from_faults import parts_for
from simulators.equipment.make import equipment_parts
from simulators.equipment.planned import PlannedBay, PlannedCrews, PlannedEquipment
from simulators.faults.fault import Fault, FaultKind
from simulators.scenario import Scenario
from tests.architecture.sources import ROOT
from tests.unit.simulators.conftest import START_NS, nord_site

SECOND = 1_000_000_000
TABLE = {
    "customers": {"f13": 5100, "f14": 5900},
    "bay": [
        {"branch": "f13", "pickup_a": 500.0, "upstream": "t2", "dead_s": [0.5]},
        {"branch": "t2", "pickup_a": 1000.0, "curve": "ieee_very_inverse", "dial": 1.0},
    ],
    "short_circuit": [{"place": "f13", "begin": "2016-12-01T04:00:30Z", "dead_s": 0.3}],
    "gas": [{"asset": "t1", "kind": "thermal", "ppm_per_day": 20.0, "begin": "2016-12-01T04:00:00Z"}],
    "unit": [{"name": "t1", "water_percent": 2.5, "dp": 600.0}],
    "growth": [
        {
            "asset": "t2",
            "quantity": "partial_discharge",
            "start": 50.0,
            "onset": "2016-12-01T04:00:00Z",
            "days": 10.0,
        }
    ],
    "crews": {"count": 2, "first": ["f13"]},
}


def planned(**changes):
    return msgspec.convert(TABLE | changes, PlannedEquipment)


def test_a_table_of_equipment_lives_in_a_world(world_of, network, devices):
    parts = equipment_parts(planned(), network, site=nord_site(), banks=devices, seed=1)
    world = world_of(parts=parts)
    for minute in range(1, 6):
        world.advance(START_NS + minute * 60 * SECOND)
    counted = world.counted
    assert counted["breaker_operations"] == 1.0
    assert counted["saidi_min"] == 0.0
    assert counted["ageing_h"] > 0.0
    assert world.scene.shown["t1"]["moisture"] > 0.0
    assert world.scene.shown["t2"]["partial_discharge"] >= 50.0
    assert world.scene.shown["cb13"]["position"] == 2.0


def test_no_table_makes_no_parts(network):
    assert equipment_parts(None, network, site=nord_site(), banks={}, seed=1) == ()


def test_an_unknown_curve_is_refused(network):
    wrong = planned(bay=[{"branch": "f13", "pickup_a": 500.0, "curve": "steep"}])
    with pytest.raises(KeyError, match="steep"):
        equipment_parts(wrong, network, site=nord_site(), banks={}, seed=1)


def test_the_table_in_the_document_can_be_read_and_built(network):
    text = (ROOT / "docs/equipment.md").read_text(encoding="utf-8")
    table = tomllib.loads(text.partition("```toml")[2].partition("```")[0])["equipment"]
    parts = equipment_parts(
        msgspec.convert(table, PlannedEquipment), network, site=nord_site(), banks={}, seed=1
    )
    assert len(parts) == 6


def test_crews_go_to_what_relays_lock_out_that_only_a_fault_has_brought(world_of, network, devices):
    short = Fault(target="f11", kind=FaultKind.SHORT_CIRCUIT, onset_ns=START_NS + SECOND, amount=0.5)
    crews = PlannedCrews(travel_s=600.0, work_s=600.0)
    world = world_of(parts=made(network, devices, short, crews=crews), faults=[short])
    for minute in (5, 120):
        world.advance(START_NS + minute * 60 * SECOND)
        assert world.scene.shown["cb11"]["position"] == (1.0 if minute == 5 else 2.0)
    assert world.flows.flow("f11").from_kw > 1000.0
    assert world.truth.faults[0].end_ns is not None


def test_contacts_of_a_planned_bay_are_as_worn_as_a_fault_says(world_of, network, devices):
    worn = Fault(target="device_cb13", kind=FaultKind.CONTACT_WEAR, onset_ns=START_NS, amount=0.4)
    bay = PlannedBay(branch="f13", pickup_a=500.0)
    world = world_of(parts=made(network, devices, worn, bay=[bay]), faults=[worn])
    world.advance(START_NS + SECOND)
    assert world.scene.shown["cb13"]["contact_wear"] == pytest.approx(40.0)


def made(network, devices, *faults, **plan):
    """Return the parts of a world as a plant makes them."""
    scenario = Scenario(
        network="nord", start_ns=START_NS, end_ns=START_NS + 10**15, seed=1, history_days=0, initial={},
        faults=faults, consumers=(), requests=(), equipment=PlannedEquipment(**plan),
    )  # fmt: skip
    site = nord_site()
    parts = equipment_parts(scenario.equipment, network, site=site, banks=devices, seed=1, faults=faults)
    return (*parts, *parts_for(site, network, devices, scenario))
