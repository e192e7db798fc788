"""A channel that is down is tried again with growing pauses; when it is back everything comes, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from aios.control_room.source import SourceDown
from aios.notify.courier import Courier, NotDelivered, Refused
from aios.notify.message import About, Message
from aios.notify.queue import Queue
from aios.notify.watch import Watch
from tests.fakes.snapshots import snapshot
from tests.unit.aios.notify.test_news import wanted
from tests.unit.aios.notify.test_queue import message

S = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


class Far:
    """The other side of a channel."""

    name = "webhook"

    def __init__(self) -> None:
        self.got: list[str] = []
        self.tried: list[int] = []
        self.error: Exception | None = None
        self.clock: Clock | None = None

    async def deliver(self, message: Message) -> None:
        self.tried.append(0 if self.clock is None else self.clock.now_ns // S)
        if self.error is not None:
            raise self.error
        self.got.append(message.id)


@pytest.fixture
def queue(tmp_path: Path):
    made = Queue(tmp_path / "q.sqlite", ("webhook",), most=100, within_s=60.0)
    yield made
    made.close()


async def brought(courier: Courier, clock: Clock, seconds: int) -> None:
    for _ in range(seconds):
        while await courier.bring_one():
            pass
        clock.now_ns += S


async def test_down_then_back_everything_comes_once(queue: Queue):
    clock, far = Clock(), Far()
    far.clock, far.error = clock, NotDelivered("no connection")
    courier = Courier(queue, far, now_ns=clock)
    queue.take([message("a")], now_ns=0)
    await brought(courier, clock, 70)
    assert far.tried == [0, 2, 6, 14, 30, 62]
    assert courier.down == "no connection"
    far.error = None
    queue.take([message("b")], now_ns=clock.now_ns)
    await brought(courier, clock, 100)
    assert (sorted(far.got), courier.down) == (["a", "b"], "")
    await brought(courier, clock, 100)
    assert len(far.got) == 2


async def test_what_will_never_be_taken_is_let_go_and_holds_up_nothing(queue: Queue):
    clock, far = Clock(), Far()
    far.error = Refused("400")
    courier = Courier(queue, far, now_ns=clock)
    queue.take([message("a")], now_ns=0)
    assert await courier.bring_one()
    far.error = None
    queue.take([message("b")], now_ns=0)
    await brought(courier, clock, 2)
    assert far.got == ["b"]


class Source:
    """A gateway that is there or not."""

    def __init__(self) -> None:
        self.up = True

    async def snapshot(self, *, seen_tick=None, wait_s=0.0):
        if not self.up:
            raise SourceDown("no gateway lives there")
        return snapshot(alarms=(), asked=(), orders=())


def abouts(queue: Queue, now_ns: int) -> list[About]:
    found = []
    while (one := queue.due("webhook", now_ns=now_ns)) is not None:
        found.append(one.message.about)
        queue.strike_off(one)
    return found


async def test_a_gateway_that_is_away_is_told_once_and_when_it_is_back(queue: Queue):
    clock, source = Clock(), Source()
    watch = Watch(source, queue, wanted(away_s=30.0), site="nord", now_ns=clock)
    source.up = False
    for seconds in (0, 10, 20):
        clock.now_ns = seconds * S
        await watch.look()
    assert abouts(queue, clock.now_ns) == []
    for seconds in (31, 40, 500):
        clock.now_ns = seconds * S
        await watch.look()
    assert abouts(queue, clock.now_ns) == [About.AWAY]
    source.up = True
    for _ in range(3):
        await watch.look()
    assert abouts(queue, clock.now_ns) == [About.BACK]


async def test_a_watch_that_starts_again_does_not_tell_of_the_same_absence_twice(queue: Queue):
    clock, source = Clock(), Source()
    source.up = False
    for start in (0, 100):
        watch = Watch(source, queue, wanted(away_s=30.0), site="nord", now_ns=clock)
        for seconds in (0, 31, 62):
            clock.now_ns = (start + seconds + 1) * S
            await watch.look()
    assert abouts(queue, clock.now_ns) == [About.AWAY]


async def test_a_short_absence_is_no_news(queue: Queue):
    clock, source = Clock(), Source()
    watch = Watch(source, queue, wanted(away_s=30.0), site="nord", now_ns=clock)
    for seconds in range(1, 200, 10):
        clock.now_ns, source.up = seconds * S, not source.up
        await watch.look()
    assert abouts(queue, clock.now_ns) == []
