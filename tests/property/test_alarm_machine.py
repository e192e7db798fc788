"""An alarm goes only where ISA-18.2 lets it go, does not chatter, and a hole neither raises nor clears it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.alarms.machine import BLIND_NS, TRANSITIONS, Event, NotPossible, Standing, Timing, look, told
from kernel.alarm import AlarmState
from kernel.point import NANOSECONDS

DIAGRAM = """
normal -> unacknowledged: occurs
unacknowledged -> acknowledged: acknowledge
unacknowledged -> returned: returns
acknowledged -> normal: returns
returned -> normal: acknowledge
returned -> unacknowledged: occurs
normal, unacknowledged, acknowledged, returned -> shelved: shelve
normal, unacknowledged, acknowledged, returned -> suppressed: suppress
normal, unacknowledged, acknowledged, returned -> out_of_service: take_out
shelved -> normal, unacknowledged: unshelve
suppressed -> normal, unacknowledged: unsuppress
out_of_service -> normal, unacknowledged: put_back
"""
"""The state diagram of ISA-18.2 in words, without its optional latched states."""
HANDS = sorted(set(Event) - {Event.OCCURS, Event.RETURNS})
OVERS = st.one_of(st.none(), st.floats(-10.0, 10.0))
TIMINGS = st.builds(
    Timing,
    on_delay_s=st.floats(0.0, 300.0),
    off_delay_s=st.floats(1.0, 300.0),
    deadband=st.floats(0.0, 3.0),
)
STEPS = st.lists(
    st.tuples(st.integers(1, 200), OVERS, st.one_of(st.none(), st.sampled_from(HANDS))), max_size=60
)


def arrows() -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for line in DIAGRAM.strip().splitlines():
        way, event = line.split(": ")
        sources, targets = way.split(" -> ")
        for source in sources.split(", "):
            found[source, event] = set(targets.split(", "))
    return found


def test_the_table_is_the_diagram():
    assert {(s.value, e.value): {t.value for t in ways} for (s, e), ways in TRANSITIONS.items()} == arrows()


@given(TIMINGS, STEPS)
def test_every_transition_is_an_arrow_of_the_diagram(timing, steps):
    standing, now_ns, allowed = Standing(), 0, arrows()
    for seconds, over, hand in steps:
        now_ns += seconds * NANOSECONDS
        for before, after in both(timing, standing, now_ns, over, hand):
            if after.state is not before.state:
                assert after.state.value in allowed[before.state.value, after.event], (before, after)
                assert after.at_ns == now_ns
            standing = after
        unseen = {AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED}
        listed = {AlarmState.NORMAL, AlarmState.RETURNED} | unseen
        assert standing.state not in listed or (standing.state in unseen) == standing.active


def both(timing, standing, now_ns, over, hand):
    """A look that may end shelving and find something, split into its single transitions, then a hand."""
    after = look(timing, standing, now_ns, over)
    if standing.state is AlarmState.SHELVED and after.state is not AlarmState.SHELVED:
        freed = told(standing, Event.UNSHELVE, now_ns)
        yield standing, freed
        yield freed, after
    else:
        yield standing, after
    if hand is not None:
        try:
            yield after, told(after, hand, now_ns, by="a.person", until_ns=now_ns + 100 * NANOSECONDS)
        except NotPossible:
            assert (after.state.value, hand.value) not in arrows()


@given(TIMINGS, st.lists(st.tuples(st.integers(1, 30), OVERS), max_size=200))
def test_a_chattering_input_gives_a_bounded_rate(timing, looks):
    standing, now_ns, occurred = Standing(), 0, []
    for seconds, over in looks:
        now_ns += seconds * NANOSECONDS
        after = look(timing, standing, now_ns, over)
        if after.active and not standing.active:
            occurred.append(now_ns)
        standing = after
    least_ns = round((timing.on_delay_s + timing.off_delay_s) * NANOSECONDS)
    gaps = [later - earlier for earlier, later in pairwise(occurred)]
    assert all(gap >= least_ns - 2 for gap in gaps), "it came back sooner than both delays take"


@given(TIMINGS, st.lists(st.tuples(st.integers(1, 300), OVERS), max_size=30), st.integers(1, 500))
def test_a_hole_neither_raises_nor_clears_and_says_so(timing, looks, seconds):
    standing, now_ns = Standing(), 0
    for pause, over in looks:
        now_ns += pause * NANOSECONDS
        standing = look(timing, standing, now_ns, over)
    began = standing
    for count in range(1, 4):
        now_ns += seconds * NANOSECONDS
        standing = look(timing, standing, now_ns, None)
        assert (standing.state, standing.active) == (began.state, began.active)
        assert standing.turning_ns == began.turning_ns, "time in a hole counts for no delay"
        assert standing.hole
        if not began.hole:
            assert standing.blind == ((count - 1) * seconds * NANOSECONDS >= BLIND_NS)
    assert not look(timing, standing, now_ns + 1, -20.0).blind


@given(TIMINGS, st.lists(st.floats(-3.0, 0.0), max_size=30))
def test_what_lies_in_the_deadband_stays_as_it_was(timing, overs):
    for began in (Standing(), Standing(state=AlarmState.UNACKNOWLEDGED, active=True)):
        standing, now_ns = began, 0
        for over in overs:
            now_ns += 1000 * NANOSECONDS
            standing = look(timing, standing, now_ns, max(over, -timing.deadband))
        assert (standing.state, standing.active) == (began.state, began.active)


def test_nobody_tells_an_alarm_that_its_condition_holds_and_shelving_ends():
    with pytest.raises(NotPossible):
        told(Standing(), Event.OCCURS, 0)
    with pytest.raises(NotPossible):
        told(Standing(), Event.SHELVE, 5, until_ns=5)
    shelved = told(Standing(), Event.SHELVE, 5, by="a.person", until_ns=10)
    timing = Timing(on_delay_s=0.0, off_delay_s=1.0)
    assert look(timing, shelved, 9, 1.0).state is AlarmState.SHELVED
    assert look(timing, shelved, 9, 1.0).active
    assert look(timing, look(timing, shelved, 9, 1.0), 10, 1.0).state is AlarmState.UNACKNOWLEDGED
