"""Faults of the grid bend what appliances and batteries want too, and are lived without control alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from kernel.asset import Asset
from kernel.site import Device
from simulators.appliances.hold import FREE, DemandResponseEvent
from simulators.appliances.placing import Ground, network_with, parts_of
from simulators.appliances.planned import EvChargers, Photovoltaic, Placement
from simulators.devices.sunspec_inverter import SunSpecInverter
from simulators.faults.fault import Fault, FaultKind
from simulators.faults.reach import loads_after
from simulators.networks.file import shipped
from simulators.networks.network import Battery, Bus, Capacitor
from simulators.part import Part
from simulators.physics.tables import rows_of
from tests.unit.simulators.conftest import SECOND, START_NS, nord_site
from tests.unit.simulators.devices.test_sunspec_inverter import shown

MINUTE = 60 * SECOND
NOON_NS = START_NS + 8 * 3600 * SECOND
ROOFS = Photovoltaic(name="roofs", at="f14", peak_kw=2000.0)
ROOFS_13 = Photovoltaic(name="roofs13", at="f13", peak_kw=500.0)


def with_roofs(world_of, **parts):
    network = network_with(shipped("nord"), Placement(appliances=(ROOFS,)))

    def appliances(skies):
        ground = Ground(
            network=network, rows=rows_of(network), skies=skies, banks={}, seed=1, start_ns=NOON_NS
        )  # fmt: skip
        return parts_of(Placement(appliances=(ROOFS,)), ground)

    return world_of(network=network, start_ns=NOON_NS, appliances=appliances, **parts)


def roofs_kw(world):
    return world.flows.plant_kw[world.flows.rows.plant["roofs"]]


def test_an_appliance_plant_that_trips_gives_what_is_left_with_control_and_without(world_of):
    trip = Fault(target="roofs", kind=FaultKind.DER_TRIPS, onset_ns=NOON_NS, amount=0.75)
    sound, tripped = with_roofs(world_of), with_roofs(world_of, faults=[trip])
    for world in (sound, tripped):
        world.advance(NOON_NS + MINUTE)
    assert roofs_kw(tripped) == pytest.approx(0.25 * roofs_kw(sound))
    assert roofs_kw(sound) > 100.0
    assert tripped.truth.imported_kwh == tripped.truth.imported_without_kwh


def test_the_inverter_of_a_plant_that_trips_gives_nothing_and_shows_a_fault(world_of, devices):
    nord, inverter = nord_site(), SunSpecInverter(rating_kw=600.0)
    site = msgspec.structs.replace(
        nord,
        assets=(*nord.assets, Asset(name="roofs", kind="plant")),
        devices=(*nord.devices, Device(name="inverter", asset="roofs", map="any")),
    )
    trip = Fault(target="roofs", kind=FaultKind.DER_TRIPS, onset_ns=NOON_NS + MINUTE, amount=1.0)
    world = with_roofs(world_of, site=site, banks=devices | {"inverter": inverter}, faults=[trip])
    seen = []
    for minute in (1, 2):
        world.advance(NOON_NS + minute * MINUTE)
        seen.append((inverter.power_kw > 100.0, shown(inverter, world.now_ns)["St"]))
    assert seen == [(True, 4), (False, 7)]


def living(world_of, placement, start_ns, **parts):
    """A world with appliances, and the parts that they are."""
    network, placed = network_with(shipped("nord"), placement), []

    def appliances(skies):
        ground = Ground(
            network=network, rows=rows_of(network), skies=skies, banks={}, seed=1, start_ns=start_ns
        )  # fmt: skip
        placed.extend(parts_of(placement, ground))
        return placed

    return world_of(network=network, start_ns=start_ns, appliances=appliances, **parts), placed


def lived_kwh(world, minutes, powers):
    """What flowed through so many minutes, by what names it in the flows."""
    kwh = 0.0
    for _ in range(minutes):
        world.advance(world.now_ns + MINUTE)
        kwh += sum(float(powers(one.flows)) * one.seconds / 3600.0 for one in world.stretches)
    return kwh


def test_what_has_tripped_delivers_nothing_and_is_not_curtailed(world_of):
    begin = datetime.fromtimestamp(NOON_NS / SECOND, UTC)
    limit = DemandResponseEvent(
        name="noon",
        targets=("roofs",),
        begin=begin,
        end=begin + timedelta(hours=2),
        kind="limit_kw",
        amount=40.0,
    )
    trip = Fault(target="roofs", kind=FaultKind.DER_TRIPS, onset_ns=NOON_NS + 20 * MINUTE, amount=0.75)
    placement = Placement(appliances=(ROOFS,), events=(limit,))
    world, (roofs,) = living(world_of, placement, NOON_NS, faults=[trip])
    row = world.flows.rows.plant["roofs"]
    fed_kwh = held_kwh = 0.0
    for minute in range(30):
        held_kwh += (roofs.available_kw(world.now_ns) - 40.0) * (1.0 if minute < 20 else 0.25) / 60.0
        fed_kwh += lived_kwh(world, 1, lambda flows: flows.plant_kw[row])
    count = roofs.account()
    assert count["delivered_kwh"] == pytest.approx(fed_kwh, rel=1e-9)
    assert fed_kwh == pytest.approx(40.0 * (20 + 0.25 * 10) / 60, rel=1e-6)
    assert roofs.counted()["curtailed_kwh"] == pytest.approx(held_kwh, rel=1e-9)
    assert count["available_kwh"] == pytest.approx(
        count["delivered_kwh"] + count["curtailed_kwh"] + count["lost_kwh"], rel=1e-12
    )


@pytest.mark.parametrize("phases", [1.0, 3.0])
def test_vehicles_and_roofs_behind_open_conductors_get_and_give_what_the_grid_carries(world_of, phases):
    cut = Fault(target="f13", kind=FaultKind.OPEN_CONDUCTOR, onset_ns=NOON_NS, amount=phases)
    placement = Placement(appliances=(EvChargers(name="ev", at="f13", count=60, pattern="public"), ROOFS_13))
    world, (vehicles, roofs) = living(world_of, placement, NOON_NS, faults=[cut])
    flows, wanted_kwh = world.flows, vehicles.account()["open_kwh"]
    load, plant, ways = flows.rows.load["ev"], flows.rows.plant["roofs13"], (3.0 - phases) / 3.0
    joined_kw = 0.0
    for _ in range(15):
        world.advance(world.now_ns + MINUTE)
        joined_kw += vehicles._real.units.wanted_kw(FREE) * ways / 60.0
    moved = lived_kwh(world, 5, lambda flows: flows.load_kw[load]), roofs.account()["delivered_kwh"]
    sunny_kw = roofs.available_kw(world.now_ns)
    world.advance(world.now_ns + MINUTE)
    assert wanted_kwh > 20.0
    assert (moved[0] > 1.0) == (moved[1] > 1.0) == (phases < 3.0)
    assert vehicles.account()["drawn_kwh"] == pytest.approx(joined_kw + moved[0], rel=0.1)
    assert roofs.account()["delivered_kwh"] == pytest.approx(ways * roofs.account()["available_kwh"])
    assert world.flows.plant_kw[plant] == pytest.approx(ways * sunny_kw, abs=1.0)


@pytest.mark.parametrize(
    ("amounts", "drawn", "served"),
    [((-0.5,), 0.5, 0.5), ((1.0,), 2.0, 1.0), ((0.5, -0.5), 0.75, 0.75), ((-0.5, 1.5), 1.25, 1.0)],
    ids=["less", "more", "less and more", "more and less"],
)
def test_vehicles_get_what_their_load_draws_and_what_it_draws_beyond_is_not_theirs(
    world_of, amounts, drawn, served
):
    busts = [
        Fault(target="ev", kind=FaultKind.DEMAND_BUST, onset_ns=NOON_NS, amount=amount) for amount in amounts
    ]
    placement = Placement(appliances=(EvChargers(name="ev", at="f13", count=60, pattern="public"),))
    world, (vehicles,) = living(world_of, placement, NOON_NS, faults=busts)
    row, wanted_kwh = world.flows.rows.load["ev"], 0.0
    for _ in range(15):
        wanted_kw = vehicles._real.units.wanted_kw(FREE)
        wanted_kwh += wanted_kw / 60.0
        world.advance(world.now_ns + MINUTE)
    account = vehicles.account()
    assert account["drawn_kwh"] == pytest.approx(served * wanted_kwh, rel=1e-6)
    assert world.flows.load_kw[row] == pytest.approx(drawn * wanted_kw)
    assert account["wanted_kwh"] == pytest.approx(
        account["charged_kwh"] + account["late_kwh"] + account["open_kwh"]
    )


class Vehicles(Part):
    """Draws 400 kW, half of it where nobody holds it back."""

    def act(self, now_ns, wish):
        wish.load_kw[0] += 200.0

    def act_free(self, now_ns, wish):
        wish.load_kw[0] += 400.0


def test_a_surge_of_demand_takes_the_vehicles_along(world_of):
    name = shipped("nord").loads[0].name
    surge = Fault(target=name, kind=FaultKind.DEMAND_BUST, onset_ns=0, amount=1.0)
    plain = world_of(appliances=lambda _: (Vehicles(),))
    bent = world_of(appliances=lambda _: (Vehicles(),), faults=[surge])
    assert bent.flows.load_kw[0] == pytest.approx(2.0 * plain.flows.load_kw[0])


def test_steps_whose_fuses_have_blown_are_out_once_whoever_asks(world_of, network):
    bank = Capacitor(name="bank", bus="bus1", step_kvar=1000.0, steps=4, steps_in=4)
    blown = Fault(target="bank", kind=FaultKind.CAPACITOR_FUSE, onset_ns=0, amount=0.5)
    grown = replace(network, capacitors=(bank,))
    two_left = replace(network, capacitors=(replace(bank, steps_in=2),))
    assert world_of(network=grown, faults=[blown]).flows.bus_kv[1] == pytest.approx(
        world_of(network=two_left).flows.bus_kv[1], rel=1e-9
    )


def test_two_batteries_against_each_other_are_not_idle(world_of, network):
    class Opposed(Part):
        def act(self, now_ns, wish):
            wish.plant_kw[-2:] += (500.0, -500.0)

    other = Battery(name="bat2", bus="bus2", rated_kw=4000.0)
    both = replace(network, batteries=(*network.batteries, other))
    world = world_of(network=both, appliances=lambda _: (Opposed(),))
    world.advance(START_NS + MINUTE)
    assert world.truth.loss_kwh != world.truth.loss_without_kwh


def test_reactive_power_that_moves_is_solved_at_once(world_of):
    class Condenser(Part):
        kvar = 0.0

        def act(self, now_ns, wish):
            wish.load_kvar[0] += self.kvar

        act_free = act

    part = Condenser()
    world = world_of(parts=[part])
    before = world.flows.import_kvar
    part.kvar = 300.0
    world.advance(START_NS + SECOND)
    assert world.flows.import_kvar - before == pytest.approx(300.0, rel=0.1)


def test_what_control_moves_of_reactive_power_alone_is_not_in_the_counterfactual(world_of):
    class Inverter(Part):
        def act(self, now_ns, wish):
            wish.load_kvar[0] += 3000.0

    world = world_of(appliances=lambda _: (Inverter(),))
    world.advance(START_NS + MINUTE)
    assert world.truth.loss_kwh != world.truth.loss_without_kwh


def test_an_open_conductor_takes_supply_from_all_that_hang_on_the_cable_and_from_nobody_in_a_ring(network):
    first = network.lines[0]
    tail = replace(first, name="tail", from_bus=first.to_bus, to_bus="end", breaker="")
    end = replace(network.loads[0], name="farm", bus="end")
    longer = replace(
        network,
        buses=(*network.buses, Bus(name="end", voltage_kv=network.buses[-1].voltage_kv)),
        lines=(*network.lines, tail),
        loads=(*network.loads, end),
    )
    here = [load.name for load in network.loads if load.bus == first.to_bus]
    assert loads_after(longer, first.name, network.open_at_start()) == [*here, "farm"]
    ring = replace(longer, lines=(*longer.lines, replace(tail, name="back", from_bus=first.from_bus)))
    assert loads_after(ring, first.name, network.open_at_start()) == []
