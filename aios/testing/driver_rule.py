"""A rule of the driver contract: what it claims, what it needs of a bench, how it is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aios.testing.driver_scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. A rule that others find on their way, and none of its own scenes, has no `check`."""

    name: str
    claim: str
    do: str
    """What to do where it is broken."""
    needs: tuple[str, ...] = ()
    """Fields of the bench, or `wire`, `away`, `unanswered`, `holes`."""
    check: Callable[[Scene], Awaitable[str]]
    """Tries it, and returns what was seen.

    Raises:
        Broken: it does not hold.
    """
