"""Heartbeats: whether a device hears that its gateway lives."""

from __future__ import annotations

import msgspec


class HeartbeatChange(msgspec.Struct, frozen=True, kw_only=True):
    """The heartbeat of a device went away or came back."""

    point: str
    """The device's watchdog register."""
    lost: str
    """Why it is away; empty where it came back, or came through for the first time."""
    at_ns: int
