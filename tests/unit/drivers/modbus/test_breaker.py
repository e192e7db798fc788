"""A device that does not answer is asked less and less, and all of them together cost a stated share."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.breaker import (
    CLOSED,
    CREDIT_S,
    FAILURES,
    LONGEST_S,
    SHARE,
    SHORTEST_S,
    Allowance,
    Breaker,
    Stage,
)


def after(failures: int, *, now_s: float = 100.0) -> Breaker:
    breaker = CLOSED
    for _ in range(failures):
        breaker = breaker.failed(now_s)
    return breaker


def test_one_lost_answer_opens_nothing():
    assert after(FAILURES - 1).stage(100.0) is Stage.CLOSED
    assert not after(FAILURES - 1).is_lost


def test_an_open_breaker_may_be_tried_when_its_pause_is_over():
    lost = after(FAILURES)
    assert lost.stage(100.0) is Stage.OPEN
    assert lost.stage(100.0 + SHORTEST_S - 0.001) is Stage.OPEN
    assert lost.stage(100.0 + SHORTEST_S) is Stage.HALF_OPEN


def test_the_pause_doubles_up_to_a_bound():
    pauses = [after(FAILURES + n).retry_s - 100.0 for n in range(40)]
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert max(pauses) == pauses[-1] == LONGEST_S


def test_any_answer_closes_it():
    assert after(17).answered() == CLOSED
    assert CLOSED.answered() is CLOSED


def test_the_allowance_fills_up_no_higher_than_the_credit():
    assert Allowance().at(1e6) == CREDIT_S
    assert Allowance().spent(CREDIT_S, 0.0).at(10.0) == SHARE * 10.0


def test_an_empty_allowance_lets_nobody_in_doubt_through():
    spent = Allowance().spent(CREDIT_S + 1.0, 0.0)
    assert not spent.allows(1.0 / SHARE - 0.01)
    assert spent.allows(1.0 / SHARE + 0.01)


def test_lost_devices_leave_half_of_the_credit_to_those_that_lost_one_answer():
    half = Allowance().spent(CREDIT_S / 2, 0.0)
    assert half.allows(0.0)
    assert not half.allows(0.0, is_lost=True)


@given(
    requests=st.lists(st.tuples(st.floats(0, 20), st.floats(0.01, 5)), max_size=60),
    begin=st.integers(0, 59),
)
def test_failing_takes_no_more_than_the_stated_share_of_any_stretch(requests, begin):
    """Whoever is allowed may fail for a whole time-out: credit, share and one time-out are the bound."""
    allowance, now_s, spans = Allowance(), 0.0, []
    for pause_s, took_s in requests:
        now_s += pause_s
        if allowance.allows(now_s):
            spans.append((now_s, took_s))
            now_s += took_s
            allowance = allowance.spent(took_s, now_s)
    stretch = spans[begin:]
    if stretch:
        lasted_s = stretch[-1][0] + stretch[-1][1] - stretch[0][0]
        failing_s = sum(took_s for _, took_s in stretch)
        assert failing_s <= CREDIT_S + SHARE * lasted_s + max(took_s for _, took_s in stretch) + 1e-9
