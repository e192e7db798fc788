"""Figures that are watched over time."""

from __future__ import annotations

import msgspec


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One figure of a metric, in the manner of Prometheus: base units, labels as texts."""

    name: str
    value: float
    labels: dict[str, str] = {}


class Metrics(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All figures that are watched over time, as they stand."""

    samples: tuple[Sample, ...]
