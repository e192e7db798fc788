"""Water between paper and oil: nearly all of it is in the paper, what a monitor sees is in the oil.

    p_v(w, T) from  w = 2.173e-7 p_v^0.6685 exp(4725.6 / T)    paper in equilibrium with vapour
    saturation of the oil = p_v / p_sat(T)
    water in the oil = saturation x 10^(7.09 - 1567 / T)        ppm by mass

The oil follows the equilibrium of the paper at the oil's temperature with a time constant of days, quicker
when hot.

Sources: J. J. Fessler, W. J. McNutt, T. O. Rouse, Bubble formation in transformers, EPRI EL-5384 (1987),
w as a fraction, p_v in atm, T in K; solubility for new mineral oil after T. V. Oommen (1983), as in IEC
60422; both cited from memory. Saturated vapour: Magnus formula, WMO guide 8. The time constant is ours.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

_FESSLER: Final = 2.173e-7
_PASCAL_PER_ATM: Final = 101_325.0
_DAYS_AT_60_C: Final = 5.0
"""Time constant between paper and oil at 60 degC, days; halved for every 10 K more."""


class Wet(NamedTuple):
    """Water in one unit."""

    paper_percent: float
    """%, of the mass of the paper."""
    oil_ppm: float
    """By mass."""


def equilibrium_ppm(paper_percent: float, oil_c: float) -> float:
    """Return the water in the oil that is in equilibrium with the paper, ppm by mass.

    >>> equilibrium_ppm(2.0, 70.0) > equilibrium_ppm(2.0, 40.0) > equilibrium_ppm(1.0, 40.0)
    True
    """
    kelvin = oil_c + 273.15
    atm = math.pow(paper_percent / 100.0 / (_FESSLER * math.exp(4725.6 / kelvin)), 1.0 / 0.6685)
    return min(1.0, atm * _PASCAL_PER_ATM / _saturated_pa(oil_c)) * soluble_ppm(oil_c)


def soluble_ppm(oil_c: float) -> float:
    """Return the most water that mineral oil dissolves, ppm by mass."""
    return float(10.0 ** (7.09 - 1567.0 / (oil_c + 273.15)))


def wet_after(wet: Wet, hours: float, *, oil_c: float) -> Wet:
    """Return the water after some time at one temperature of the oil.

    What the oil takes from the paper is too little to change the paper: a tonne of paper at 2 % holds 20 kg,
    ten tonnes of oil at 20 ppm hold 0.2 kg.
    """
    days = _DAYS_AT_60_C * 2.0 ** ((60.0 - oil_c) / 10.0)
    share = -math.expm1(-hours / (24.0 * days))
    return wet._replace(
        oil_ppm=wet.oil_ppm + (equilibrium_ppm(wet.paper_percent, oil_c) - wet.oil_ppm) * share
    )


def _saturated_pa(celsius: float) -> float:
    return 611.2 * math.exp(17.62 * celsius / (243.12 + celsius))
