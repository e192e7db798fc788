"""Heartbeats: the watchdog registers of devices, written by completed ticks and by nothing else.

A gateway that hangs completes no tick, so the watchdogs of its devices run out. A beat counts from the lowest
to the highest value of its register and begins again: 0 and 1 alternate. Its values are permitted with the
safe set. A beat is not journalled; that one was lost, and that it came back, is, once each. A bus that is
away keeps the latest beat and no older one.
"""

from __future__ import annotations

from collections.abc import Mapping

from kernel.command import Command, Transmission
from kernel.heartbeat import HeartbeatChange
from kernel.pipe.issue import Issuer, writing_of
from kernel.point import NANOSECONDS, Point
from kernel.shell.bus import Bus

SILENT: float = 3.0
"""Periods without a word from the wire after which a heartbeat counts as lost."""


class Heartbeats:
    """The heartbeats of one gateway."""

    def __init__(self, issuer: Issuer, bus_of: Mapping[str, Bus]) -> None:
        """Find the watchdog registers of a site."""
        self._issuer = issuer
        self._hearts = tuple(
            _Heart(issuer, point, bus_of[point.name])
            for point in issuer.site.writable
            if writing_of(point).heartbeat_s is not None
        )

    def beat(self, now_ns: int, tick: int) -> None:
        """Give every bus the beats that are due, after a tick that has completed."""
        for heart in self._hearts:
            heart.beat(now_ns, tick)

    def changes(self, now_ns: int) -> tuple[HeartbeatChange, ...]:
        """Say what went away or came back since the last time."""
        found = (heart.change(now_ns) for heart in self._hearts)
        return tuple(change for change in found if change is not None)


class _Heart:
    """One watchdog register."""

    def __init__(self, issuer: Issuer, point: Point, bus: Bus) -> None:
        writing = writing_of(point)
        assert writing.heartbeat_s is not None  # noqa: S101 - only heartbeats have hearts
        self._issuer, self._point, self._bus = issuer, point, bus
        self._period_ns = round(writing.heartbeat_s * NANOSECONDS)
        self._low, self._count = writing.low, int(writing.high - writing.low) + 1
        self._number = 0
        self._due_ns = 0
        self._heard_ns = 0
        self._lost: str | None = None
        """Why it is away; empty while it comes through, None before the first word."""

    def beat(self, now_ns: int, tick: int) -> None:
        """Give the bus a beat if one is due; one that is late is not made up for."""
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + self._period_ns
        self._heard_ns = self._heard_ns or now_ns
        writing, name = writing_of(self._point), self._point.name
        command = Command(
            id=f"{self._issuer.run}-beat-{self._issuer.site.row[name]}-{self._number}",
            trace="heartbeat",
            point=name,
            value=self._low + self._number % self._count,
            operation=writing.operation,
            tick=tick,
            issued_at_ns=now_ns,
            valid_until_ns=self._due_ns,
            authority="safe_set",
            revision=self._issuer.revision,
            reason="heartbeat",
        )
        self._number += 1
        self._bus.beat(command)

    def change(self, now_ns: int) -> HeartbeatChange | None:
        """Say whether it went away or came back."""
        sent = self._bus.take_beat(self._point.name)
        lost = self._lost
        if sent is not None:
            self._heard_ns = now_ns
            is_through = sent.transmission is Transmission.WRITTEN
            lost = "" if is_through else sent.detail or sent.transmission.value
        elif self._heard_ns and now_ns - self._heard_ns > SILENT * self._period_ns:
            lost = "no beat has reached the wire"
        was, self._lost = self._lost, lost
        if lost is None or bool(was) == bool(lost):
            return None
        return HeartbeatChange(point=self._point.name, lost=lost, at_ns=now_ns)
