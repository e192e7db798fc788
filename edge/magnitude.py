"""How large a large value of a point is: the scale by which forecasts learn and are held to what came."""

from __future__ import annotations

from typing import Final

from kernel.site import Site

TEMPERATURE: Final = "degC"
TEMPERATURE_K: Final = 40.0
"""A large difference of air temperatures, K: from a frosty night to a hot day. Ours."""


def magnitude_of(site: Site, point: str) -> float:
    """Return the size of a large value of a point, in its unit: fixed for a temperature, else rated power.

    Raises:
        KeyError: its asset has no rating `power_kw`.
    """
    noun = site.point(point)
    return TEMPERATURE_K if noun.unit == TEMPERATURE else site.asset[noun.asset].rating("power_kw")


def may_be_negative(site: Site, point: str) -> bool:
    """Tell whether a point may be below zero although it never was in two weeks: a temperature may."""
    return site.point(point).unit == TEMPERATURE
