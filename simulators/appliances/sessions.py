"""When vehicles come to a charging station, how long they stay, what they want; seeded for each station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.noise import seed_of
from simulators.noise_arrays import Numbers, bells, uniforms
from simulators.physics.flows import Values

_DAY: Final = 24 * 60
_STATION: Final = 1 << 26
"""Numbers that one station has for its sessions: enough for a century."""
_LEAST_STAY_H: Final = 0.5
_LEAST_WANTED_KWH: Final = 1.0
_LOWEST_CHARGE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The habits of the vehicles at one kind of station. Our own round numbers, fitted to no record."""

    arrive_h: tuple[float, ...]
    """Mean hour of arrival, local time, of each vehicle that may come in a day."""
    arrive_spread_h: float
    stay_h: float
    """Mean time parked, hours; half an hour at least."""
    stay_spread_h: float
    wanted_kwh: float
    """Mean energy wanted in the battery."""
    wanted_spread_kwh: float
    weekday: float
    """Probability that one of these vehicles comes on a day from Monday to Friday."""
    weekend: float
    capacities_kwh: tuple[float, ...] = (40.0, 58.0, 77.0)
    """Batteries, equally frequent."""
    full: float = 0.5
    """Share of sessions that charge to 100 %; the others stop at 80 %."""
    utc_offset_h: float = 1.0
    """Local time minus UTC; without a change in summer."""


PATTERNS: Final = {
    "home": Pattern(
        arrive_h=(17.8,), arrive_spread_h=1.8, stay_h=13.0, stay_spread_h=2.0,
        wanted_kwh=12.0, wanted_spread_kwh=6.0, weekday=0.75, weekend=0.5,
    ),
    "work": Pattern(
        arrive_h=(7.8,), arrive_spread_h=0.8, stay_h=8.5, stay_spread_h=1.0,
        wanted_kwh=14.0, wanted_spread_kwh=6.0, weekday=0.7, weekend=0.03,
    ),
    "public": Pattern(
        arrive_h=(9.0, 12.0, 15.0, 18.5), arrive_spread_h=1.0, stay_h=2.0, stay_spread_h=0.7,
        wanted_kwh=16.0, wanted_spread_kwh=8.0, weekday=0.35, weekend=0.4,
    ),
}  # fmt: skip
"""By kind of station."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comers:
    """The M vehicles that come in one minute."""

    stations: Numbers
    """(M,) rows."""
    leaves: Numbers
    """(M,) first minute since 1970 UTC at which they are gone."""
    wanted_kwh: Values
    charge: Values
    """(M,) state of charge at arrival, 0 to 1."""
    capacity_kwh: Values


class Arrivals:
    """All sessions of N stations, one day at a time."""

    def __init__(self, pattern: Pattern, *, count: int, seed: int, first: int = 0) -> None:
        self._pattern = pattern
        self._stations = np.arange(first, first + count, dtype=np.int64)
        self._seed = seed
        self._day: int | None = None
        self._minutes: Numbers = np.zeros(0, dtype=np.int64)
        self._offset = round(pattern.utc_offset_h * 60)

    def at(self, minute: int) -> Comers | None:
        """Return the vehicles that come in a minute since 1970 UTC; None where none does."""
        day, of_day = divmod(minute + self._offset, _DAY)
        if day != self._day:
            self._day, self._minutes = day, self._drawn_minutes(day)
        rows, slots = np.nonzero(self._minutes == of_day)
        return self._comers(day, rows, slots, minute) if len(rows) else None

    def _numbers(self, day: int, slots: Numbers, rows: Numbers) -> Numbers:
        numbers: Numbers = self._stations[rows] * _STATION + day * len(self._pattern.arrive_h) + slots
        return numbers

    def _drawn_minutes(self, day: int) -> Numbers:
        """The minute of the day at which each vehicle comes, (N, K); -1 where it does not."""
        pattern, slots = self._pattern, len(self._pattern.arrive_h)
        rows = np.repeat(np.arange(len(self._stations)), slots)
        numbers = self._numbers(day, np.tile(np.arange(slots), len(self._stations)), rows)
        likely = pattern.weekend if (day + 3) % 7 >= 5 else pattern.weekday  # 1970-01-01 was a Thursday
        comes = uniforms(seed_of(self._seed, "comes"), numbers) < likely
        hours = np.tile(np.array(pattern.arrive_h), len(self._stations))
        hours = hours + pattern.arrive_spread_h * bells(seed_of(self._seed, "arrives"), numbers)
        minutes = np.clip(np.round(hours * 60.0), 0, _DAY - 1).astype(np.int64)
        drawn: Numbers = np.where(comes, minutes, -1).reshape(len(self._stations), slots)
        return drawn

    def _comers(self, day: int, rows: Numbers, slots: Numbers, minute: int) -> Comers:
        pattern, numbers = self._pattern, self._numbers(day, slots, rows)
        stay = pattern.stay_h + pattern.stay_spread_h * bells(seed_of(self._seed, "stays"), numbers)
        wants = pattern.wanted_kwh + pattern.wanted_spread_kwh * bells(seed_of(self._seed, "wants"), numbers)
        kinds = np.array(pattern.capacities_kwh)
        capacity = kinds[(uniforms(seed_of(self._seed, "battery"), numbers) * len(kinds)).astype(np.int64)]
        target = np.where(uniforms(seed_of(self._seed, "target"), numbers) < pattern.full, 1.0, 0.8)
        wanted = np.clip(wants, _LEAST_WANTED_KWH, (target - _LOWEST_CHARGE) * capacity)
        return Comers(
            stations=rows,
            leaves=minute + np.round(np.maximum(stay, _LEAST_STAY_H) * 60.0).astype(np.int64),
            wanted_kwh=wanted,
            charge=target - wanted / capacity,
            capacity_kwh=capacity,
        )
