"""The role of an indicator, and many of them as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from simulators.physics.course import Course


class Indicator(Protocol):
    """Counts something of a run. A course of T steps costs O(T), T may be 1, and what is kept does not grow.

    Claim: entering a year at once gives the same bits as entering it step by step.
    """

    def enter(self, course: Course) -> None:
        """Take the next stretch of the run; steps follow one another without gaps and are entered once."""
        ...

    def values(self) -> Mapping[str, float]:
        """Return what was counted until now by KPI name; units stand in `simulators.indicators.table`.

        NaN where nothing was seen from which it could be told: a sum over time without any solution is not 0.
        Before any time has passed a sum is 0, so that the increase of each step is known.
        """
        ...


@runtime_checkable
class Detailed(Protocol):
    """An indicator that can also say what it counted of each bus or branch."""

    def elements(self) -> Mapping[str, Mapping[str, float]]:
        """Return values by element, `bus/NAME` or `branch/NAME`, then by name of the value."""
        ...


class Indicators:
    """Several indicators that are fed with the same courses."""

    def __init__(self, indicators: Iterable[Indicator]) -> None:
        self._indicators = tuple(indicators)

    def __iter__(self) -> Iterator[Indicator]:
        """Yield them in their order."""
        return iter(self._indicators)

    def enter(self, course: Course) -> None:
        """Feed them all, in their order."""
        for indicator in self._indicators:
            indicator.enter(course)

    def values(self) -> dict[str, float]:
        """Return all values, in the order of the indicators."""
        return {name: value for indicator in self._indicators for name, value in indicator.values().items()}

    def elements(self) -> dict[str, dict[str, float]]:
        """Return what is known of each bus and branch, by element."""
        found: dict[str, dict[str, float]] = {}
        for indicator in self._indicators:
            for element, values in (indicator.elements() if isinstance(indicator, Detailed) else {}).items():
                found.setdefault(element, {}).update(values)
        return found
