"""The stream of events: what changed, once, and from where a reader stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json

import msgspec

from aios.api.v1.events import stream
from aios.control_room.changes import Subject
from aios.control_room.site_views import SiteView
from kernel.alarm import AlarmState
from tests.fakes.snapshots import FakeSource, snapshot
from tests.unit.aios.api.v1.asking import NORD, asking, seen_view


async def told(view: SiteView, last: str = "", only: frozenset[Subject] = frozenset(Subject)) -> list[tuple]:
    """Read a stream until it waits for the next poll."""
    reading, events = stream(view, last, only), []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            async for event in reading:
                events += [(event.event, event.id, json.loads(event.data))]
    await reading.aclose()
    return events


async def moved(source: FakeSource, view: SiteView, **changes: object) -> None:
    """Let a gateway change, and the desk see it."""
    source.shot = msgspec.structs.replace(source.shot, **changes)
    await view.feed.poll()


async def acknowledged() -> tuple[FakeSource, SiteView, str]:
    """A desk that has seen an alarm acknowledged; the id of the last event before it."""
    source = FakeSource()
    view = await seen_view(source)
    (_, last, _) = (await told(view))[-1]
    first, *rest = source.shot.alarms
    seen = msgspec.structs.replace(first, state=AlarmState.ACKNOWLEDGED, by="ana")
    await moved(source, view, alarms=(seen, *rest))
    return source, view, last


async def test_a_reader_that_comes_back_hears_what_it_missed_and_nothing_twice():
    _, view, last = await acknowledged()
    missed = await told(view, last)
    name, number, body = missed[0]
    assert (name, body["id"], body["item"]["by"]) == ("alarms", "voltage_limit:t1", "ana")
    assert [event for event, _, _ in await told(view, number)] == ["beat"]


async def test_what_is_gone_is_told_as_nothing():
    source, view, last = await acknowledged()
    await moved(source, view, orders=source.shot.orders[1:])
    gone = [body for name, _, body in await told(view, last) if name == "repair-orders"]
    assert {"id": snapshot().orders[0].id, "item": None} in gone


async def test_a_reader_hears_only_what_it_asks_for():
    source, view, last = await acknowledged()
    await moved(source, view, orders=())
    events = await told(view, last, frozenset({Subject.ALARMS}))
    assert {name for name, _, _ in events} == {"alarms", "beat"}


async def test_a_reader_of_another_run_is_told_to_read_the_lists_again():
    _, view, _ = await acknowledged()
    for stranger in ("other-1", f"{view.changes.run}-99", "x", f"{view.changes.run}-", "-" * 50):
        assert [name for name, _, _ in await told(view, stranger)] == ["reset"]


async def test_a_reading_that_says_the_same_again_is_no_event():
    source = FakeSource()
    view = await seen_view(source)
    (_, last, _) = (await told(view))[-1]
    newer = tuple(msgspec.structs.replace(p, at_ns=(p.at_ns or 0) + 1) for p in source.shot.points)
    await moved(source, view, points=newer)
    assert [name for name, _, _ in await told(view, last)] == ["beat"]


async def test_the_stream_ends_with_the_desk():
    view = await seen_view()
    view.feed.close()
    async with asking(view) as client:
        answer = await client.get(f"{NORD}/events")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
