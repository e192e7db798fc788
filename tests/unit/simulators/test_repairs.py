"""A repair ends what stands, of every kind and wherever it acts, and the truth tells when."""

from simulators.equipment.ailments import Ailment
from simulators.equipment.ailments_of_faults import FromFaults
from simulators.equipment.degradation import Degradations, Growth
from simulators.equipment.from_faults import Wear
from simulators.equipment.gases import FaultClass
from simulators.equipment.insulation import GasFault, Insulation
from simulators.equipment.protection import Protection, feeder_plans
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind as F
from simulators.faults.repair import mended
from simulators.part import Part, Stretch
from simulators.weather.model import Weather
from tests.unit.simulators.conftest import SECOND, START_NS, Puppet

MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
SKY = Weather(seed=1).at(0)


class Fitter(Part):
    """Mends one asset at the end of the stretch that reaches a moment."""

    def __init__(self, asset, at_ns):
        self.asset, self.at_ns = asset, at_ns
        self.just = ()

    def wakes_ns(self, now_ns, flows):
        return self.at_ns if now_ns < self.at_ns else None

    def live(self, stretch):
        self.just = (self.asset,) if stretch.until_ns == self.at_ns > stretch.since_ns else ()

    def mended(self):
        return self.just


def test_a_repair_leaves_what_is_still_to_come():
    later = Fault(target="cb11", kind=F.BREAKER_SLOW, onset_ns=100, amount=2.0)
    ailing = FromFaults([later], {})
    ailing.mend("cb11", 50)
    assert ailing.amount("cb11", Ailment.BREAKER_SLOW, 150) == 2.0
    growth = Degradations([Growth(asset="t1", quantity="pd", start=1.0, onset_ns=5 * DAY, days=1.0)], seed=1)
    growth.mend("t1", 4 * DAY)
    growth.live(Stretch(since_ns=0, until_ns=6 * DAY, flows=None, sky=SKY))
    assert growth.show()["t1"]["pd"] == 2.0


def test_gas_that_begins_after_a_degassing_gathers(world_of, network):
    gas = GasFault(asset="t1", kind=FaultClass.D1, ppm_per_day=2e4, begin_ns=START_NS + 10 * MINUTE)
    made = {}
    for at_minute in (5, 20):
        insulation = Insulation(network, seed=1, faults=[gas])
        world = world_of(parts=[insulation, Fitter("t1", START_NS + at_minute * MINUTE)])
        for minute in range(1, 41):
            world.advance(START_NS + minute * MINUTE)
        made[at_minute] = insulation.ppm("t1")["acetylene"]
    assert made[5] > 10.0 > made[20]


def test_a_repaired_cable_is_whole_and_the_truth_says_since_when(world_of):
    broken = Fault(target="f11", kind=F.OPEN_CONDUCTOR, onset_ns=START_NS, amount=2.0)
    other = Fault(target="f12", kind=F.OPEN_CONDUCTOR, onset_ns=START_NS, amount=2.0)
    tampered = Fault(target="device_f11", kind=F.STUCK, onset_ns=START_NS)
    world = world_of(
        parts=[Fitter("f11", START_NS + 5 * MINUTE)], faults=[broken, other, tampered]
    )  # fmt: skip
    before = world.flows.flow("f11").from_kw
    world.advance(START_NS + 10 * MINUTE)
    assert world.flows.flow("f11").from_kw > 2.5 * before
    ends = {span.target: span.end_ns for span in world.truth.faults}
    assert ends == {"f11": START_NS + 5 * MINUTE, "f12": None, "device_f11": None}
    assert [fault.end_ns for fault in world.faults] == [START_NS + 5 * MINUTE, None, None]


def test_contacts_that_are_replaced_lose_what_the_fault_wore(world_of, network, site):
    worn = Fault(target="device_cb11", kind=F.CONTACT_WEAR, onset_ns=START_NS, amount=0.4)
    line = next(line for line in network.lines if line.breaker == "cb11")
    protection = Protection(network, feeder_plans(network, [line.name]), site=site)
    parts = [protection, Wear(site, protection, [worn]), Fitter("cb11", START_NS + 5 * MINUTE)]
    world = world_of(parts=parts, faults=[worn])
    breaker = protection.bays[line.name].breaker
    seen = []
    for minute in (4, 6, 8):
        world.advance(START_NS + minute * MINUTE)
        seen.append(breaker.worn)
    assert seen == [0.4, 0.0, 0.0]


class Wounded(Puppet):
    """A device with faults of its own."""

    told = ()

    def mend(self, asset, now_ns):
        self.told = (*self.told, (asset, now_ns))


def test_a_device_is_told_when_its_asset_is_mended_and_others_are_not(world_of, devices):
    devices |= {"device_cb11": Wounded(position=2.0), "device_cb12": Wounded(position=2.0)}
    world = world_of(parts=[Fitter("cb11", START_NS + MINUTE)], banks=devices)
    world.advance(START_NS + 5 * MINUTE)
    assert devices["device_cb11"].told == (("cb11", START_NS + MINUTE),)
    assert devices["device_cb12"].told == ()


def test_customers_weather_and_meters_are_no_work_for_a_crew():
    faults = [
        Fault(target="t1", kind=F.OVERLOAD, onset_ns=0),
        Fault(target="t1", kind=F.DRIFT, onset_ns=0),
        Fault(target="weather", kind=F.WEATHER_BUST, onset_ns=0),
    ]
    assert mended(faults, "t1", 10) == tuple(faults)
    assert mended(faults, "weather", 10) == tuple(faults)
