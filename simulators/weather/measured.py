"""Measured weather takes the place of the model, quantity by quantity.

Values are linear between the rows of a file (simulators/weather/file.py); the last one stands for one more
step of it. Beam and diffuse light are split from the global by the same formula as in the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from kernel.point import NANOSECONDS
from simulators.physics.flows import Values
from simulators.weather.irradiance import split
from simulators.weather.sky import Skies, Sky


class OutsideSeries(LookupError):
    """The weather of a moment is asked for that was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """What a file says."""

    origin: str
    """Where it comes from, as its file says."""
    times_ns: NDArray[np.int64]
    """(T,) rising, nanoseconds since 1970 UTC."""
    values: dict[str, Values]
    """(T,) by quantity, no NaN."""
    step_ns: int
    """The distance of most of its rows."""
    bridged: int = 0
    """Values that a straight line put in, rows that are missing included."""

    @property
    def begin_ns(self) -> int:
        """The first moment that it knows."""
        return int(self.times_ns[0])

    @property
    def end_ns(self) -> int:
        """The last moment that it knows: its last value stands for one step."""
        return int(self.times_ns[-1]) + self.step_ns

    def at(self, name: str, now_ns: int) -> float:
        """Return a quantity at a moment.

        Raises:
            OutsideSeries: the moment lies before the first row, or more than a step after the last.
        """
        if not self.begin_ns <= now_ns <= self.end_ns:
            raise OutsideSeries(f"{name} was not measured at {moment(now_ns)} ({self.origin})")
        after = int(np.searchsorted(self.times_ns, now_ns, side="right"))
        if after == len(self.times_ns):
            return float(self.values[name][-1])
        begin, end = int(self.times_ns[after - 1]), int(self.times_ns[after])
        share = (now_ns - begin) / (end - begin)
        return float((1.0 - share) * self.values[name][after - 1] + share * self.values[name][after])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredWeather:
    """Weather of which some quantities were measured."""

    series: Series
    model: Skies
    """Gives what was not measured, and where the sun stands."""
    modelled_outside: bool = False
    """Whether the model gives what the file does not cover; else that is refused."""

    def at(self, now_ns: int) -> Sky:
        """Return the weather at a moment.

        Raises:
            OutsideSeries: the file does not have it.
        """
        sky, series = self.model.at(now_ns), self.series
        if self._is_modelled(now_ns):
            return sky
        measured = {name: series.at(name, now_ns) for name in series.values}
        if "global_w_m2" in measured:
            light = split(measured["global_w_m2"], sky.sun)
            measured |= {"beam_w_m2": light.beam_w_m2, "diffuse_w_m2": light.diffuse_w_m2}
        return replace(sky, **measured)  # type: ignore[arg-type]  # all of them are floats

    def ambient_c(self, now_ns: int) -> float:
        """Return the air temperature alone, degC.

        Raises:
            OutsideSeries: as `at`.
        """
        if "ambient_c" not in self.series.values or self._is_modelled(now_ns):
            return self.model.ambient_c(now_ns)
        return self.series.at("ambient_c", now_ns)

    def _is_modelled(self, now_ns: int) -> bool:
        return self.modelled_outside and not self.series.begin_ns <= now_ns <= self.series.end_ns


def moment(at_ns: int) -> str:
    """Return a moment for people.

    >>> moment(0)
    '1970-01-01T00:00Z'
    """
    return f"{datetime.fromtimestamp(at_ns // NANOSECONDS, UTC):%Y-%m-%dT%H:%M}Z"
