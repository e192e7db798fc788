import pytest

from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from simulators.devices.breaker import Breaker
from simulators.equipment.ailments import Ailment, Sound
from simulators.equipment.bay import BayAct, BayPlan
from simulators.equipment.overcurrent import OvercurrentSettings
from simulators.equipment.protection import Protection, UnknownBranch, feeder_plans
from simulators.equipment.reclosing import Reclosing
from simulators.equipment.short_circuits import ShortCircuit, ShortCircuits
from tests.unit.simulators.conftest import START_NS, nord_site

SECOND = 1_000_000_000
AT_NS = START_NS + 17 * SECOND
RELAY = OvercurrentSettings(pickup_a=500.0, dial=0.1)


class Ails(Sound):
    """One ailment of one asset from the beginning."""

    def __init__(self, asset, ailment, size=1.0):
        self.told = (asset, ailment)
        self.size = size

    def amount(self, asset, ailment, now_ns):
        return self.size if (asset, ailment) == self.told else None


def transformer_bay(name="t2", breaker="cb_t2"):
    return BayPlan(
        branch=name, breaker=breaker, relay=OvercurrentSettings(pickup_a=1000.0, dial=0.25), failure_s=0.25
    )


def feeder_bay(**changes):
    given = {"branch": "f13", "breaker": "cb13", "relay": RELAY, "upstream": "t2"} | changes
    return BayPlan(**given)


def through(world, seconds, step_s=60):
    begin_ns = world.now_ns
    for second in range(step_s, seconds + step_s, step_s):
        world.advance(begin_ns + second * SECOND)


def acts(protection):
    return [(event.branch, event.act) for event in protection.events]


def faulted(world_of, network, *, ailing=None, short=None, plans=None, banks=None, step_s=60, seconds=120):
    shorts = ShortCircuits([short or ShortCircuit(place="f13", begin_ns=AT_NS, at=0.5)])
    plans = plans or (feeder_bay(), transformer_bay())
    protection = Protection(network, plans, ailing=ailing, site=nord_site(), banks=banks)
    world = world_of(parts=[shorts, protection], **({} if banks is None else {"banks": banks}))
    through(world, seconds, step_s)
    return world, protection


def test_a_short_circuit_on_a_feeder_is_tripped_at_the_time_of_its_curve(world_of, network):
    world, protection = faulted(world_of, network)
    trip, opened, lock_out = protection.events
    expected_s = RELAY.trip_s(trip.current_a)
    assert trip.act is BayAct.TRIP
    assert trip.current_a > 4000.0
    assert (trip.at_ns - AT_NS) * 1e-9 == pytest.approx(expected_s, abs=1e-6)
    assert (opened.at_ns - trip.at_ns) == 55_000_000
    assert lock_out.act is BayAct.LOCK_OUT
    assert world.flows.kv("f13_end") == 0.0
    assert world.flows.kv("bus2") > 19.0


@pytest.mark.parametrize("step_s", [7, 60])
def test_the_moment_of_the_trip_is_the_same_at_any_step_of_the_scenario(world_of, network, step_s):
    _, protection = faulted(world_of, network, step_s=step_s, seconds=60)
    _, reference = faulted(world_of, network, step_s=20, seconds=60)
    assert [event.act for event in protection.events] == [event.act for event in reference.events]
    for event, other in zip(protection.events, reference.events, strict=True):
        assert event.at_ns == pytest.approx(other.at_ns, abs=1000)


def test_a_lightning_fault_is_gone_after_the_rapid_reclosing(world_of, network):
    short = ShortCircuit(place="f13", begin_ns=AT_NS, at=0.5, dead_s=0.3)
    world, protection = faulted(
        world_of,
        network,
        short=short,
        plans=(feeder_bay(upstream="", reclosing=Reclosing(dead_s=(0.5, 15.0))),),
    )
    assert [act for _, act in acts(protection)] == [
        BayAct.TRIP,
        BayAct.OPENED,
        BayAct.RECLOSE,
        BayAct.CLOSED,
    ]
    assert world.flows.kv("f13_end") > 19.0
    assert protection.bays["f13"].sequence.shots == 0


def test_a_permanent_fault_is_reclosed_twice_and_then_locked_out(world_of, network):
    plans = (feeder_bay(upstream="", reclosing=Reclosing(dead_s=(0.5, 15.0), reclaim_s=30.0)),)
    world, protection = faulted(world_of, network, plans=plans)
    assert [act for _, act in acts(protection)].count(BayAct.TRIP) == 3
    assert protection.events[-1].act is BayAct.LOCK_OUT
    assert protection.bays["f13"].breaker.worn > 0.0
    assert world.flows.flow("f13").from_a == 0.0


def test_a_breaker_that_fails_has_the_one_upstream_tripped_after_its_delay(world_of, network):
    ailing = Ails("cb13", Ailment.BREAKER_STAYS_CLOSED)
    world, protection = faulted(world_of, network, ailing=ailing)
    (trip, failure, upstream, *_) = protection.events
    assert failure.act is BayAct.BREAKER_FAILURE
    assert failure.at_ns - trip.at_ns == 250_000_000
    assert (upstream.branch, upstream.act) == ("t2", BayAct.TRIP)
    assert upstream.at_ns == failure.at_ns
    assert world.flows.kv("bus2") == 0.0
    assert world.flows.kv("bus1") > 19.0
    assert protection.reasons == {"t2": "breaker failure of cb13"}


def test_a_slow_breaker_opens_later(world_of, network):
    _, sound = faulted(world_of, network)
    _, slow = faulted(world_of, network, ailing=Ails("cb13", Ailment.BREAKER_SLOW, 0.1))
    assert slow.events[1].at_ns - sound.events[1].at_ns == pytest.approx(100_000_000, abs=1000)


def test_a_blind_relay_leaves_the_fault_to_the_one_upstream(world_of, network):
    _, protection = faulted(world_of, network, ailing=Ails("cb13", Ailment.RELAY_BLIND))
    assert {branch for branch, _ in acts(protection)} == {"t2"}


def test_a_relay_that_trips_falsely_does_so_at_the_load_current(world_of, network):
    short = ShortCircuit(place="f13", begin_ns=10**30)
    world, protection = faulted(world_of, network, short=short, ailing=Ails("cb13", Ailment.RELAY_TRIPS))
    assert protection.events[0].current_a < 300.0
    assert protection.events[0].cause == "false trip"
    assert world.flows.flow("f13").from_a == 0.0


def test_a_device_shows_the_trip_and_its_pulse_closes_again(world_of, network, devices):
    bank = Breaker(load_map("breaker"))
    banks = devices | {"device_cb13": bank}
    short = ShortCircuit(place="f13", begin_ns=AT_NS, end_ns=AT_NS + 30 * SECOND)
    world, protection = faulted(world_of, network, short=short, banks=banks)
    assert bank.actuation(world.now_ns)["position"] == 1.0
    assert protection.reasons["f13"] == "overcurrent"
    bank.write(Table.COIL, 1, [1], world.now_ns)
    through(world, 60)
    assert bank.actuation(world.now_ns)["position"] == 2.0
    assert world.flows.kv("f13_end") > 19.0
    assert protection.reasons.get("f13") is None


def test_a_device_that_opens_a_healthy_feeder_is_obeyed(world_of, network, devices):
    bank = Breaker(load_map("breaker"))
    banks = devices | {"device_cb13": bank}
    protection = Protection(network, (feeder_bay(upstream=""),), site=nord_site(), banks=banks)
    world = world_of(parts=[protection], banks=banks)
    bank.write(Table.COIL, 0, [1], world.now_ns)
    through(world, 60)
    assert world.flows.kv("f13_end") == 0.0
    assert protection.reasons == {"f13": "by hand"}


def test_auxiliary_contacts_that_disagree_are_shown_while_the_breaker_conducts(world_of, network):
    short = ShortCircuit(place="f13", begin_ns=10**30)
    ailing = Ails("cb13", Ailment.AUXILIARY_CONTACTS, 3.0)
    world, protection = faulted(world_of, network, short=short, ailing=ailing)
    assert protection.show()["cb13"]["position"] == 3.0
    assert world.flows.flow("f13").from_a > 0.0


def test_a_bay_without_a_branch_is_refused(network):
    with pytest.raises(UnknownBranch, match="nowhere"):
        Protection(network, (feeder_bay(branch="nowhere", upstream=""),))


def test_plans_for_feeders_pick_up_above_their_rating(network):
    (plan,) = feeder_plans(network, ["f11"])
    assert (plan.branch, plan.breaker) == ("f11", "cb11")
    assert plan.relay.pickup_a == pytest.approx(1.3 * 421.0)
