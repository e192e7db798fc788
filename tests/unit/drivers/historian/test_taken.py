"""Whatever two lanes do, what was taken is what they took: compared with a set of numbers."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.historian.batch import Place
from drivers.historian.taken import Span, Taken

MOVES = st.lists(st.tuples(st.sampled_from(["append", "jump", "live", "backlog"]), st.integers(1, 9)))


@given(MOVES)
def test_two_lanes_take_everything_once_and_nothing_else(moves):
    taken, model, newest = Taken(), set(), 0
    for move, count in moves:
        if move == "append":
            newest += count
        elif move == "jump" and newest:
            taken = taken.jumped(Place(1, newest - 1))
        elif move == "live" and taken.live.number < newest:
            upto = min(newest, taken.live.number + count)
            model |= _took(model, taken.live.number, upto)
            taken = taken.live_to(Place(1, upto))
        elif move == "backlog" and taken.backlog_until:
            upto = min(taken.backlog_until.number, taken.place.number + count)
            model |= _took(model, taken.place.number, upto)
            taken = taken.backlog_to(Place(1, upto))
        assert {number for number in range(1, newest + 1) if taken.holds(Place(1, number))} == model
        assert list(taken.edges) == sorted(taken.edges)
        still_open = {
            number
            for after, until in taken.open
            for number in range(after.number + 1, newest + 1)
            if until is None or number <= until.number
        }
        assert still_open == set(range(1, newest + 1)) - model


def _took(model, after, upto):
    now = set(range(after + 1, upto + 1))
    assert not now & model, "taken twice"
    return now


def test_a_segment_is_past_where_one_lane_has_taken_it_whole():
    taken = Taken(Place(2, 5), (Span(Place(4, 0), Place(6, 0)), Span(Place(8, 3), Place(9, 1))))
    assert [segment for segment in range(1, 10) if taken.is_past(segment)] == [1, 4, 5]
