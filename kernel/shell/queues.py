"""Queues as they stand: how much waits, how much may, and what was dropped or refused because it was full.

Every queue of the gateway is bounded. What each does when it is full stands in its docstring and in
`docs/back-pressure.md`; that it happened is a metric.
"""

from __future__ import annotations

import msgspec


class QueueState(msgspec.Struct, frozen=True, kw_only=True):
    """One queue at one moment."""

    name: str
    depth: int
    bound: int
    dropped: int = 0
    """Entries dropped or refused since the start because it was full."""
