"""The stream: fragments of a page that changed, and a beat after each poll."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final, Protocol

from sse_starlette.event import JSONServerSentEvent, ServerSentEvent

from aios.control_room.feed import Feed
from aios.control_room.panes import Panes, beat, live_panes
from aios.control_room.sight import Place, Sight

BEAT: Final = "beat"
RECONNECT_MS: Final = 1000
_TICKING: Final = re.compile(r'( data-elapsed-s="[^"]*")?>[^<]*</time>')
"""Words of a time element: the browser lets them tick, so they alone are no news."""


def meaning(fragment: str) -> str:
    """Return a fragment without what the browser lets tick by itself.

    >>> meaning('<p>40 kW <time data-at="7">2 s</time></p>')
    '<p>40 kW <time data-at="7"></time></p>'
    """
    return _TICKING.sub("></time>", fragment)


class Presses:
    """Renders each page once a poll, however many look at it."""

    def __init__(self, feed: Feed, place: Place) -> None:
        self._feed = feed
        self._place = place
        self._printed: dict[str, tuple[int, Panes]] = {}

    def panes(self, page: str) -> Panes:
        """Return the live panes of a page as of the newest poll."""
        polls, panes = self._printed.get(page, (-1, {}))
        if polls != self._feed.polls:
            panes = live_panes(page, self._feed.sight(), self._place)
            self._printed[page] = (self._feed.polls, panes)
        return panes


class Press(Protocol):
    """Whatever renders the live panes of a page."""

    def panes(self, page: str) -> Panes:
        """Return the live panes of a page as they are now."""
        ...


async def stream(feed: Feed, presses: Press, page: str) -> AsyncIterator[ServerSentEvent]:
    """Yield every pane of a page first, then those that change; a beat after each poll.

    A slow reader skips polls, never fragments: what it gets is always the newest.
    """
    sent: dict[str, str] = {}
    with feed.watching():
        while not feed.closed:
            polls = feed.polls
            for name, fragment in presses.panes(page).items():
                if sent.get(name) != (now := meaning(fragment)):
                    sent[name] = now
                    yield ServerSentEvent(fragment, event=name, retry=RECONNECT_MS)
            yield _beat(feed.sight())
            if not await feed.beyond(polls):
                return


def _beat(sight: Sight) -> ServerSentEvent:
    return JSONServerSentEvent(beat(sight), event=BEAT)
