"""Who is next on a line, given who waits: a pure choice."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.turn_order import (
    PREFERRED,
    Later,
    Urgency,
    Waiting,
    is_passed_over,
    next_turn,
)


def waits(number: int, urgency: Urgency = Urgency.NORMAL, *, due_s: float = 0.0, ready_s: float = 0.0):
    return Waiting(number=number, urgency=urgency, due_s=due_s, ready_s=ready_s)


def chosen(*waiting: Waiting, now_s: float = 10.0, free_s: float = 0.0, passed_over: int = 0) -> int | None:
    found = next_turn(waiting, now_s=now_s, free_s=free_s, passed_over=passed_over)
    return found.number if isinstance(found, Waiting) else None


def test_nobody_waits_nobody_goes():
    assert next_turn((), now_s=0.0, free_s=0.0, passed_over=0) is None


def test_writes_go_first_then_fast_points_then_the_rest_then_who_may_be_away():
    queue = [waits(4 - urgency, urgency, due_s=9.0 - urgency) for urgency in Urgency]
    order = []
    while queue:
        number = chosen(*queue)
        order.append(next(one.urgency for one in queue if one.number == number))
        queue = [one for one in queue if one.number != number]
    assert order == list(Urgency)


def test_who_is_nearest_to_missing_its_freshness_target_goes_first():
    assert chosen(waits(1, due_s=12.0), waits(2, due_s=11.0), waits(3, due_s=13.0)) == 2


def test_writes_keep_the_order_in_which_they_were_decided():
    assert chosen(waits(7, Urgency.WRITE, due_s=1.0), waits(3, Urgency.WRITE, due_s=99.0)) == 3


def test_equals_go_in_the_order_of_asking():
    assert chosen(waits(2), waits(1), waits(3)) == 1


def test_the_gap_of_the_line_is_kept():
    found = next_turn([waits(1)], now_s=10.0, free_s=10.004, passed_over=0)
    assert found == Later(10.004)


def test_a_device_in_its_pause_is_passed_by_and_holds_nobody_up():
    pausing = waits(1, Urgency.WRITE, ready_s=10.5)
    assert chosen(pausing, waits(2)) == 2
    assert next_turn([pausing], now_s=10.0, free_s=0.0, passed_over=0) == Later(10.5)


def test_who_has_waited_longest_goes_after_a_few_were_preferred():
    queue = [waits(1, Urgency.PROBE), *(waits(n, Urgency.WRITE) for n in range(2, 5))]
    assert chosen(*queue, passed_over=PREFERRED - 1) == 2
    assert chosen(*queue, passed_over=PREFERRED) == 1


def test_who_pauses_is_not_passed_over():
    early, late = waits(1, ready_s=11.0), waits(2)
    assert not is_passed_over([early, late], late, now_s=10.0)
    assert is_passed_over([early, late], late, now_s=11.0)


QUEUES = st.lists(
    st.builds(
        Waiting,
        number=st.integers(1, 10**6),
        urgency=st.sampled_from(list(Urgency)),
        due_s=st.floats(0, 100),
        ready_s=st.floats(0, 100),
    ),
    unique_by=lambda one: one.number,
    max_size=12,
)


@given(queue=QUEUES, now_s=st.floats(0, 100), free_s=st.floats(0, 100), passed=st.integers(0, PREFERRED))
def test_whoever_goes_waits_is_ready_and_the_line_is_quiet(queue, now_s, free_s, passed):
    found = next_turn(queue, now_s=now_s, free_s=free_s, passed_over=passed)
    match found:
        case None:
            assert not queue
        case Later(at_s):
            assert at_s > now_s
            assert at_s == max(free_s, min(one.ready_s for one in queue))
        case Waiting():
            assert found in queue
            assert found.ready_s <= now_s
            assert free_s <= now_s
            able = [one for one in queue if one.ready_s <= now_s]
            least = min(one.urgency for one in able)
            assert passed >= PREFERRED or found.urgency is least


@given(queue=QUEUES.filter(bool), fresh=st.lists(st.sampled_from(list(Urgency)), max_size=200))
def test_nobody_starves_however_much_that_is_more_urgent_comes_in(queue, fresh):
    """A late comer may be preferred a bounded number of times, whatever keeps coming."""
    waiting = sorted(queue, key=lambda one: one.number)
    patient, coming, number = waiting[0], list(fresh), 10**7
    passed, turns = 0, 0
    while patient in waiting:
        found = next_turn(waiting, now_s=200.0, free_s=0.0, passed_over=passed)
        assert isinstance(found, Waiting)
        passed = passed + 1 if is_passed_over(waiting, found, now_s=200.0) else 0
        waiting.remove(found)
        if coming:
            number += 1
            waiting.append(waits(number, coming.pop(), due_s=-1.0))
        turns += 1
    assert turns <= PREFERRED + 1
