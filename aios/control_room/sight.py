"""Sight: what the control room knows of a gateway at this moment, and how well it sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from kernel.asset import Asset
from kernel.shell.wire import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The newest snapshot and the state of the view on the gateway."""

    snapshot: Snapshot | None = None
    """None until the gateway answered once."""
    feed_age_s: float = 0.0
    """Real seconds since the snapshot arrived."""
    down_s: float | None = None
    """Real seconds since the gateway stopped answering; None while it answers."""
    why_down: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the control room was told about the site when it started."""

    assets: tuple[Asset, ...] = ()
    """Empty where the topology is not known; then no one-line diagram is drawn."""
    zone: tzinfo = field(default=UTC)
    """Time zone of every clock time on the page."""
    root: str = ""
    """Where its pages stand on a desk of several, such as `/desk/nord`; empty where it is alone."""

    def title(self, name: str) -> str:
        """What people call an asset; its name where nobody gave it a title."""
        return self.second_name(name) or name

    def second_name(self, name: str) -> str:
        """An asset's title where it says more than its name, else nothing."""
        title = next((asset.title for asset in self.assets if asset.name == name), "")
        return "" if _bare(title) == _bare(name) else title


def _bare(words: str) -> str:
    """Letters and digits alone: F-11 is no second name for f11."""
    return "".join(letter for letter in words.casefold() if letter.isalnum())
