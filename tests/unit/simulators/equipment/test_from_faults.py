"""What faults inside equipment do: gas and water in the oil, worn contacts, breakers and relays that fail."""

import pytest

from simulators.couplings.felt import NotCoupled
from simulators.equipment.ailments import Ailment
from simulators.equipment.ailments_of_faults import AILMENT_OF, FromFaults
from simulators.equipment.from_faults import parts_for
from simulators.faults.device import BREAKING
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind as F
from simulators.scenario import Scenario
from tests.unit.simulators.conftest import SECOND, START_NS, SteadyProfiles, nord_devices

HOUR = 3600 * SECOND


def fault(kind, target, *, amount=1.0, after_s=0.0, lasts_s=None):
    onset = START_NS + round(after_s * SECOND)
    end = None if lasts_s is None else onset + round(lasts_s * SECOND)
    return Fault(kind=kind, target=target, onset_ns=onset, end_ns=end, amount=amount)


@pytest.fixture
def lived(site, network, world_of):
    """What the world shows of its assets after some hours with some faults."""

    def live(*faults, hours=24.0, steps=24, level=0.6):
        banks = nord_devices()
        scenario = Scenario(
            network="nord", start_ns=START_NS, end_ns=START_NS + 24 * HOUR, seed=1, history_days=0,
            initial={}, faults=faults, consumers=(), requests=(),
        )  # fmt: skip
        parts = parts_for(site, network, banks, scenario)
        world = world_of(faults=faults, parts=parts, banks=banks, profiles=SteadyProfiles(level=level))
        for step in range(1, steps + 1):
            world.advance(START_NS + round(step * hours / steps * HOUR))
        return world

    return live


def test_a_hot_spot_gathers_ethylene_and_a_discharge_hydrogen(lived):
    faults = fault(F.GAS_RAMP, "t1", amount=500.0), fault(F.PARTIAL_DISCHARGE, "t2", amount=500.0)
    world = lived(*faults)
    hot, discharging = world.scene.shown["t1"], world.scene.shown["t2"]
    assert hot["methane"] - 15.0 > 2.0 * (hot["hydrogen"] - 20.0) > 0.0, "beside what was in the oil"
    assert discharging["hydrogen"] > 10.0 * discharging["methane"] > 10.0 * 15.0
    assert {span.kind for span in world.truth.faults} == {F.GAS_RAMP, F.PARTIAL_DISCHARGE}


@pytest.mark.parametrize("kind", [F.GAS_RAMP, F.PARTIAL_DISCHARGE])
@pytest.mark.parametrize("level", [0.3, 1.2])
def test_gas_is_made_at_the_rate_that_was_entered_at_any_load(lived, kind, level):
    made = {}
    for amount in (0.0, 20.0):
        world = lived(fault(kind, "t1", amount=amount), level=level)
        made[amount] = world.scene.shown["t1"]["combustible_gas"]
    assert made[20.0] - made[0.0] == pytest.approx(20.0, rel=0.2), "its rate wanders from hour to hour"


def test_wet_paper_ages_faster_and_shows_wet_oil(lived):
    wet = lived(fault(F.FAST_AGEING, "t1", amount=4.0))
    dry = lived(fault(F.FAST_AGEING, "t1", amount=1.0))
    assert wet.scene.shown["t1"]["moisture"] > 2.0 * dry.scene.shown["t1"]["moisture"]
    assert wet.counted["ageing_h"] > 1.5 * dry.counted["ageing_h"]


def test_old_paper_has_short_chains_gives_furfural_and_less_carbon_oxides(lived):
    old, new = (lived(fault(F.PAPER_DEGRADED, "t1", amount=dp)) for dp in (250.0, 1000.0))
    assert old.scene.shown["t1"]["furfural"] > 20.0 * new.scene.shown["t1"]["furfural"]
    assert old.scene.shown["t1"]["carbon_dioxide"] < new.scene.shown["t1"]["carbon_dioxide"]


def test_paper_cannot_become_old_in_the_middle_of_a_run(lived):
    with pytest.raises(NotCoupled, match="its onset lies before the begin"):
        lived(fault(F.PAPER_DEGRADED, "t1", amount=250.0, after_s=60.0))


def test_worn_contacts_are_shown_on_their_breaker(lived):
    world = lived(fault(F.CONTACT_WEAR, "device_cb11", amount=0.4), hours=1.0, steps=2)
    assert world.scene.shown["cb11"]["contact_wear"] == pytest.approx(40.0)
    assert world.scene.shown["cb12"]["contact_wear"] == 0.0


def test_a_short_circuit_is_tripped_by_its_relay_and_stays_where_the_relay_is_blind(lived):
    short = fault(F.SHORT_CIRCUIT, "f11", amount=0.5, after_s=60.0)
    tripped = lived(short, hours=0.05, steps=3)
    assert tripped.scene.shown["cb11"]["position"] == 1.0
    assert tripped.flows.kv("bus1") > 19.0
    blind = lived(short, fault(F.RELAY_BLIND, "device_cb11"), hours=0.05, steps=3)
    assert blind.scene.shown["cb11"]["position"] == 2.0
    assert blind.flows.kv("bus1") < 18.0


def test_a_breaker_that_fails_to_open_keeps_the_short_circuit(lived):
    world = lived(
        fault(F.SHORT_CIRCUIT, "f11", amount=0.5, after_s=60.0),
        fault(F.FAILS_TO_OPEN, "device_cb11"),
        hours=0.05,
        steps=3,
    )
    assert world.flows.kv("bus1") < 18.0


def test_faults_of_a_breakers_device_ail_its_breaker():
    slow = fault(F.BREAKER_SLOW, "device_cb11", amount=2.0, after_s=10.0, lasts_s=20.0)
    blind = fault(F.RELAY_BLIND, "device_cb12")
    ailing = FromFaults([slow, blind], {"device_cb11": "cb11", "device_cb12": "cb12"})
    then = START_NS + 15 * SECOND
    assert ailing.amount("cb11", Ailment.BREAKER_SLOW, then) == 2.0
    assert ailing.amount("cb11", Ailment.BREAKER_SLOW, START_NS) is None
    assert ailing.amount("cb12", Ailment.RELAY_BLIND, then) == 1.0


def test_every_fault_of_a_breaker_ails_the_breaker_of_a_world_that_has_them():
    assert set(AILMENT_OF) == set(BREAKING)
