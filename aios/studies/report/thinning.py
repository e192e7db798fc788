"""Thinning a series for a plot: windows keep their extremes and means, and numbers five digits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from simulators.physics.flows import Values

_REDUCE: Final = {"min": np.fmin, "max": np.fmax}
Plain = list[float | None]


def thinned(table: Mapping[str, Any], most: int, *, peaks: bool = False) -> dict[str, Any]:
    """Return a series with at most so many rows; a window of NaN stays a hole.

    Args:
        table: `series.parquet` as read: `at_ns` and columns of one length.
        most: rows; a column whose name says `min` or `max` keeps the extreme of its window, every other one
            the mean.
        peaks: whether every column keeps the highest of its window.

    >>> thin = thinned({"at_ns": np.arange(4), "import_kw": np.array([1.0, 3.0, 5.0, np.nan])}, 2)
    >>> thin["import_kw"].tolist(), thin["at_ns"].tolist()
    ([2.0, 5.0], [1, 3])
    """
    length = len(table["at_ns"])
    width = max(1, math.ceil(length / most))
    if width == 1:
        return dict(table)
    thin = {"at_ns": table["at_ns"][np.minimum(np.arange(width - 1, length + width - 1, width), length - 1)]}
    for name, values in table.items():
        if name != "at_ns":
            thin[name] = _reduced("_max_" if peaks else name, np.asarray(values, dtype=np.float64), width)
    return thin


def plain(values: Values | list[float], digits: int = 5) -> Plain:
    """Return numbers for JSON: so many digits, None for NaN.

    >>> plain(np.array([1.23456789, np.nan, 12345678.0]))
    [1.2346, None, 12346000.0]
    """
    return [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in values]


def _reduced(name: str, values: Values, width: int) -> Values:
    rows = math.ceil(len(values) / width)
    padded = np.full(rows * width, np.nan)
    padded[: len(values)] = values
    windows = padded.reshape(rows, width)
    for word, reduce in _REDUCE.items():
        if f"_{word}_" in name:
            least: Values = reduce.reduce(windows, axis=1)
            return least
    seen = np.isfinite(windows)
    count = seen.sum(axis=1)
    sums = np.where(seen, windows, 0.0).sum(axis=1)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)
