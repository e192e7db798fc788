"""What a driver has learned of its device and of the wire that it shares, for people and metrics."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """How a device stands on its wire, without what takes time to reckon."""

    line: str = ""
    """The wire; devices that share it name the same one; empty where it has one of its own."""
    breaker: str = "closed"
    """closed, open or half-open."""
    stretch: int = 1
    """How many times more seldom than wanted it is read, because the line has no more time for it."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Requests to one device since the start; durations in milliseconds of real time."""

    answers: int = 0
    timeouts: int = 0
    exceptions: int = 0
    """Answers that said no."""
    rubbish: int = 0
    """Answers that did not belong to what was asked."""
    p50_ms: float = 0.0
    """From the request to its answer, without waiting for the wire; recent ones count more."""
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    line: str = ""
    """The wire; devices that share it name the same one; empty where it has one of its own."""
    breaker: str = "closed"
    """closed, open or half-open."""
    retry_in_s: float = 0.0
    """Real seconds until a lost device is asked again."""
    stretch: int = 1
    """How many times more seldom than wanted it is read, because the line has no more time for it."""

    @property
    def error_percent(self) -> float:
        """Share of the requests that got no answer, or none that fits.

        >>> Traffic(answers=3, timeouts=1).error_percent
        25.0
        """
        failed = self.timeouts + self.rubbish
        return 100.0 * failed / (failed + self.answers) if failed else 0.0


class LineState(msgspec.Struct, frozen=True, kw_only=True):
    """A wire that several devices share, as it stands."""

    line: str
    devices: int
    waiting: int
    """Requests that wait for it."""
    requests: int
    """Requests that had their turn since the start."""
    busy_percent: float
    """Share of the last seconds in which a request was under way."""
    failing_percent: float
    """Share of all time that went into requests without an answer."""
    gap_ms: float


class Told(Protocol):
    """A driver that tells what it has learned."""

    def traffic(self) -> Traffic:
        """Return what was learned of the device, as it stands."""
        ...

    def brief(self) -> Brief:
        """Return how the device stands on its wire."""
        ...

    def line(self) -> LineState | None:
        """Return the wire that it shares; None where it has one of its own."""
        ...
