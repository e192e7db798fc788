"""One poll for all who look; down is told with how long, and ends by itself."""

from __future__ import annotations

import asyncio

from aios.control_room.feed import Feed
from kernel.shell.wire import Snapshot
from tests.fakes.snapshots import FakeSource, snapshot


class Stopwatch:
    """Real seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def make() -> tuple[Feed, FakeSource, Stopwatch]:
    source, watch = FakeSource(), Stopwatch()
    return Feed(source, monotonic=watch), source, watch


async def test_before_the_first_answer_there_is_no_snapshot_and_nothing_is_called_down():
    feed, _, _ = make()
    assert feed.sight().snapshot is None
    assert feed.sight().down_s is None


async def test_the_feeds_age_is_real_time_since_the_last_answer():
    feed, _, watch = make()
    await feed.poll()
    watch.now += 7.5
    assert feed.sight().snapshot == snapshot()
    assert feed.sight().feed_age_s == 7.5


async def test_a_lost_gateway_keeps_its_last_state_and_counts_how_long_it_is_gone():
    feed, source, watch = make()
    await feed.poll()
    source.down = "no gateway"
    watch.now += 1
    await feed.poll()
    watch.now += 12
    await feed.poll()
    sight = feed.sight()
    assert (sight.down_s, sight.why_down, sight.feed_age_s) == (12, "no gateway", 13)
    assert sight.snapshot == snapshot()


async def test_a_gateway_that_returns_is_no_longer_down():
    feed, source, _ = make()
    source.down = "no gateway"
    await feed.poll()
    source.down = ""
    await feed.poll()
    assert feed.sight().down_s is None


async def test_a_mistake_in_a_source_is_told_and_does_not_end_the_polls():
    feed, source, _ = make()

    def moving(_: Snapshot) -> Snapshot:
        raise ZeroDivisionError("a mistake")

    source.moving = moving
    await feed.poll()
    assert feed.sight().why_down == "asking failed: ZeroDivisionError('a mistake')"
    source.moving = lambda held: held
    await feed.poll()
    assert feed.sight().down_s is None


async def test_a_question_waits_for_news_of_the_tick_that_is_known_and_for_none_after_a_loss():
    feed, source, _ = make()
    for down in ("", "", "no gateway", "", ""):
        source.down = down
        await feed.poll()
    tick = snapshot().tick
    assert source.seen_ticks == [None, tick, tick, None, tick]


async def test_those_who_wait_are_woken_by_each_poll():
    feed, _, _ = make()
    waiting = [asyncio.create_task(feed.beyond(feed.polls)) for _ in range(3)]
    await asyncio.sleep(0)
    await feed.poll()
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_closing_ends_those_who_wait():
    feed, _, _ = make()
    waiting = asyncio.create_task(feed.beyond(feed.polls))
    await asyncio.sleep(0)
    feed.close()
    assert await waiting is False


async def test_one_poll_serves_all_who_look():
    feed, source, _ = make()
    with feed.watching(), feed.watching():
        await feed.poll()
    assert source.asked == 1
    assert feed.watchers == 0
