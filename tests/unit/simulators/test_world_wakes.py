"""A part that names a moment is asked at that moment, however far one call of `advance` goes."""

from simulators.faults.fault import Fault, FaultKind
from simulators.part import Part

SECOND = 1_000_000_000


class Alarm(Part):
    """Wakes at given moments; switches cable f13 off at the first of them."""

    def __init__(self, *moments_ns):
        self.moments_ns = moments_ns
        self.ends_ns = []
        self.import_kw = []

    def wakes_ns(self, now_ns, flows):
        return min((moment for moment in self.moments_ns if moment > now_ns), default=None)

    def live(self, stretch):
        self.ends_ns.append(stretch.until_ns)
        self.import_kw.append(stretch.flows.import_kw)

    def act(self, now_ns, wish):
        if now_ns >= self.moments_ns[0]:
            wish.open.add("f13")


def test_a_stretch_ends_where_a_part_wakes(world_of):
    alarm = Alarm()
    alarm.moments_ns = (10**30,)
    world = world_of(parts=[alarm])
    begin_ns = world.now_ns
    alarm.moments_ns = (begin_ns + 7 * SECOND + 123, begin_ns + 30 * SECOND)
    world.advance(begin_ns + 60 * SECOND)
    assert alarm.ends_ns == [begin_ns + 7 * SECOND + 123, begin_ns + 30 * SECOND, begin_ns + 60 * SECOND]


def test_what_a_part_does_at_its_moment_acts_from_that_moment_on(world_of):
    alarm = Alarm(10**30)
    world = world_of(parts=[alarm])
    begin_ns = world.now_ns
    alarm.moments_ns = (begin_ns + 20 * SECOND,)
    before = world.truth.imported_kwh
    world.advance(begin_ns + 60 * SECOND)
    on, off = alarm.import_kw
    assert on - off > 1000.0
    assert abs((world.truth.imported_kwh - before) * 3600.0 - (20.0 * on + 40.0 * off)) < 1e-3


def test_devices_feel_the_end_of_a_step_only(world_of, devices):
    alarm = Alarm(10**30)
    world = world_of(parts=[alarm])
    alarm.moments_ns = (world.now_ns + SECOND,)
    world.advance(world.now_ns + 60 * SECOND)
    assert len(devices["device_f11"].times) == 2


def test_a_part_that_wakes_without_end_lets_time_go_on(world_of):
    class Restless(Part):
        calls = 0

        def wakes_ns(self, now_ns, flows):
            self.calls += 1
            return now_ns if self.calls < 4 else None

    world = world_of(parts=[Restless()])
    begin_ns = world.now_ns
    world.advance(begin_ns + SECOND)
    assert world.now_ns == begin_ns + SECOND


def test_the_hottest_moment_within_one_call_of_advance_is_in_the_truth(world_of):
    hours = 3600 * SECOND
    onset_ns = world_of().now_ns
    heavy = Fault(
        target="t1", kind=FaultKind.OVERLOAD, onset_ns=onset_ns, end_ns=onset_ns + 3 * hours, amount=1.0
    )  # fmt: skip
    world = world_of(faults=[heavy])
    world.advance(onset_ns + 9 * hours)
    hottest = max(stretch.heat["t1"].hot_spot_c for stretch in world.stretches)
    assert hottest > world.scene.transformers["t1"].hot_spot_c + 10.0
    assert world.truth.hottest_c["t1"] == hottest
