"""Where the sun stands, and how much of it would reach the ground under a clear sky.

Position: low-precision formulas of the Astronomical Almanac as in J. J. Michalsky, The Astronomical
Almanac's algorithm for approximate solar position, Solar Energy 40 (1988) 227-235: good to 0.01 degrees
from 1950 to 2050, refraction left out. Distance: J. W. Spencer, Fourier series representation of the
position of the sun, Search 2 (1971) 172.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

_J2000_S: Final = 946_728_000.0
"""2000-01-01 12:00 UTC, seconds since 1970."""
_DAY_S: Final = 86_400.0
SOLAR_CONSTANT_W_M2: Final = 1366.1
"""Extraterrestrial irradiance at the mean distance. Source: ASTM E490."""


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a site lies; the default is a lowland place in central Europe."""

    latitude: float = 51.5
    """Degrees, north positive."""
    longitude: float = 10.0
    """Degrees, east positive."""
    altitude_m: float = 100.0


class Sun(NamedTuple):
    """The direction to the sun as a unit vector at the place, and the irradiance above the air."""

    east: float
    north: float
    up: float
    """Sine of the elevation, cosine of the zenith angle; negative at night."""
    above_w_m2: float
    """Extraterrestrial irradiance on a plane that faces the sun, W/m2."""

    @property
    def elevation(self) -> float:
        """Angle over the horizon, degrees, without refraction."""
        return math.degrees(math.asin(max(-1.0, min(1.0, self.up))))

    @property
    def azimuth(self) -> float:
        """Degrees from north over east, 0 to 360."""
        return math.degrees(math.atan2(self.east, self.north)) % 360.0


def sun_at(now_ns: int, place: Place) -> Sun:
    """Return where the sun stands.

    Args:
        now_ns: nanoseconds since 1970 UTC.
        place: the observer.

    >>> noon = sun_at(1_466_510_400 * 10**9, Place(latitude=51.5, longitude=0.0))  # 2016-06-21 12:00 UTC
    >>> round(noon.elevation, 1), round(noon.azimuth)
    (61.9, 179)
    """
    days = (now_ns * 1e-9 - _J2000_S) / _DAY_S
    mean_longitude = 280.460 + 0.9856474 * days
    anomaly = math.radians(357.528 + 0.9856003 * days)
    ecliptic = math.radians(mean_longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly))
    tilt = math.radians(23.439 - 0.0000004 * days)
    right_ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    sin_declination = math.sin(tilt) * math.sin(ecliptic)
    cos_declination = math.sqrt(1.0 - sin_declination**2)
    hour_angle = math.radians(280.46062 + 360.98564737 * days + place.longitude) - right_ascension
    sin_latitude, cos_latitude = (f(math.radians(place.latitude)) for f in (math.sin, math.cos))
    towards = cos_declination * math.cos(hour_angle)
    return Sun(
        east=-cos_declination * math.sin(hour_angle),
        north=sin_declination * cos_latitude - towards * sin_latitude,
        up=sin_declination * sin_latitude + towards * cos_latitude,
        above_w_m2=above_air_w_m2(now_ns),
    )


def above_air_w_m2(now_ns: int) -> float:
    """Return the irradiance above the air on a plane that faces the sun, W/m2.

    Source: Spencer 1971, as quoted above.
    """
    day = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC).timetuple().tm_yday
    angle = 2.0 * math.pi * (day - 1) / 365.0
    nearness = (
        1.00011
        + 0.034221 * math.cos(angle)
        + 0.00128 * math.sin(angle)
        + 0.000719 * math.cos(2.0 * angle)
        + 0.000077 * math.sin(2.0 * angle)
    )
    return SOLAR_CONSTANT_W_M2 * nearness
