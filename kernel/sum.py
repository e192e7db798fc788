"""Weighted sums of set-points: what stands behind one transformer is bounded and wished for like a point."""

from __future__ import annotations

import msgspec


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """A weighted sum of set-points of one site.

    Invariants: weights are finite and not 0; the sums of a site are nested or disjoint.
    """

    name: str
    """Unlike the name of any point; proposals use it as they use a point's."""
    unit: str
    terms: tuple[tuple[str, float], ...]
    """Set-points with their weights."""
    low: float | None = None
    """Lowest value the envelope admits; None where nothing is declared."""
    high: float | None = None
    """Highest value the envelope admits; None where nothing is declared."""
    asset: str = ""
    """Asset whose rating bounds the sum as well; empty where none does."""
    title: str = ""
