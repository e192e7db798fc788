"""Dispatchers: who turns a repair list into work for crews."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from kernel.point import NANOSECONDS
from simulators.durations import DAY_NS

RepairList = Callable[[], Sequence[str]]
"""Assets as a repair list has them now, most urgent first; whoever makes the list gives this."""


class Board:
    """Where a repair list hangs: whoever makes the list posts it, a dispatcher reads it."""

    def __init__(self) -> None:
        self._assets: tuple[str, ...] = ()

    def post(self, assets: Iterable[str]) -> None:
        """Hang up a list in place of the last one, most urgent first."""
        self._assets = tuple(assets)

    def __call__(self) -> Sequence[str]:
        """Return the list that hangs there now."""
        return self._assets


class Dispatcher(Protocol):
    """Decides at moments of its own what is to be repaired."""

    def next_ns(self, now_ns: int) -> int | None:
        """Return when it looks at its list next, after `now_ns`; None for never."""
        ...

    def orders(self, now_ns: int) -> Sequence[str]:
        """Return the assets that it orders to be repaired at this moment; empty where it does not look."""
        ...


class NoDispatcher:
    """Orders nothing: only what has failed is repaired."""

    def next_ns(self, now_ns: int) -> int | None:  # noqa: ARG002
        """Return None."""
        return None

    def orders(self, now_ns: int) -> Sequence[str]:  # noqa: ARG002
        """Return nothing."""
        return ()


class EveryMorning:
    """Accepts the first orders of a list every day at one time.

    >>> EveryMorning(lambda: ["t1", "t2"], hour_utc=6.0).orders(6 * 3600 * 10**9)
    ('t1',)
    """

    def __init__(self, repairs: RepairList, *, hour_utc: float = 6.0, accepts: int = 1) -> None:
        """Take the list to look at.

        Args:
            repairs: the list, asked at each look.
            hour_utc: time of day, h.
            accepts: how many orders it accepts a day.
        """
        self._repairs = repairs
        self._at_ns = round(hour_utc * 3600.0) * NANOSECONDS
        self._accepts = accepts

    def next_ns(self, now_ns: int) -> int | None:
        """Return the next morning."""
        return now_ns + (self._at_ns - now_ns - 1) % DAY_NS + 1

    def orders(self, now_ns: int) -> Sequence[str]:
        """Return what it accepts, at its time of day."""
        if now_ns % DAY_NS != self._at_ns % DAY_NS:
            return ()
        return tuple(self._repairs()[: self._accepts])
