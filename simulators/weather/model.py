"""Weather as a declared model: temperature, irradiance and wind; no measured weather ships with the project.

Temperature = yearly mean + season + time of day + seeded first-order autoregressive weather. The parameters
are round numbers for a lowland site in central Europe, chosen by us, not fitted to any record. Its weather
does not know the measured loads of the same day.

Irradiance = clear sky (`irradiance.py`) times what clouds let through. Cloud cover is a normal
process with a memory of hours, pressed into 0 to 1; under broken clouds irradiance flickers from one five
minutes to the next. Wind speed is a normal process with a memory of hours, mapped to a Weibull distribution.
Temperature, clouds and wind are independent of each other: a clear winter night is not colder here than a
cloudy one.

The autoregressive part x[k] = phi x[k-1] + s e[k] stands on knots six hours apart and is linear between them.
Its innovations e[k] are hashed from seed and k, and the sum over the past is cut where phi^j falls below
0.1 %: so any instant can be asked for directly, in any order, with the same answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import msgspec

from simulators.durations import DAY_NS, HOUR_NS
from simulators.noise import normal, seed_of
from simulators.weather.irradiance import clear_sky_w_m2, passed, split
from simulators.weather.sky import Sky
from simulators.weather.sun import Place, Sun, sun_at
from simulators.weather.wander import Wander

_KNOT_NS: Final = DAY_NS // 4
_FLICKER_NS: Final = HOUR_NS // 12
_YEAR_DAYS: Final = 365.2425
_NORMAL: Final = NormalDist()
_PAST: Final = 43
"""Innovations that are summed: 0.85 ** 43 < 0.001."""


class Climate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    turbidity: float = 3.5
    """Linke turbidity of the air."""
    cover: float = 0.65
    """Mean cloud cover, 0 to 1, exclusive."""
    cover_spread: float = 1.6
    """Standard deviation behind the cover; above 1 most hours are either clear or overcast."""
    cover_phi: float = 0.93
    """Correlation of clouds from one hour to the next."""
    flicker: float = 0.3
    """Standard deviation of irradiance within five minutes under broken clouds, as a share of clear sky."""
    wind_m_s: float = 4.0
    """Mean wind speed ten metres above the ground, m/s."""
    wind_season: float = 0.15
    """Amplitude of the mean over the year, as a share; most on the coldest day."""
    wind_shape: float = 2.0
    """Shape of the Weibull distribution of wind speed; 2 is Rayleigh's."""
    wind_phi: float = 0.95
    """Correlation of wind from one hour to the next."""


_HERE: Final = Place()


CENTRAL_EUROPE: Final = Climate()
"""The lowland site whose parameters are the defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The modelled weather at any time."""

    seed: int
    climate: Climate = CENTRAL_EUROPE
    place: Place = _HERE

    def at(self, now_ns: int) -> Sky:
        """Return the weather at a moment, nanoseconds since 1970 UTC."""
        return _sky(self, now_ns)

    def cover(self, now_ns: int) -> float:
        """Return the cloud cover, 0 to 1; its mean over the years is that of the climate."""
        climate = self.climate
        wander = Wander(seed=seed_of(self.seed, "clouds"), step_ns=HOUR_NS, phi=climate.cover_phi)
        middle = _NORMAL.inv_cdf(climate.cover) * math.hypot(1.0, climate.cover_spread)
        return _below(middle + climate.cover_spread * wander.at(now_ns))

    def global_w_m2(self, now_ns: int, sun: Sun) -> float:
        """Return the global irradiance on the horizontal, W/m2; 0 while the sun is down."""
        if sun.up <= 0.0:
            return 0.0
        climate, cover = self.climate, self.cover(now_ns)
        flicker = Wander(seed=seed_of(self.seed, "flicker"), step_ns=_FLICKER_NS, phi=0.4).at(now_ns)
        share = passed(cover) + climate.flicker * 4.0 * cover * (1.0 - cover) * flicker
        clear = clear_sky_w_m2(sun, turbidity=climate.turbidity, altitude_m=self.place.altitude_m)
        return clear * min(1.1, max(0.1, share))

    def wind_m_s(self, now_ns: int) -> float:
        """Return the wind speed ten metres above the ground, m/s."""
        climate = self.climate
        wander = Wander(seed=seed_of(self.seed, "wind"), step_ns=HOUR_NS, phi=climate.wind_phi)
        calmer = max(1.0 - _below(wander.at(now_ns)), 1e-12)
        season = math.cos(2.0 * math.pi * (_day_of_year(now_ns) - climate.coldest_day) / _YEAR_DAYS)
        scale = climate.wind_m_s * (1.0 + climate.wind_season * season)
        shape = 1.0 / climate.wind_shape
        return float(scale / math.gamma(1.0 + shape) * (-math.log(calmer)) ** shape)

    def ambient_c(self, now_ns: int) -> float:
        """Return the ambient temperature, degC.

        Args:
            now_ns: nanoseconds since 1970 UTC; any time, in any order.

        >>> Weather(seed=1).ambient_c(0) == Weather(seed=1).ambient_c(0)
        True
        """
        climate = self.climate
        days = now_ns / DAY_NS
        season = -math.cos(2.0 * math.pi * (_day_of_year(now_ns) - climate.coldest_day) / _YEAR_DAYS)
        swing = 0.5 * (climate.day_winter_k * (1.0 - season) + climate.day_summer_k * (1.0 + season))
        day = math.cos(2.0 * math.pi * (days - climate.warmest_h / 24.0))
        return climate.mean_c + climate.season_k * season + swing * day + self._weather_k(now_ns)

    def _weather_k(self, now_ns: int) -> float:
        knot, rest_ns = divmod(now_ns, _KNOT_NS)
        share = rest_ns / _KNOT_NS
        seed = _seed_of_temperature(self.seed)
        before, after = _knot(seed, self.climate.phi, knot), _knot(seed, self.climate.phi, knot + 1)
        return self.climate.weather_k * ((1.0 - share) * before + share * after)


@lru_cache(maxsize=16)
def _sky(weather: Weather, now_ns: int) -> Sky:
    """The whole sky; several parts ask for the same moment."""
    sun = sun_at(now_ns, weather.place)
    light = split(weather.global_w_m2(now_ns, sun), sun)
    return Sky(
        ambient_c=weather.ambient_c(now_ns),
        global_w_m2=light.global_w_m2,
        beam_w_m2=light.beam_w_m2,
        diffuse_w_m2=light.diffuse_w_m2,
        wind_m_s=weather.wind_m_s(now_ns),
        sun=sun,
    )


def _below(normal_value: float) -> float:
    """The share of a standard normal distribution that lies below a value."""
    return 0.5 * math.erfc(-normal_value / math.sqrt(2.0))


@lru_cache(maxsize=16)
def _seed_of_temperature(seed: int) -> int:
    return seed_of(seed, "weather")


@lru_cache(maxsize=64)
def _knot(seed: int, phi: float, knot: int) -> float:
    """The autoregressive process at one knot, standard deviation 1."""
    total = 0.0
    for past in range(_PAST, -1, -1):
        total = phi * total + normal(seed, knot - past)
    return math.sqrt(1.0 - phi * phi) * total


def _day_of_year(now_ns: int) -> float:
    seconds = now_ns // 1_000_000_000
    return (seconds - _year_begin_s(seconds // 86_400)) / 86_400.0


@lru_cache(maxsize=16)
def _year_begin_s(day: int) -> float:
    """The begin of the year in which a day lies that is counted from 1970, UTC."""
    year = datetime.fromtimestamp(86_400 * day, UTC).year
    return datetime(year, 1, 1, tzinfo=UTC).timestamp()
