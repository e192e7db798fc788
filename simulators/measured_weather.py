"""Measured weather from a file takes the place of the model, quantity by quantity.

The file is CSV. Lines that begin with `#` say where it comes from and under which licence; at least one must.
Then a header: `at` (ISO 8601 with its offset from UTC) and one or more of `ambient_c`, `global_w_m2`,
`wind_m_s`. Values are linear between rows. Beam and diffuse light are split from the global by the same
formula as in the model.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.point import NANOSECONDS
from simulators.irradiance import split
from simulators.physics.flows import Values
from simulators.weather import Skies, Sky

QUANTITIES: Final = ("ambient_c", "global_w_m2", "wind_m_s")


class SeriesInvalid(ValueError):
    """A file of measured weather cannot be used; every mistake is listed."""


class OutsideSeries(LookupError):
    """The weather of a moment is asked for that was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredWeather:
    """Weather of which some quantities were measured."""

    origin: str
    """Where the series comes from, as its file says."""
    times_ns: NDArray[np.int64]
    """(T,) rising."""
    values: dict[str, Values]
    """(T,) by quantity, no NaN."""
    model: Skies
    """Gives what was not measured."""

    def at(self, now_ns: int) -> Sky:
        """Return the weather at a moment.

        Raises:
            OutsideSeries: it lies before the first or after the last row.
        """
        sky = self.model.at(now_ns)
        measured = {name: self._value(name, now_ns) for name in self.values}
        if "global_w_m2" in measured:
            light = split(measured["global_w_m2"], sky.sun)
            measured |= {"beam_w_m2": light.beam_w_m2, "diffuse_w_m2": light.diffuse_w_m2}
        return replace(sky, **measured)  # type: ignore[arg-type]  # all of them are floats

    def ambient_c(self, now_ns: int) -> float:
        """Return the air temperature alone, degC.

        Raises:
            OutsideSeries: as `at`.
        """
        if "ambient_c" not in self.values:
            return self.model.ambient_c(now_ns)
        return self._value("ambient_c", now_ns)

    def _value(self, name: str, now_ns: int) -> float:
        after = int(np.searchsorted(self.times_ns, now_ns, side="right"))
        if after == 0 or now_ns > int(self.times_ns[-1]):
            raise OutsideSeries(f"{name} was not measured at {now_ns} ns ({self.origin})")
        if after == len(self.times_ns):
            return float(self.values[name][-1])
        begin, end = int(self.times_ns[after - 1]), int(self.times_ns[after])
        share = (now_ns - begin) / (end - begin)
        return float((1.0 - share) * self.values[name][after - 1] + share * self.values[name][after])


def read_weather(path: Path, model: Skies) -> MeasuredWeather:
    """Read a file of measured weather.

    Raises:
        SeriesInvalid: with every mistake, by line.
        OSError: the file cannot be read.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    origin = " ".join(line.lstrip("# ").strip() for line in lines if line.startswith("#"))
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]
    header = [name.strip() for name in rows[0][1].split(",")] if rows else []
    errors = [] if origin else ["no line that begins with # says where it comes from"]
    if header[:1] != ["at"] or len(header) < 2 or set(header[1:]) - set(QUANTITIES):
        errors.append(f"the header is at and some of {', '.join(QUANTITIES)}, not {', '.join(header)}")
        raise SeriesInvalid(_listed(path, errors))
    times, values = _table(rows[1:], len(header), errors)
    if len(times) < 2 or (np.diff(times) <= 0).any():
        errors.append("fewer than two rows, or their times do not rise")
    if errors:
        raise SeriesInvalid(_listed(path, errors))
    columns = {name: np.array([row[k] for row in values]) for k, name in enumerate(header[1:])}
    return MeasuredWeather(origin=origin, times_ns=times, values=columns, model=model)


def _table(
    rows: list[tuple[int, str]], width: int, errors: list[str]
) -> tuple[NDArray[np.int64], list[list[float]]]:
    """Read the rows; add a line to the errors for each that is wrong."""
    times: list[int] = []
    values: list[list[float]] = []
    for (number, _), cells in zip(rows, csv.reader(line for _, line in rows), strict=True):
        try:
            moment = datetime.fromisoformat(cells[0].strip())
            numbers = [float(cell) for cell in cells[1:]]
            if moment.tzinfo is None or len(cells) != width or not np.isfinite(numbers).all():
                raise ValueError("no offset from UTC, a missing cell or no number")  # noqa: TRY301
        except (ValueError, IndexError) as wrong:
            errors.append(f"line {number}: {wrong}")
            continue
        times.append(round(moment.timestamp()) * NANOSECONDS)
        values.append(numbers)
    return np.array(times, dtype=np.int64), values


def _listed(path: Path, errors: list[str]) -> str:
    return f"{path}:\n" + "\n".join(f"  {error}" for error in errors)
