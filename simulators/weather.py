"""Ambient temperature as a declared model: no measured temperatures ship with the project.

Temperature = yearly mean + season + time of day + seeded first-order autoregressive weather. The parameters
are round numbers for a lowland site in central Europe, chosen by us, not fitted to any record. The model says
nothing about wind, sun or rain, and its weather does not know the measured loads of the same day.

The autoregressive part x[k] = phi x[k-1] + s e[k] stands on knots six hours apart and is linear between them.
Its innovations e[k] are hashed from seed and k, and the sum over the past is cut where phi^j falls below
0.1 %: so any instant can be asked for directly, in any order, with the same answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from simulators.noise import normal, seed_of

_DAY_NS: Final = 86_400 * 1_000_000_000
_KNOT_NS: Final = _DAY_NS // 4
_YEAR_DAYS: Final = 365.2425
_PAST: Final = 43
"""Innovations that are summed: 0.85 ** 43 < 0.001."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """The parameters of the model; temperatures in degC, differences in K."""

    mean_c: float = 9.5
    """Yearly mean."""
    season_k: float = 9.0
    """Amplitude over the year."""
    coldest_day: float = 19.0
    """Day of the year (0 is 1 January) with the lowest mean."""
    day_winter_k: float = 2.5
    """Amplitude over the day on the coldest day of the year."""
    day_summer_k: float = 6.0
    """Amplitude over the day half a year later."""
    warmest_h: float = 14.0
    """Hour (UTC) with the highest temperature; 14 UTC is 15 h local winter time at the demo's site."""
    weather_k: float = 3.5
    """Standard deviation of the autoregressive part."""
    phi: float = 0.85
    """Its correlation from one six-hour knot to the next."""


CENTRAL_EUROPE: Final = Climate()
"""The lowland site whose parameters are the defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """The weather at one moment."""

    ambient_c: float
    """Air temperature in the shade, degC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Ambient temperature at any time."""

    seed: int
    climate: Climate = Climate()

    def at(self, now_ns: int) -> Sky:
        """Return the weather at a moment, nanoseconds since 1970 UTC."""
        return Sky(ambient_c=self.ambient_c(now_ns))

    def ambient_c(self, now_ns: int) -> float:
        """Return the ambient temperature, degC.

        Args:
            now_ns: nanoseconds since 1970 UTC; any time, in any order.

        >>> Weather(seed=1).ambient_c(0) == Weather(seed=1).ambient_c(0)
        True
        """
        climate = self.climate
        days = now_ns / _DAY_NS
        season = -math.cos(2.0 * math.pi * (_day_of_year(now_ns) - climate.coldest_day) / _YEAR_DAYS)
        swing = 0.5 * (climate.day_winter_k * (1.0 - season) + climate.day_summer_k * (1.0 + season))
        day = math.cos(2.0 * math.pi * (days - climate.warmest_h / 24.0))
        return climate.mean_c + climate.season_k * season + swing * day + self._weather_k(now_ns)

    def _weather_k(self, now_ns: int) -> float:
        knot, rest_ns = divmod(now_ns, _KNOT_NS)
        share = rest_ns / _KNOT_NS
        seed = seed_of(self.seed, "weather")
        before, after = _knot(seed, self.climate.phi, knot), _knot(seed, self.climate.phi, knot + 1)
        return self.climate.weather_k * ((1.0 - share) * before + share * after)


@lru_cache(maxsize=64)
def _knot(seed: int, phi: float, knot: int) -> float:
    """The autoregressive process at one knot, standard deviation 1."""
    total = 0.0
    for past in range(_PAST, -1, -1):
        total = phi * total + normal(seed, knot - past)
    return math.sqrt(1.0 - phi * phi) * total


def _day_of_year(now_ns: int) -> float:
    seconds = now_ns // 1_000_000_000
    start = datetime(datetime.fromtimestamp(seconds, UTC).year, 1, 1, tzinfo=UTC).timestamp()
    return (seconds - start) / 86_400.0
