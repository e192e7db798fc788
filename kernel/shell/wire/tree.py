"""The tree of supervisors with everything that runs."""

from __future__ import annotations

import msgspec


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One child of a supervisor as it stands."""

    name: str
    state: str
    """running, ended or starting."""
    restart: str
    """permanent, transient or temporary."""
    restarts: int
    uptime_s: float
    """Seconds since its last start; 0 where it does not run."""
    why: str
    """How its last life ended; empty where it has had no other."""
    pid: int = 0
    """Process id, where it is a process."""
    family: Branch | None = None
    """Its own children, where it is a supervisor."""


class Branch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A supervisor with its children as they stand."""

    name: str
    strategy: str
    intensity: int
    period_s: float
    children: tuple[Leaf, ...]
