"""Children of a supervisor: what they must be able to do, and what is to become of them when they end.

The words are those of Erlang/OTP (`supervisor`, "Supervisor Behaviour"): restart types, shutdown,
significance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

SHUTDOWN_S: Final = 5.0
"""Seconds a child may take to end in order, unless its specification says otherwise (as in OTP)."""


@dataclass(frozen=True, slots=True)
class Normal:
    """It ended by itself, as it should (OTP: `normal`)."""

    why: str = "ended"


@dataclass(frozen=True, slots=True)
class Stopped:
    """It was told to end (OTP: `shutdown`)."""

    why: str = "stopped"


@dataclass(frozen=True, slots=True)
class GaveUp:
    """A supervisor spent its budget of restarts and stopped all of its children (OTP: `shutdown`)."""

    why: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """It ended of its own fault."""

    why: str


Exit = Normal | Stopped | GaveUp | Crashed
"""How a child ended."""


def is_failure(end: Exit) -> bool:
    """Tell whether a root that ended so has failed: its process then exits non-zero.

    >>> is_failure(GaveUp("too many restarts")), is_failure(Stopped())
    (True, False)
    """
    return isinstance(end, GaveUp | Crashed)


class Child(Protocol):
    """One life of something that runs: a task, a process, a supervisor with its own children."""

    async def start(self) -> None:
        """Begin; return when it runs. Whatever is raised is a start that failed."""
        ...

    async def ended(self) -> Exit:
        """Return when it has ended, and how."""
        ...

    async def stop(self) -> None:
        """Ask it to end in order, and return when it has."""
        ...

    async def kill(self) -> None:
        """End it without asking, and return when it has ended."""
        ...


class Restart(Enum):
    """When a child is started again."""

    PERMANENT = "permanent"
    """Always."""
    TRANSIENT = "transient"
    """Only when it crashed."""
    TEMPORARY = "temporary"
    """Never, not even when it was stopped for the sake of a sibling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """How to make a child, and what its end means."""

    name: str
    make: Callable[[], Child]
    """Makes one life of the child; called for every start."""
    restart: Restart = Restart.PERMANENT
    shutdown_s: float | None = SHUTDOWN_S
    """Seconds it may take to end in order before it is killed; None kills it at once (OTP: `brutal_kill`)."""
    significant: bool = False
    """Whether its end by itself may end the supervisor; never for a permanent child."""

    def __post_init__(self) -> None:
        """Refuse what OTP refuses."""
        if self.significant and self.restart is Restart.PERMANENT:
            raise ValueError(f"child {self.name}: a permanent child cannot be significant, it never ends")

    def is_restarted_after(self, end: Exit) -> bool:
        """Tell whether the child is started again after such an end.

        >>> spec = ChildSpec(name="bus", make=lambda: None, restart=Restart.TRANSIENT)
        >>> spec.is_restarted_after(Crashed("no such register")), spec.is_restarted_after(Normal())
        (True, False)
        """
        if self.restart is Restart.TRANSIENT:
            return isinstance(end, Crashed)
        return self.restart is Restart.PERMANENT
