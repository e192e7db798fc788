"""Ageing of the winding's paper: how many hours of life an hour costs.

Source: IEC 60076-7 (2018), relative ageing rate V for kraft paper (98 degC is 1) and for thermally upgraded
paper (110 degC is 1). The upgraded form takes the hot-spot in K and 15000 K for the activation energy over R.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np

from edge.maintenance.thermal import Array, Number

NORMAL_LIFE_H: Final = 180_000.0
"""Insulation life at the rated hot-spot, hours; 20.5 years.

Source: IEC 60076-7 and IEEE C57.91 (residual degree of polymerisation 200), from memory: paid texts not read.
"""


class Paper(StrEnum):
    """Insulation of the winding."""

    KRAFT = "kraft"
    UPGRADED = "upgraded"


def ageing_rate(hot_spot_c: Number, paper: Paper = Paper.KRAFT) -> Number:
    """Return the relative ageing rate for a hot-spot in degC; 1 is the rated rate.

    >>> ageing_rate(98.0), ageing_rate(104.0), ageing_rate(110.0, Paper.UPGRADED)
    (1.0, 2.0, 1.0)
    """
    rate: Number
    if paper is Paper.KRAFT:
        rate = 2.0 ** ((hot_spot_c - 98.0) / 6.0)
    else:
        rate = np.e ** (15000.0 / 383.0 - 15000.0 / (hot_spot_c + 273.0))
    return rate


def loss_of_life_h(hot_spot_c: Array, *, dt_h: float, paper: Paper = Paper.KRAFT) -> Array:
    """Return the insulation life consumed over T steps, hours.

    Args:
        hot_spot_c: (T,) or (T, N), degrees Celsius.
        dt_h: length of a step, hours.
        paper: kind of insulation.

    Returns:
        Scalar array or (N,), hours of life.

    >>> float(loss_of_life_h(np.array([98.0, 104.0]), dt_h=1.0))
    3.0
    """
    return np.asarray(ageing_rate(hot_spot_c, paper).sum(axis=0) * dt_h)
