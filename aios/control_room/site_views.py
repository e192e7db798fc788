"""The gateways of one desk, each by the id of its site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aios.control_room.changes import Changes
from aios.control_room.entries import Entries, NoJournal
from aios.control_room.feed import Feed
from aios.control_room.source import SnapshotSource
from aios.control_room.vouching import Voucher


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One gateway as this desk reaches it."""

    source: SnapshotSource
    feed: Feed
    changes: Changes
    entries: Entries = field(default_factory=NoJournal)
    """Its command journal, where it lies on this machine."""
    voucher: Voucher | None = None
    """Signs who asks for each act; None where this desk has no key, and the gateway must not ask for one."""
    named: str = ""
    """Id of the site, where the desk was told; empty means what the gateway says itself."""

    @property
    def site(self) -> str:
        """Id of the site; empty until a gateway that nobody named has answered."""
        shot = self.feed.sight().snapshot
        return self.named or ("" if shot is None else shot.site)


def site_view(
    source: SnapshotSource,
    feed: Feed | None = None,
    *,
    entries: Entries | None = None,
    named: str = "",
    voucher: Voucher | None = None,
) -> SiteView:
    """Return a gateway as a desk reaches it, with a feed of its own unless one is given."""
    polled = Feed(source) if feed is None else feed
    return SiteView(
        source=source,
        feed=polled,
        changes=Changes(polled),
        entries=entries or NoJournal(),
        named=named,
        voucher=voucher,
    )


class SiteViews:
    """All gateways of a desk; what belongs to one is never found under the id of another."""

    def __init__(self, views: Sequence[SiteView]) -> None:
        """Take the gateways of a desk, in the order in which they are shown.

        Raises:
            ValueError: two of them have one id.
        """
        names = [view.named for view in views if view.named]
        if len(names) != len(set(names)):
            raise ValueError(f"two gateways have one id: {', '.join(sorted(names))}")
        self._views = tuple(views)

    def __iter__(self) -> Iterator[SiteView]:
        """Yield the gateways in order."""
        return iter(self._views)

    def of(self, site: str) -> SiteView | None:
        """Return the gateway of a site; None where this desk has none of that id."""
        return next((view for view in self._views if site and view.site == site), None)
