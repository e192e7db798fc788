"""Confidence: how sure the maker of a wish is, what it expects to be seen, and what became of that."""

from __future__ import annotations

from typing import Final

import msgspec

LEVELS: Final = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of wrong outcomes for which thresholds are kept; what a policy lets is rounded down to one."""


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What will be seen if the maker of a wish is right; the gateway looks, and counts."""

    point: str
    due_ns: int
    """When it is looked at, operational nanoseconds; with `mean` the end of a quarter-hour."""
    low: float | None = None
    """Lowest value that is right, in the point's unit; None where nothing bounds it."""
    high: float | None = None
    mean: bool = False
    """Whether the mean of the quarter-hour that ends then counts, and not the value at that moment."""
    if_done: bool = True
    """Whether it speaks of what the wish does: then it counts only where the wish was done until then."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation that is not due yet, with the wish that it came with."""

    agent: str
    point: str
    """Point or sum that the wish is for."""
    confidence: float
    expects: Expectation
    noted_ns: int
    wish: tuple[float | None, int] | None = None
    """What the wish wanted when it was noted, and its priority; None where an older version noted it."""
    by_own: bool = False
    """Whether its maker itself has since kept the wish from being done: then it counts whatever comes."""


class Hindsight(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an expectation: one outcome by which the confidence of its maker is calibrated."""

    agent: str
    point: str
    """Point or sum that the wish was for."""
    confidence: float
    expects: Expectation
    seen: float
    """What was seen, in the unit of the expected point."""
    came_true: bool
    at_ns: int
    budgets: tuple[float, ...]
    """What is left of each of `LEVELS` after it."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes of one agent, and what they leave it."""

    outcomes: tuple[tuple[float, bool], ...] = ()
    """Confidence, and whether what was expected came true; the oldest first."""
    budgets: tuple[float, ...] = LEVELS
    """Share of wrong outcomes that is left at each of `LEVELS`: less while too many are wrong."""


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """From which confidence on few enough outcomes were wrong."""

    at_most_wrong: float
    """One of `LEVELS`."""
    from_confidence: float | None
    """None where no confidence is enough now."""


class Confidence(msgspec.Struct, frozen=True, kw_only=True):
    """How sure a wish says that it is, beside how far that can be believed."""

    said: float
    """0 to 1."""
    basis: str
    """How it was obtained, in the words of its maker."""
    outcomes: int
    """Outcomes of the same agent by which it is calibrated."""
    wrong: int
    """Those among them that were not as expected."""
    thresholds: tuple[Threshold, ...]
    bets: bool = True
    """Whether this very wish expects something that will be looked at."""
