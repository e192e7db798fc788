"""The proof: whether alarms come through to this desk, by the last canary that did, and which link is broken.

Each link has its own stamp: when the gateway raised the last canary that came through its ticks, when the
control room last heard the gateway, when the page last heard the control room (`static/proof.js`). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import Final

from aios.control_room.sight import Sight
from aios.control_room.times import clock, seconds_between
from kernel.shell.wire import Snapshot

PERIODS: Final = 3
"""Periods of the canary without a new one after which nobody may think that alarms come through."""


class Link(StrEnum):
    """Where the way of an alarm is broken."""

    GATEWAY = "gateway"
    """The gateway answers, and raises no canary or takes none into its ticks."""
    CONTROL_ROOM = "control_room"
    """The control room hears nothing from the gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the last canary proves."""

    every_s: float
    """Operational seconds from one canary to the next."""
    raised_ns: int | None
    """When the last one was raised that came through; None before the first."""
    heard_ns: int
    """Operational time at which the gateway was heard last."""
    age_s: float | None
    """How old it is now, operational seconds."""
    broken: Link | None
    """None while alarms come through."""

    def why(self, zone: tzinfo) -> str:
        """Say which link is broken, and since when; empty while none is."""
        match self.broken:
            case None:
                return ""
            case Link.CONTROL_ROOM:
                heard = clock(self.heard_ns, zone)
                return f"the control room has heard nothing from the gateway since {heard}"
            case Link.GATEWAY if self.raised_ns is None:
                return "the gateway answers, but no canary alarm has come through it since it began"
            case Link.GATEWAY:
                raised = clock(self.raised_ns, zone)
                return f"the gateway answers, but no canary alarm has come through it since {raised}"


def proof(sight: Sight) -> Proof | None:
    """Judge by the newest snapshot; None where nothing is known, or the site asks for no canary."""
    shot = sight.snapshot
    if shot is None or shot.canary is None:
        return None
    told, since_s = shot.canary, sight.feed_age_s * shot.clock_factor
    raised_ns = _raised_ns(shot)
    return Proof(
        every_s=told.every_s,
        raised_ns=raised_ns,
        heard_ns=shot.now_ns,
        age_s=None if raised_ns is None else seconds_between(raised_ns, shot.now_ns) + since_s,
        broken=_broken(PERIODS * told.every_s, _unproven_s(shot), since_s),
    )


def _broken(limit_s: float, unproven_s: float, since_s: float) -> Link | None:
    if unproven_s > limit_s:
        return Link.GATEWAY
    return Link.CONTROL_ROOM if unproven_s + since_s > limit_s else None


def _unproven_s(shot: Snapshot) -> float:
    """Return for how long the gateway, as it was heard, has seen no new canary: at most since it began."""
    raised_ns = _raised_ns(shot)
    if raised_ns is None:
        return max(0, shot.tick) * shot.base_tick_s
    return seconds_between(raised_ns, shot.now_ns)


def _raised_ns(shot: Snapshot) -> int | None:
    """Return when the last canary was raised; one from the future is none: it would prove for ever."""
    raised_ns = None if shot.canary is None else shot.canary.raised_ns
    return None if raised_ns is None or raised_ns > shot.now_ns else raised_ns
