"""A file of measured weather: CSV, with where it comes from, its zone, and no long holes.

    # Station 01048 Dresden-Klotzsche, Deutscher Wetterdienst, CC BY 4.0
    time [UTC],ambient_c,global_w_m2,wind_m_s
    2016-12-01 00:00,3.1,0,4.2
    2016-12-01 01:00,2.9,0,4.0

Lines that begin with `#` say where it comes from and under which licence; at least one must. Times are those
of a file of profiles: with an offset each, or in the zone of the header. Quantities are one or more of air
temperature, degC, global irradiance on the horizontal, W/m2, and wind speed ten metres above the ground, m/s.

A straight line bridges holes (rows that are missing, empty cells, `nan`) of up to three hours, for in three
hours the air of the model moves by little more than its own noise; in a file of longer steps, up to one step.
What is bridged is counted. A longer hole is refused: nobody knows what the weather was.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.point import NANOSECONDS
from simulators.durations import HOUR_NS
from simulators.physics.flows import Values
from simulators.row_times import row_times, zone_named
from simulators.weather.measured import Series, moment

RANGES: Final = {"ambient_c": (-90.0, 60.0), "global_w_m2": (-20.0, 1600.0), "wind_m_s": (0.0, 115.0)}
"""What was ever measured on land, and the night offset of a pyranometer: what is outside has another unit."""
LONGEST_HOLE_NS: Final = 3 * HOUR_NS
_TIME: Final = re.compile(r"time(?:\s*\[\s*(?P<zone>[^\]]+?)\s*\])?")


class SeriesInvalid(ValueError):
    """A file of measured weather cannot be used; every mistake is listed."""

    def __init__(self, path: str, errors: Sequence[str]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{path}:\n" + "\n".join(f"  {error}" for error in errors))


def read_series(path: Path) -> Series:
    """Read a file of measured weather.

    Raises:
        SeriesInvalid: with every mistake by line, and every hole.
        OSError: it cannot be read.
    """
    try:
        read = _series(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as wrong:
        raise SeriesInvalid(str(path), [f"no text in UTF-8: {wrong}"]) from wrong
    if isinstance(read, tuple):
        raise SeriesInvalid(str(path), read)
    return read


@lru_cache(maxsize=4)
def _series(text: str) -> Series | tuple[str, ...]:
    """Return what a text says, or its mistakes. The runs of a study read the same text again and again."""
    lines = text.splitlines()
    origin = " ".join(line.lstrip("# ").strip() for line in lines if line.startswith("#"))
    table = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]
    errors = [] if origin else ["no line that begins with # says where it comes from"]
    head, *rows = table or [(1, "")]
    names = [cell.strip() for cell in head[1].split(",")]
    first, names = _TIME.fullmatch(names[0]), names[1:]
    if first is None or not names or len(names) > len(set(names) & set(RANGES)):
        errors.append(f"line {head[0]}: the header is time and some of {', '.join(RANGES)}, not {head[1]}")
        return tuple(errors)
    zone = zone_named(first["zone"], errors, line=head[0])
    cells = [(number, [cell.strip() for cell in next(csv.reader([line]))]) for number, line in rows]
    times = row_times([(number, row[0]) for number, row in cells], zone, errors)
    values = np.array([_numbers(number, row[1:], names, errors) for number, row in cells])
    if errors:
        return tuple(errors)
    times_ns = np.array([round(at.timestamp()) * NANOSECONDS for at in times], dtype=np.int64)
    step_ns, _ = Counter(np.diff(times_ns).tolist()).most_common(1)[0]
    whole = {name: _whole(name, times_ns, values[:, k], step_ns, errors) for k, name in enumerate(names)}
    return tuple(errors) or Series(
        origin=origin,
        times_ns=times_ns,
        values={name: column for name, (column, _) in whole.items()},
        step_ns=step_ns,
        bridged=sum(number for _, number in whole.values()),
    )


def _numbers(line: int, cells: Sequence[str], names: Sequence[str], errors: list[str]) -> list[float]:
    """Return the values of a row; NaN where there is none."""
    if len(cells) != len(names):
        errors.append(f"line {line}: {len(names)} values are wanted, not {len(cells)}")
        return [math.nan] * len(names)
    found = []
    for name, cell in zip(names, cells, strict=True):
        try:
            value = float(cell or "nan")
        except ValueError:
            errors.append(f"line {line}: {name}: {cell} is no number")
            value = math.nan
        low, high = RANGES[name]
        if not math.isnan(value) and not low <= value <= high:
            errors.append(
                f"line {line}: {name}: {value:g} is not between {low:g} and {high:g}: another unit?"
            )
        found.append(value)
    return found


def _whole(
    name: str, times_ns: NDArray[np.int64], values: Values, step_ns: int, errors: list[str]
) -> tuple[Values, int]:
    """Return a column without holes, and how many values were put in."""
    there = np.isfinite(values)
    if not there[[0, -1]].all():
        errors.append(f"{name}: the first and the last row must have a value")
        return values, 0
    known_ns = times_ns[there]
    apart_ns = np.diff(known_ns)
    errors += [
        f"{name}: nothing from {moment(int(known_ns[at]))} to {moment(int(known_ns[at + 1]))}"
        for at in np.flatnonzero(apart_ns > max(LONGEST_HOLE_NS, step_ns))
    ]
    bridged = int((np.maximum(np.round(apart_ns / step_ns), 1.0) - 1.0).sum())
    column = np.interp(times_ns, known_ns, values[there])
    return np.maximum(column, 0.0) if name == "global_w_m2" else column, bridged
