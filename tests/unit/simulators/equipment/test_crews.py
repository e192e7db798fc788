import pytest

from simulators.equipment.bay import BayPlan
from simulators.equipment.crews import Backfeed, CrewPlan, Crews, WorkTimes
from simulators.equipment.dispatch import EveryMorning
from simulators.equipment.interruptions import Interruptions
from simulators.equipment.overcurrent import OvercurrentSettings
from simulators.equipment.protection import Protection
from simulators.equipment.short_circuits import ShortCircuit, ShortCircuits
from simulators.networks.file import shipped
from simulators.part import Stretch, Wish
from simulators.physics.flows import diverged
from simulators.physics.tables import rows_of
from simulators.weather.model import Weather
from tests.unit.simulators.conftest import START_NS

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
SKY = Weather(seed=1).at(0)
FLOWS = diverged(rows_of(shipped("nord")), "not needed here")
QUICK = WorkTimes(travel_s=600.0, work_s=1800.0, spread=0.2)


class Remembers:
    """Knows when what was mended."""

    def __init__(self):
        self.mended = []

    def hear(self, crews, now_ns):
        self.mended += [(asset, now_ns) for asset in crews.mended()]


def lived(crews, until_ns, cuts_ns=(), *, told):
    now_ns, cuts = 0, sorted({*cuts_ns, until_ns})
    while now_ns < until_ns:
        wakes_ns = crews.wakes_ns(now_ns, FLOWS)
        stops = [cut for cut in cuts if cut > now_ns] + ([] if wakes_ns is None else [wakes_ns])
        stop_ns = min(stops)
        crews.live(Stretch(since_ns=now_ns, until_ns=stop_ns, flows=FLOWS, sky=SKY))
        told.hear(crews, stop_ns)
        now_ns = stop_ns


def test_one_crew_does_one_job_after_the_other_and_two_do_both_at_once():
    ends = []
    for count in (1, 2):
        done = Remembers()
        crews = Crews(CrewPlan(count=count, times=QUICK), seed=1)
        crews.report("a", 0)
        crews.report("b", 0)
        crews.report("a", 0)
        lived(crews, 10 * HOUR, [1], told=done)
        assert sorted(asset for asset, _ in done.mended) == ["a", "b"]
        ends.append(max(at for _, at in done.mended))
    assert ends[1] < ends[0]


def test_the_repair_list_says_who_waits():
    done = Remembers()
    rank = {"important": 0.0, "later": 1.0, "last": 2.0}
    crews = Crews(CrewPlan(times=QUICK, rank=rank.__getitem__), seed=1)
    for asset in ("last", "later", "important"):
        crews.report(asset, 0)
    lived(crews, 20 * HOUR, [1], told=done)
    assert [asset for asset, _ in done.mended] == ["important", "later", "last"]


def test_times_do_not_depend_on_how_time_is_cut_and_differ_by_seed():
    ends = []
    for seed, cuts in ((1, [1]), (1, [1, *range(0, 10 * HOUR, HOUR // 7)]), (2, [1])):
        done = Remembers()
        crews = Crews(CrewPlan(times=QUICK), seed=seed)
        crews.report("a", 0)
        lived(crews, 10 * HOUR, cuts, told=done)
        ends.append(done.mended)
    assert ends[0] == ends[1] != ends[2]


def test_a_dispatcher_accepts_the_top_order_every_morning():
    done = Remembers()
    orders = ["t1", "t2", "f13"]
    crews = Crews(CrewPlan(times=QUICK), seed=1, dispatcher=EveryMorning(lambda: orders, hour_utc=6.0))
    done_of = {}
    for day in range(1, 4):
        lived_until = day * DAY
        crews_now = (day - 1) * DAY
        while crews_now < lived_until:
            stop = min(crews.wakes_ns(crews_now, FLOWS) or lived_until, lived_until)
            crews.live(Stretch(since_ns=crews_now, until_ns=stop, flows=FLOWS, sky=SKY))
            done.hear(crews, stop)
            crews_now = stop
        done_of[day] = list(done.mended)
        orders.pop(0)
    assert [asset for asset, _ in done.mended] == ["t1", "t2", "f13"]
    assert [len(done_of[day]) for day in (1, 2, 3)] == [1, 2, 3]
    assert crews.jobs[0].sent_ns == 6 * HOUR


def test_the_network_is_switched_while_people_work():
    plan = CrewPlan(times=QUICK, backfeeds={"f13": Backfeed(opened=("f13",), closed=("coupler",))})
    crews = Crews(plan, seed=1)
    crews.report("f13", 0)
    crews.live(Stretch(since_ns=0, until_ns=1, flows=FLOWS, sky=SKY))
    job = crews.jobs[0]
    for moment, opened in ((job.arrives_ns - 1, {"coupler"}), (job.arrives_ns, {"f13"})):
        wish = Wish.nothing(FLOWS.rows)
        wish.open.add("coupler")
        crews.act(moment, wish)
        assert wish.open == opened


def test_a_failed_feeder_is_repaired_and_its_customers_have_supply_again(world_of, network):
    shorts = ShortCircuits([ShortCircuit(place="f13", begin_ns=START_NS + 30 * SECOND)])
    relay = OvercurrentSettings(pickup_a=500.0)
    protection = Protection(network, [BayPlan(branch="f13", breaker="cb13", relay=relay)])
    watch = Interruptions(network, {"f13": 5100, "f11": 4900}, reasons=lambda: protection.reasons)
    crews = Crews(CrewPlan(times=QUICK), seed=1, failed=lambda: protection.locked_out)
    world = world_of(parts=[shorts, protection, watch, crews])
    for step in range(1, 13):
        world.advance(START_NS + step * 600 * SECOND)
    (outage,) = watch.outages
    (job,) = crews.jobs
    assert outage.load == "f13"
    assert outage.end_ns - job.done_ns == 70_000_000
    assert world.flows.kv("f13_end") > 19.0
    assert watch.indices.saidi_min == pytest.approx(0.51 * outage.minutes)
