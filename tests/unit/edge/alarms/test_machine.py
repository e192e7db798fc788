"""The state machine in single steps: delays, holes, and people."""

from edge.alarms.machine import BLIND_NS, Event, Standing, Timing, look, told
from kernel.alarm import AlarmState
from kernel.point import NANOSECONDS

FRESH = Standing()
TIMING = Timing(on_delay_s=60.0, off_delay_s=60.0, deadband=1.0)


def lived(*overs: float | None, standing: Standing = FRESH, step_s: float = 20.0) -> Standing:
    """Where an alarm stands after looks at equal distances."""
    now_ns = standing.looked_ns
    for over in overs:
        now_ns += round(step_s * NANOSECONDS)
        standing = look(TIMING, standing, now_ns, over)
    return standing


def test_a_condition_occurs_when_it_has_been_seen_for_the_on_delay() -> None:
    assert lived(1.0, 1.0, 1.0).state is AlarmState.NORMAL
    occurred = lived(1.0, 1.0, 1.0, 1.0)
    assert (occurred.state, occurred.since_ns) == (AlarmState.UNACKNOWLEDGED, 20 * NANOSECONDS)


def test_one_look_at_a_sound_value_begins_the_delay_anew() -> None:
    assert lived(1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0).state is AlarmState.NORMAL


def test_time_in_a_hole_counts_for_no_delay() -> None:
    assert lived(1.0, 1.0, None, None, None, 1.0).turning_ns == 20 * NANOSECONDS
    assert lived(1.0, 1.0, None, None, None, 1.0).state is AlarmState.NORMAL
    assert lived(1.0, 1.0, None, None, None, 1.0, 1.0, 1.0).state is AlarmState.UNACKNOWLEDGED


def test_within_the_deadband_it_does_not_return() -> None:
    active = lived(1.0, 1.0, 1.0, 1.0)
    assert lived(*[-0.9] * 20, standing=active).active
    returned = lived(*[-1.1] * 4, standing=active)
    assert (returned.state, returned.active) == (AlarmState.RETURNED, False)


def test_what_is_put_aside_remembers_whether_the_condition_holds() -> None:
    for enter, leave in ((Event.SUPPRESS, Event.UNSUPPRESS), (Event.TAKE_OUT, Event.PUT_BACK)):
        aside = told(Standing(), enter, 0, by="a.person")
        assert aside.by == "a.person"
        held = lived(1.0, 1.0, 1.0, 1.0, standing=aside)
        assert (held.state, held.active) == (aside.state, True)
        assert told(held, leave, held.looked_ns).state is AlarmState.UNACKNOWLEDGED
        assert told(aside, leave, 1).state is AlarmState.NORMAL


def test_an_acknowledged_alarm_is_over_when_its_condition_is() -> None:
    seen = told(lived(1.0, 1.0, 1.0, 1.0), Event.ACKNOWLEDGE, 80 * NANOSECONDS, by="a.person")
    assert seen.state is AlarmState.ACKNOWLEDGED
    assert lived(*[-2.0] * 4, standing=seen).rests


def test_a_look_after_a_long_hole_sees_again_at_once() -> None:
    blind = lived(*[None] * 5)
    assert blind.blind
    assert blind.hole_ns >= BLIND_NS
    assert not lived(0.0, standing=blind).blind
