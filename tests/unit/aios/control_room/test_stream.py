"""What changed is sent, once; what did not is not; a beat follows each poll."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from sse_starlette.event import ServerSentEvent

from aios.control_room.feed import Feed
from aios.control_room.panes import PAGES
from aios.control_room.sight import Place
from aios.control_room.stream import Presses, stream
from kernel.shell.wire import Snapshot
from tests.fakes.nord import NOW, S, assets
from tests.fakes.snapshots import FakeSource


class Watch:
    """Somebody who looks at a page while the gateway is polled by hand."""

    def __init__(self, page: str = "overview") -> None:
        self.source = FakeSource()
        self.feed = Feed(self.source)
        self.presses = Presses(self.feed, Place(assets=assets()))
        self.page = page
        self._events: AsyncIterator[ServerSentEvent] | None = None

    async def after(self, shot: Snapshot | None = None) -> list[str]:
        """Poll once and return the names of the events it brings."""
        if shot is not None:
            self.source.shot = shot
        await self.feed.poll()
        if self._events is None:
            self._events = stream(self.feed, self.presses, self.page)
        names: list[str] = []
        while "beat" not in names:
            names.append(str((await anext(self._events)).event))
        return names


async def test_a_page_gets_every_pane_first_then_a_beat():
    assert await Watch().after() == [*PAGES["overview"], "beat"]


async def test_an_unchanged_snapshot_brings_only_a_beat():
    watch = Watch()
    await watch.after()
    assert await watch.after() == ["beat"]


async def test_a_clock_that_runs_on_brings_no_fragment_because_the_browser_lets_ages_tick():
    watch = Watch()
    await watch.after()
    assert await watch.after(msgspec.structs.replace(watch.source.shot, now_ns=NOW + 2 * S)) == ["beat"]


async def test_only_the_pane_that_changed_is_sent():
    watch = Watch()
    await watch.after()
    notices = watch.source.shot.notices[1:3]
    changed = msgspec.structs.replace(watch.source.shot, notices=notices)
    assert await watch.after(changed) == ["header", "notices", "beat"]


async def test_a_new_value_reaches_the_points_page_but_not_the_journal():
    points, journal = Watch("points"), Watch("commands")
    first, *rest = points.source.shot.points
    moved = msgspec.structs.replace(
        points.source.shot, points=(msgspec.structs.replace(first, value=1.0), *rest)
    )
    await points.after()
    await journal.after()
    assert await points.after(moved) == ["points", "beat"]
    assert await journal.after(moved) == ["beat"]


async def test_a_lost_gateway_brings_the_banner_once_and_its_return_takes_it_away():
    watch = Watch()
    await watch.after()
    watch.source.down = "no gateway"
    assert await watch.after() == ["banner", "beat"]
    assert await watch.after() == ["beat"]
    watch.source.down = ""
    assert await watch.after() == ["banner", "beat"]


async def test_a_closed_feed_ends_the_stream():
    watch = Watch()
    await watch.feed.poll()
    events = stream(watch.feed, watch.presses, "runtime")
    assert (await anext(events)).event == "banner"
    watch.feed.close()
    assert [event.event async for event in events] == ["header", "proven", "unproven", "runtime", "beat"]
    assert watch.feed.watchers == 0


async def test_two_who_look_at_one_page_share_one_rendering():
    watch = Watch()
    await watch.feed.poll()
    assert watch.presses.panes("overview") is watch.presses.panes("overview")
