"""Irradiance on the ground: under a clear sky, behind clouds, and split into beam and diffuse.

Every formula has its publication beside it; the parameters (turbidity, cloudiness) are the climate's.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from simulators.weather.sun import Sun

LOWEST: Final = math.cos(math.radians(87.0))
"""Below 3 degrees over the horizon all light is diffuse: beam = (global - diffuse) / sin(elevation) is
meaningless there."""
_LEAST_UP: Final = 0.065
"""Sine of the elevation below which the clearness index is not divided further."""


class Irradiance(NamedTuple):
    """W/m2; global = diffuse + beam times the sine of the sun's elevation, exactly as it is computed."""

    global_w_m2: float
    """On the horizontal."""
    beam_w_m2: float
    """On a plane that faces the sun."""
    diffuse_w_m2: float
    """On the horizontal, from the sky without the sun."""


DARK: Final = Irradiance(0.0, 0.0, 0.0)


def clear_sky_w_m2(sun: Sun, *, turbidity: float, altitude_m: float) -> float:
    """Return the global horizontal irradiance under a clear sky, W/m2.

    Args:
        sun: where it stands.
        turbidity: Linke turbidity of the air, 2 (clean, cold) to 7 (polluted).
        altitude_m: of the place.

    Source: P. Ineichen and R. Perez, Solar Energy 73 (2002) 151-157, without the enhancement factor; air
    mass of F. Kasten and A. T. Young, Applied Optics 28 (1989) 4735-4738; pressure by altitude of the ISO
    standard atmosphere.
    """
    if sun.up <= 0.0:
        return 0.0
    elevation = math.degrees(math.asin(min(1.0, sun.up)))
    relative = 1.0 / (sun.up + 0.50572 * (elevation + 6.07995) ** -1.6364)
    absolute = relative * ((44331.514 - altitude_m) / 11880.516) ** (1.0 / 0.1902632) / 1013.25
    high, low = math.exp(-altitude_m / 8000.0), math.exp(-altitude_m / 1250.0)
    scale = 5.09e-5 * altitude_m + 0.868
    depth = (3.92e-5 * altitude_m + 0.0387) * absolute * (high + low * (turbidity - 1.0))
    return scale * sun.above_w_m2 * sun.up * math.exp(-depth)


def passed(cover: float) -> float:
    """Return the share of clear-sky irradiance that passes a cloud cover of 0 to 1.

    Source: F. Kasten and G. Czeplak, Solar Energy 24 (1980) 177-189: 1 - 0.75 N^3.4.

    >>> passed(0.0), round(passed(1.0), 2)
    (1.0, 0.25)
    """
    return float(1.0 - 0.75 * cover**3.4)


def split(global_w_m2: float, sun: Sun) -> Irradiance:
    """Split global irradiance into beam and diffuse by the clearness index.

    Source: D. G. Erbs, S. A. Klein and J. A. Duffie, Solar Energy 28 (1982) 293-302, equation 1.
    """
    if global_w_m2 <= 0.0:
        return DARK
    if sun.up < LOWEST:
        return Irradiance(global_w_m2, 0.0, global_w_m2)
    clearness = min(1.0, global_w_m2 / (sun.above_w_m2 * max(sun.up, _LEAST_UP)))
    diffuse = _diffuse_share(clearness) * global_w_m2
    return Irradiance(global_w_m2, (global_w_m2 - diffuse) / sun.up, diffuse)


def _diffuse_share(clearness: float) -> float:
    if clearness <= 0.22:
        return 1.0 - 0.09 * clearness
    if clearness > 0.80:
        return 0.165
    powers = 0.9511 - 0.1604 * clearness + 4.388 * clearness**2
    return powers - 16.638 * clearness**3 + 12.336 * clearness**4
