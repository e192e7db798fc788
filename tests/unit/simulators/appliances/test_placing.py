import tomllib
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from kernel.asset import Asset
from kernel.site import Device
from simulators.appliances.placing import network_with
from simulators.appliances.planned import (
    Appliance,
    AppliancesInvalid,
    BatteryUnit,
    Customers,
    EvChargers,
    Measured,
    Photovoltaic,
    Placement,
)
from simulators.couplings.felt import couple
from simulators.scenario import ScenarioInvalid, moved_to, scenario_of
from tests.unit.simulators.appliances.conftest import SECOND, Alone
from tests.unit.simulators.appliances.test_chargers import BEGIN, event
from tests.unit.simulators.conftest import START_NS, SteadyProfiles, nord_site


def test_every_fleet_becomes_a_load_or_a_plant_of_its_own(network):
    grown = network_with(
        network,
        Placement(
            appliances=(
                EvChargers(name="ev", at="f13", count=3),
                Photovoltaic(name="roofs", at="bus2", peak_kw=8.0),
                BatteryUnit(name="bat2", at="f11_end", rated_kw=500.0),
                Measured(name="mall", at="f12", profile="feeder_2", peak_kw=900.0),
            )
        ),
    )
    assert [(load.name, load.bus) for load in grown.loads[-2:]] == [("ev", "f13_end"), ("mall", "f12_end")]
    assert [(plant.name, plant.bus) for plant in grown.plants][-1] == ("bat2", "f11_end")
    assert "roofs" in {plant.name for plant in grown.generators}
    assert grown.loads[: len(network.loads)] == network.loads


def test_every_mistake_of_a_placement_is_listed(network):
    bad = Placement(
        appliances=(
            EvChargers(name="f11", at="f13", count=3),
            EvChargers(name="ev", at="f99", count=0, power_factor=1.2),
        ),
        events=(event(targets=("ev", "nobody")),),
        customers=(Customers(load="f77", number=1), Customers(load="f11", number=2, critical=3)),
    )
    with pytest.raises(AppliancesInvalid) as found:
        network_with(network, bad)
    text = str(found.value)
    for words in ("f11: the name stands twice", "no load or bus f99", "ev.count", "ev.power_factor",
                  "no appliance nobody", "no load f77", "3 critical of 2"):  # fmt: skip
        assert words in text


def test_a_scenario_places_appliances_events_and_customers():
    site = nord_site()
    section = {
        "network": "nord", "start": "2016-12-05T00:00:00+01:00",
        "appliance": [{"kind": "heat_pumps", "name": "hp", "at": "f14", "count": 5}],
        "event": [{"name": "e", "targets": ["hp"], "begin": "2016-12-05T06:00:00+01:00",
                   "end": "2016-12-05T08:00:00+01:00", "kind": "setback_k", "amount": 1.0}],
        "customers": [{"load": "f11", "number": 1200, "critical": 2}],
    }  # fmt: skip
    placement = scenario_of(replace(site, simulation=section)).placement
    assert placement.appliances[0].count == 5
    assert placement.events[0].end_ns - placement.events[0].begin_ns == 7200 * SECOND
    assert placement.customers[0].number == 1200
    section["appliance"][0]["kind"] = "toaster"
    with pytest.raises(ScenarioInvalid, match="kind"):
        scenario_of(replace(site, simulation=section))


def test_the_example_of_the_document_is_a_scenario(network):
    text = (Path(__file__).parents[4] / "docs" / "appliances.md").read_text(encoding="utf-8")
    tables = tomllib.loads(text.split("```toml")[1].split("```")[0])
    section = {"network": "nord", "start": "2016-12-14T00:00:00+01:00", **tables}
    placement = scenario_of(replace(nord_site(), simulation=section)).placement
    grown = network_with(network, placement)
    assert {"estate_ev", "estate_hp"} <= {load.name for load in grown.loads}
    kinds = {
        cell.strip(" `")
        for line in text.splitlines()
        if line.startswith("| `")
        for cell in line.split("|")[1:2]
    }
    assert kinds == {one.__struct_config__.tag for one in get_args(Appliance)}


def test_in_the_world_an_event_moves_energy_and_the_truth_knows_what_would_have_been(world_of, network):
    estate = Placement(appliances=(EvChargers(name="ev", at="f13", count=300),), events=(event(),))
    grown = network_with(network, estate)
    begin_ns = round((BEGIN - timedelta(hours=1)).timestamp()) * SECOND

    def lived(events):
        from simulators.world import World
        from tests.unit.simulators.conftest import nord_devices

        made = []

        def parts(skies):
            made.extend(Alone(*estate.appliances, events=events, start_ns=begin_ns, skies=skies).parts)
            return made

        world = World(
            nord_site(), grown, SteadyProfiles(), nord_devices(), seed=1, start_ns=begin_ns,
            appliances=parts,
        )  # fmt: skip
        row, peak = grown.loads[-1].name, 0.0
        for _ in range(16):
            world.advance(world.now_ns + 900 * SECOND)
            flows = world.flows
            gap = flows.import_kw + flows.plant_kw.sum() - flows.load_kw.sum() - flows.loss_kw
            assert abs(gap) < 1e-6 * flows.import_kw
            peak = max(peak, float(flows.load_kw[flows.rows.load[row]]))
        return world.truth, made[0]

    held, fleet = lived(estate.events)
    free, alone = lived(())
    assert held.imported_without_kwh == pytest.approx(free.imported_kwh, rel=1e-9)
    assert held.imported_kwh < held.imported_without_kwh - 200.0
    assert free.imported_kwh == free.imported_without_kwh
    assert fleet.account()["charged_kwh"] < alone.account()["charged_kwh"]


def test_the_meter_of_a_fleet_feels_its_load(network):
    estate = Placement(appliances=(EvChargers(name="ev", at="f13", count=3),))
    site = nord_site()
    site = replace(
        site,
        assets=(*site.assets, Asset(name="ev", kind="load")),
        devices=(Device(name="meter_ev", asset="ev", map="any"),),
    )
    assert set(couple(site, network_with(network, estate))) == {"meter_ev"}
    assert START_NS > 0


def test_a_scenario_that_is_moved_to_today_keeps_the_time_of_day_of_its_events():
    section = {
        "network": "nord", "start": "2016-12-05T00:00:00+01:00",
        "appliance": [{"kind": "heat_pumps", "name": "hp", "at": "f14", "count": 5}],
        "event": [{"name": "e", "targets": ["hp"], "begin": "2016-12-05T06:00:00+01:00",
                   "end": "2016-12-05T08:00:00+01:00", "kind": "setback_k", "amount": 1.0}],
    }  # fmt: skip
    scenario = scenario_of(replace(nord_site(), simulation=section))
    moved = moved_to(scenario, scenario.start_ns + 100 * 86_400 * SECOND)
    shift_ns = moved.placement.events[0].begin_ns - scenario.placement.events[0].begin_ns
    assert shift_ns == 100 * 86_400 * SECOND
