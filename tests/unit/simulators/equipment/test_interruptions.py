from dataclasses import replace

import msgspec
import numpy as np
import pytest

from simulators.equipment.bay import BayPlan
from simulators.equipment.interruptions import Interruptions
from simulators.equipment.overcurrent import OvercurrentSettings
from simulators.equipment.protection import Protection
from simulators.equipment.reclosing import Reclosing
from simulators.equipment.short_circuits import ShortCircuit, ShortCircuits
from simulators.faults.fault import Fault, FaultKind
from simulators.networks.file import shipped
from simulators.part import Stretch
from simulators.physics.flows import diverged
from simulators.weather.model import Weather
from tests.unit.simulators.conftest import START_NS

SECOND = 1_000_000_000
CUSTOMERS = {"f11": 7200, "f13": 5100, "f14": 5900}


@pytest.fixture
def storm(network):
    """A temporary fault on f13 that is reclosed, then a permanent one on f14."""
    relay = OvercurrentSettings(pickup_a=500.0, dial=0.1)
    shorts = ShortCircuits(
        [
            ShortCircuit(place="f13", begin_ns=START_NS + 10 * SECOND, dead_s=0.3),
            ShortCircuit(place="f14", begin_ns=START_NS + 100 * SECOND),
        ]
    )
    protection = Protection(
        network,
        [
            BayPlan(branch="f13", breaker="cb13", relay=relay, reclosing=Reclosing(dead_s=(0.5,))),
            BayPlan(branch="f14", breaker="cb14", relay=relay),
        ],
    )
    return shorts, protection, Interruptions(network, CUSTOMERS, reasons=lambda: protection.reasons)


def test_a_reclosed_fault_is_momentary_and_a_lock_out_is_sustained_with_its_cause(world_of, storm):
    world, (_, protection, interruptions) = world_of(parts=storm), storm
    for minute in range(1, 21):
        world.advance(START_NS + minute * 60 * SECOND)
    short, long = interruptions.outages
    assert (short.load, short.sustained) == ("f13", False)
    assert 0.5 < short.minutes * 60.0 < 1.5
    assert (long.load, long.sustained, long.cause) == ("f14", True, "f14: overcurrent")
    opened = next(e.at_ns for e in protection.events if e.branch == "f14" and e.act == "opened")
    # A bolted fault takes the voltage at once; its breaker opens later.
    assert long.begin_ns <= opened
    assert long.end_ns == world.now_ns
    found = interruptions.indices
    assert found.saidi_min == pytest.approx(5900 * long.minutes / 18_200)
    assert found.saifi == pytest.approx(5900 / 18_200)
    assert found.maifi == pytest.approx(5100 / 18_200)
    assert world.counted["saidi_min"] == found.saidi_min
    assert world.counted["caidi_min"] == pytest.approx(long.minutes)
    assert world.counted["maifi"] == found.maifi
    assert world.counted["breaker_operations"] == 2.0


def test_time_without_a_solution_interrupts_nobody(network, world_of):
    interruptions = Interruptions(network, CUSTOMERS)
    flows = diverged(world_of().flows.rows, "nobody knows")
    sky = Weather(seed=1).at(0)
    interruptions.live(Stretch(since_ns=0, until_ns=60 * SECOND, flows=flows, sky=sky))
    assert interruptions.outages == ()


def test_customers_of_an_unknown_load_are_refused(network):
    with pytest.raises(KeyError, match="nowhere"):
        Interruptions(network, {"nowhere": 3})


def test_customers_on_open_conductors_are_interrupted_and_have_supply_back_when_it_is_mended(
    world_of, network
):
    broken = Fault(
        target="f11",
        kind=FaultKind.OPEN_CONDUCTOR,
        onset_ns=START_NS + 60 * SECOND,
        end_ns=START_NS + 25 * 60 * SECOND,
        amount=2.0,
    )
    interruptions = Interruptions(network, {"f11": 3000, "f13": 3000})
    world = world_of(parts=[interruptions], faults=[broken])
    for minute in range(0, 31, 5):
        world.advance(START_NS + minute * 60 * SECOND)
    (outage,) = interruptions.outages
    assert (outage.customers, outage.minutes, outage.cause) == (2000, 24.0, "open conductor")
    assert interruptions.indices.saifi == pytest.approx(1 / 3)


def stood(interruptions, rows, until_s, *, phases_kv, lost=()):
    """Let the first load's bus stand a minute with these phases."""
    flows = diverged(rows, "")
    kv = np.full((len(rows.bus), 3), 12.0)
    kv[interruptions_bus(rows)] = phases_kv
    flows = msgspec.structs.replace(flows, converged=True, bus_kv=kv.mean(axis=1) * 3.0**0.5, phase_kv=kv)
    stretch = Stretch(
        since_ns=(until_s - 600) * SECOND,
        until_ns=until_s * SECOND,
        flows=flows,
        sky=Weather(seed=1).at(0),
        lost=dict(lost),
    )
    interruptions.live(stretch)


def interruptions_bus(rows):
    return rows.bus[shipped("nord").loads[0].bus]


def test_a_dead_phase_interrupts_its_third_and_who_follows_begins_later(world_of, network):
    name, rows = network.loads[0].name, world_of().flows.rows
    interruptions = Interruptions(network, {name: 900})
    stood(interruptions, rows, 600, phases_kv=(12.0, 12.0, 12.0))
    stood(interruptions, rows, 1200, phases_kv=(0.0, 12.0, 12.0))
    stood(interruptions, rows, 1800, phases_kv=(0.0, 0.0, 0.0))
    stood(interruptions, rows, 2400, phases_kv=(0.0, 12.0, 12.0))
    stood(interruptions, rows, 3000, phases_kv=(12.0, 12.0, 12.0))
    assert [(one.customers, one.minutes) for one in interruptions.outages] == [(600, 10.0), (300, 30.0)]


def test_an_interruption_that_stood_goes_on_while_the_grid_has_no_solution(world_of, network):
    name, rows = network.loads[0].name, world_of().flows.rows
    interruptions = Interruptions(network, {name: 900})
    stood(interruptions, rows, 600, phases_kv=(12.0, 12.0, 12.0))
    stood(interruptions, rows, 1200, phases_kv=(0.0, 0.0, 0.0))
    lost = diverged(rows, "nobody knows")
    sky = Weather(seed=1).at(0)
    interruptions.live(Stretch(since_ns=1200 * SECOND, until_ns=1800 * SECOND, flows=lost, sky=sky))
    stood(interruptions, rows, 2400, phases_kv=(0.0, 0.0, 0.0))
    assert [(one.customers, one.minutes) for one in interruptions.outages] == [(900, 30.0)]


def test_a_load_on_the_dead_phase_alone_is_out_as_a_whole(world_of, network):
    first = replace(network.loads[0], phases="a")
    grown, rows = replace(network, loads=(first, *network.loads[1:])), world_of().flows.rows
    interruptions = Interruptions(grown, {first.name: 900})
    stood(interruptions, rows, 600, phases_kv=(12.0, 12.0, 12.0))
    stood(interruptions, rows, 1200, phases_kv=(0.0, 12.0, 12.0))
    assert [one.customers for one in interruptions.outages] == [900]
