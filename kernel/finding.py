"""Findings and assessments: evidence about an asset, and the condition it points to."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One piece of evidence about an asset, with its limit, sensor state and age."""

    asset: str
    name: str
    """Stable short name, such as `top_oil_residual`."""
    text: str
    """One sentence for a dispatcher."""
    value: float
    unit: str
    limit: float | None
    at_ns: int
    """Time of the newest value behind it."""
    quality: int = 0
    trend: tuple[float, ...] = ()
    """Recent values, oldest first, for a sparkline."""
    trend_step_s: float = 0.0


class Assessment(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The condition of an asset, with its probability of failure and what is not known."""

    asset: str
    made_at_ns: int
    condition: str
    """One of: normal, watch, act, insufficient_data."""
    failure_per_year: float
    """Probability of failure in the coming year, 0 to 1."""
    failure_low: float
    """Lower end of its 80 % interval."""
    failure_high: float
    """Upper end of its 80 % interval."""
    findings: tuple[Finding, ...] = ()
    model: str = ""
