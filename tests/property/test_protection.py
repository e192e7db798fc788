"""What must hold of overcurrent relays, whatever flows and however time is cut."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.equipment.ailments import Sound
from simulators.equipment.bay import Bay, BayAct, BayPlan
from simulators.equipment.contact_wear import WearCurve
from simulators.equipment.curves import CURVES
from simulators.equipment.overcurrent import Overcurrent, OvercurrentSettings
from simulators.equipment.reclosing import Reclosing

SECOND = 1_000_000_000
curves = st.sampled_from(list(CURVES.values()))
set_relays = st.builds(
    OvercurrentSettings,
    pickup_a=st.floats(20.0, 1000.0),
    dial=st.floats(0.05, 2.0),
    curve=curves,
    instantaneous_a=st.one_of(st.just(math.inf), st.floats(2000.0, 20_000.0)),
)
currents = st.floats(1.0, 25_000.0)


@given(set_relays, currents, st.floats(1.001, 3.0))
def test_trip_time_never_rises_with_current(relay, current_a, factor):
    assert relay.trip_s(current_a * factor) <= relay.trip_s(current_a) * (1.0 + 1e-12)


@given(set_relays, st.floats(0.0, 1.0))
def test_nothing_trips_at_pickup_or_below(relay, share):
    assert math.isinf(relay.trip_s(relay.pickup_a * share))


@settings(deadline=None)
@given(set_relays, st.lists(st.tuples(currents, st.floats(1e-3, 5.0)), max_size=6), st.integers(1, 7))
def test_the_disc_stands_at_one_place_however_time_is_cut(relay, course, pieces):
    whole = cut = Overcurrent(relay)
    for current_a, seconds in course:
        whole = whole.after(current_a, seconds)
        for _ in range(pieces):
            cut = cut.after(current_a, seconds / pieces)
    assert cut.turned == pytest.approx(whole.turned, abs=1e-9)
    assert cut.above_s == pytest.approx(whole.above_s, abs=1e-9)


@given(set_relays, st.floats(1.2, 10.0))
def test_of_two_relays_in_series_the_downstream_one_is_through_first(relay, multiple):
    upstream = OvercurrentSettings(
        pickup_a=relay.pickup_a * 1.2, dial=relay.dial * 1.5, curve=relay.curve, instantaneous_a=math.inf
    )
    current_a = relay.pickup_a * multiple
    assert relay.trip_s(current_a) < upstream.trip_s(current_a)


def lived(plan, current_a, cuts_ns, until_ns):
    """Bring a bay with constant current (0 while it is open) to its end; it is stopped at events and cuts."""
    bay, now_ns = Bay(plan, Sound(), closed=True), 0
    cuts = sorted({*cuts_ns, until_ns})
    while now_ns < until_ns:
        flows = current_a if bay.breaker.conducts else 0.0
        due_ns = bay.due_ns(now_ns, flows)
        stop_ns = min(
            [cut for cut in cuts if cut > now_ns] + ([] if due_ns is None else [max(due_ns, now_ns + 1)])
        )
        bay.live(stop_ns, seconds=(stop_ns - now_ns) * 1e-9, current_a=flows)
        now_ns = stop_ns
    return bay


@settings(deadline=None, max_examples=60)
@given(
    set_relays,
    st.floats(1.1, 12.0),
    st.lists(st.integers(1, 60 * SECOND), max_size=20),
)
def test_what_happens_in_a_bay_does_not_depend_on_how_time_is_cut(relay, multiple, cuts_ns):
    plan = BayPlan(
        branch="f1", breaker="cb1", relay=relay, reclosing=Reclosing(dead_s=(0.5, 5.0), reclaim_s=10.0)
    )
    current_a = relay.pickup_a * multiple
    whole, cut = (lived(plan, current_a, cuts, 60 * SECOND) for cuts in ([], cuts_ns))
    assert [event.act for event in cut.events] == [event.act for event in whole.events]
    for one, other in zip(cut.events, whole.events, strict=True):
        assert abs(one.at_ns - other.at_ns) <= 1000
    assert cut.breaker.worn == whole.breaker.worn


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.2, 3.0), max_size=4), st.floats(1.5, 10.0))
def test_a_permanent_fault_locks_out_after_one_trip_more_than_there_are_dead_times(dead_s, multiple):
    plan = BayPlan(
        branch="f1",
        breaker="cb1",
        relay=OvercurrentSettings(pickup_a=100.0, dial=0.05),
        reclosing=Reclosing(dead_s=tuple(dead_s), reclaim_s=30.0),
    )
    bay = lived(plan, 100.0 * multiple, [], 60 * SECOND)
    acts = [event.act for event in bay.events]
    assert acts.count(BayAct.TRIP) == len(dead_s) + 1
    assert acts[-1] is BayAct.LOCK_OUT
    assert not bay.breaker.conducts
    assert bay.breaker.operations == len(dead_s) + 1


@given(st.floats(0.0, 50_000.0), st.floats(1.0, 3.0))
def test_contacts_wear_no_less_with_more_current(current_a, factor):
    curve = WearCurve()
    assert 0.0 < curve.wear(current_a) <= curve.wear(current_a * factor) * (1.0 + 1e-12)
