"""An hour beyond its limit opens an order; hours well inside close it, but not within a day of that."""

from __future__ import annotations

from edge.maintenance.condition import Patience, Standing, judge
from kernel.point import NANOSECONDS

MINUTE_NS = 60 * NANOSECONDS
HOUR = 60
DAY = 24 * HOUR
LIMIT_K = 3.0
NEW = Standing()


def lived(residual_k, minutes, standing=NEW, *, begin=1):
    """Judge a residual of every minute; return where it stands, and every change of the order."""
    changes = []
    for minute in range(begin, begin + minutes):
        now_ns, residual = minute * MINUTE_NS, residual_k(minute)
        after = judge(Patience(), standing, now_ns=now_ns, residual_k=residual, limit_k=LIMIT_K)
        if after.confirmed != standing.confirmed:
            changes.append((minute, after.confirmed))
        standing = after
    return standing, changes


def at_night(minute):
    """A young fault: beyond its limit from 18 to 2 h, well inside at noon."""
    return 4.0 if minute % DAY >= 18 * HOUR or minute % DAY < 2 * HOUR else 1.0


def test_a_young_fault_that_shows_at_night_only_is_one_order_that_stands_since_the_first_night():
    standing, changes = lived(at_night, 7 * DAY, lived(lambda _: 1.0, 4 * HOUR)[0], begin=4 * HOUR + 1)
    assert changes == [(19 * HOUR, True)]
    assert standing.over_ns == 18 * HOUR * MINUTE_NS


def test_a_day_without_a_look_beyond_closes_it_and_the_next_order_needs_its_hour_again():
    sick, _ = lived(lambda _: 4.0, DAY)
    well, changes = lived(lambda _: 1.0, DAY + HOUR, sick, begin=DAY + 1)
    assert changes == [(2 * DAY, False)]
    assert well.over_ns == 0
    _, again = lived(lambda _: 4.0, DAY, well, begin=2 * DAY + HOUR + 1)
    assert again == [(2 * DAY + 2 * HOUR + 1, True)]


def test_a_unit_that_is_near_its_limit_at_noon_closes_its_order_all_the_same():
    sick, _ = lived(lambda _: 4.0, DAY)
    near = lambda minute: 2.8 if 10 * HOUR < minute % DAY < 14 * HOUR else 1.0  # noqa: E731
    assert lived(near, 2 * DAY, sick, begin=DAY + 1)[1] == [(2 * DAY, False)]


def test_a_residual_that_stays_near_its_limit_or_is_not_read_ends_nothing():
    sick, _ = lived(lambda _: 4.0, DAY)
    for rest in (2.5, None):
        assert lived(lambda _, rest=rest: rest, 3 * DAY, sick, begin=DAY + 1)[1] == []


def test_half_an_hour_beyond_the_limit_is_no_order():
    assert lived(lambda minute: 4.0 if minute % DAY < HOUR // 2 else 1.0, 3 * DAY)[1] == []


def test_a_model_that_has_not_settled_judges_nobody():
    assert lived(lambda _: 4.0, 5 * HOUR)[1] == [(3 * HOUR + 1 + HOUR, True)]
