"""A bench: one device to try a driver on, and what may be done to it. What is left out is not tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kernel.command import Command
from kernel.ports import Clock, Driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Raw content of a device as its specification prints it, and the values that it means.

    It must not be made by the driver's own tables: a mistake that both ends share is seen only here.
    """

    put: Callable[[], None]
    """Puts the raw content into the device."""
    means: Mapping[str, float]
    """Value of each point, in its unit."""
    source: str
    """Where the example stands: document and page, or the vendor's table."""


class LoseReplies(Protocol):
    """Lets a device do what it is told and say nothing, or no longer."""

    def __call__(self, *, lost: bool) -> None:
        """Lose its replies from now on, or not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverBench:
    """A driver's device on the bench.

    Args of `make` are host and port: those of a bad wire that the check puts before `address`, or "" and 0
    where there is none.
    """

    make: Callable[[str, int], Driver]
    """Makes a new driver for the device; called once a rule."""
    clock: Clock
    rows: Sequence[int]
    """Rows of the driver's points in the site's point table, in the order of its points."""
    address: tuple[str, int] | None = None
    """Where the device listens, TCP; None where it has no such wire."""
    vanish: Callable[[], Awaitable[None]] | None = None
    """Takes the device away; needed where there is no address."""
    appear: Callable[[], Awaitable[None]] | None = None
    """Gives it back."""
    lose_replies: LoseReplies | None = None
    """Not needed with an address: the wire loses them."""

    show: Callable[[str, float], None] | None = None
    """Lets the device measure a value at a point, in its unit; NaN where it is to have none."""
    shown: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Two different values that the device can show, of each point that can be shown."""
    holes: bool = True
    """Whether the device can say of a point in `shown` that it has no value."""
    reference: Sequence[Reference] = ()

    command: Command | None = None
    """A command that the device takes. Repeats get an id and a sequence number of their own."""
    forbidden: Command | None = None
    """One that cannot be put into its registers, so that it must never leave."""
    refused: Command | None = None
    """One that the device refuses."""
    writes: Callable[[], int] | None = None
    """How many writes the device has executed; needed with `command`."""
    taken: Callable[[], float] | None = None
    """The value it executed last, in the unit of the command, by other code than the driver's."""

    timeout_s: float = 0.2
    """Real time-out of the driver for one request, seconds."""
    patience_s: float = 1.0
    """Longest that reading all points or one write may take when nothing answers, real seconds."""
    recovery_s: float = 4.0
    """Time after which a device that is back must be read again, real seconds."""
    connections: int = 1
    """Connections that the driver holds at most."""
    exempt: Mapping[str, str] = field(default_factory=dict)
    """Rules that do not apply to this driver, each with its reason."""

    def lacks(self, needs: Sequence[str]) -> str:
        """Say what a rule needs and the bench does not have; empty where it has all.

        `away` is fulfilled by an address or by vanish and appear, `unanswered` by an address or lose_replies.
        """
        there = {
            "wire": self.address is not None,
            "away": self.address is not None or (self.vanish is not None and self.appear is not None),
            "unanswered": self.address is not None or self.lose_replies is not None,
            "holes": self.show is not None and self.holes,
        }
        missing = [need for need in needs if not there.get(need, getattr(self, need, None))]
        return f"the bench has no {', no '.join(missing)}" if missing else ""
