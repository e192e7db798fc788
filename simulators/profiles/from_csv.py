"""Measured profiles from a CSV file: units in the header, time with its zone, gaps told, never filled.

    time [Europe/Berlin],village [kW],roof [1]
    2024-01-01 00:00,412.5,0.0
    2024-01-01 00:15,398.0,0.0

A time with an offset (`2024-01-01T00:00:00Z`) needs no zone in the header. Values are kept in kW or per unit:
what follows a profile in kW has a peak of 1. Rows are evenly spaced; after the last one the set begins again.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulators.profiles.load import NS, Profiles
from simulators.profiles.stored import profile_set
from simulators.row_times import row_times, zone_named

UNITS: Final = {"1": 1.0, "%": 0.01, "kW": 1.0, "kvar": 1.0, "W": 1e-3, "MW": 1e3, "degC": 1.0}
"""What a header may say, and what it is multiplied with."""
_HEADER: Final = re.compile(r"^\s*(?P<name>[^\[\]]+?)\s*(\[\s*(?P<unit>[^\]]+?)\s*\])?\s*$")


class ProfilesInvalid(ValueError):
    """A file of profiles cannot be used; every error and every gap is listed."""

    def __init__(self, path: str, errors: Sequence[str]) -> None:
        self.path = path
        self.errors = tuple(errors)
        super().__init__(f"{path}: {len(errors)} errors\n" + "\n".join(f"  {error}" for error in errors))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Rows that are missing, or cells without a value."""

    name: str
    """Of the profile."""
    first: datetime
    """UTC."""
    count: int
    """Rows in a row."""

    def __str__(self) -> str:
        return f"{self.name}: {self.count} values missing from {self.first.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Profiles of a file, and the gaps in it that were bridged because somebody wanted it so."""

    profiles: Profiles
    bridged: tuple[Gap, ...] = ()


def read_csv(path: Path, *, bridge_s: float = 0.0) -> Measured:
    """Read profiles.

    Args:
        path: of the file.
        bridge_s: gaps up to this length are bridged by a straight line, and told; a longer one is an error.

    Raises:
        ProfilesInvalid: with every error and gap.
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = list(csv.reader(stream)) or [[]]
    errors: list[str] = []
    columns, zone = _columns(header, errors)
    firsts = [(line, row[0] if row else "") for line, row in enumerate(rows, start=2)]
    times = row_times(firsts, zone, errors)
    if errors:
        raise ProfilesInvalid(str(path), errors)
    step_s = _step(times, errors)
    if errors:
        raise ProfilesInvalid(str(path), errors)
    values = _grid(rows, times, columns, step_s, errors)
    gaps = [gap for at, (name, _) in enumerate(columns) for gap in _gaps(name, values[at], times[0], step_s)]
    errors += [str(gap) for gap in gaps if gap.count * step_s > bridge_s]
    if errors:
        raise ProfilesInvalid(str(path), errors)
    for row in values:
        _bridge(row)
    start_ns = round(times[0].timestamp()) * NS
    names = tuple(name for name, _ in columns)
    return Measured(
        profiles=profile_set(names, values, start_ns=start_ns, step_s=step_s), bridged=tuple(gaps)
    )


def _columns(header: Sequence[str], errors: list[str]) -> tuple[list[tuple[str, float]], ZoneInfo | None]:
    """Return names and factors of the profiles, and the zone of the time column."""
    found = [_HEADER.match(cell) for cell in header]
    heads = [(one["name"], one["unit"]) if one else ("", None) for one in found]
    if not heads or heads[0][0] != "time" or len(heads) < 2:
        errors.append(
            "line 1: the first column is time, a profile follows: time [Europe/Berlin],village [kW]"
        )
        return [], None
    zone = zone_named(heads[0][1], errors)
    for name, unit in heads[1:]:
        if unit not in UNITS:
            errors.append(f"line 1: {name or 'a column'} says no unit of {', '.join(UNITS)}")
    for name, count in Counter(name for name, _ in heads[1:]).items():
        if count > 1:
            errors.append(f"line 1: {name} stands {count} times")
    return [(name, UNITS.get(unit or "", 1.0)) for name, unit in heads[1:]], zone


def _step(times: Sequence[datetime], errors: list[str]) -> int:
    """Return the step in seconds; every row must stand on its grid."""
    apart = [round((b - a).total_seconds()) for a, b in pairwise(times)]
    (step_s, _), *_ = Counter(apart).most_common(1)
    errors += [
        f"{at.isoformat()} is not on the grid of {step_s} s"
        for at, gone in zip(times[1:], apart, strict=True)
        if gone % step_s
    ]
    return step_s


def _grid(
    rows: Sequence[Sequence[str]],
    times: Sequence[datetime],
    columns: Sequence[tuple[str, float]],
    step_s: int,
    errors: list[str],
) -> NDArray[np.float64]:
    """Return the values on an even grid, (S, T); NaN where there is none."""
    count = round((times[-1] - times[0]).total_seconds()) // step_s + 1
    values = np.full((len(columns), count), np.nan)
    for line, (row, moment) in enumerate(zip(rows, times, strict=True), start=2):
        at = round((moment - times[0]).total_seconds()) // step_s
        for column, (name, factor) in enumerate(columns):
            text = row[column + 1].strip() if column + 1 < len(row) else ""
            if not text:
                continue
            try:
                values[column, at] = float(text) * factor
            except ValueError:
                errors.append(f"line {line}: {name}: {text} is no number")
    return values


def _gaps(name: str, values: NDArray[np.float64], start: datetime, step_s: int) -> list[Gap]:
    missing = np.concatenate([[False], ~np.isfinite(values), [False]])
    edges = np.flatnonzero(np.diff(missing.astype(np.int8)))
    return [
        Gap(name=name, first=start + timedelta(seconds=int(first) * step_s), count=int(last - first))
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]


def _bridge(values: NDArray[np.float64]) -> None:
    there = np.isfinite(values)
    if not there.all():
        at = np.arange(len(values))
        values[~there] = np.interp(at[~there], at[there], values[there])
