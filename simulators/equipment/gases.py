"""Gases that faults and ageing make in oil: in which proportions, and how fast.

Thermal faults make more ethylene and less ethane the hotter the metal is, hardly any acetylene below 1000
degC; discharges of low energy make hydrogen, arcs make acetylene. The proportions below are points on the
temperature scale, joined in the logarithm, in the order of W. D. Halstead's equilibrium diagram (J. Inst.
Petroleum 59 (1973)) as IEC 60599 and IEEE C57.104 print it; the numbers are ours, put in the middle of the
regions that IEC 60599, table 1, gives for each class and on their borders at 300 and 700 degC.

Rates of thermal faults rise with temperature by Arrhenius with 80 kJ/mol (ours: a factor of about 8 from 250
to 400 degC). Ageing paper gives carbon oxides for each chain that breaks: 2500 ppm CO2 and 300 ppm CO for
each scission of every chain (ours, of the size that H.-Z. Ding and Z. D. Wang give for a full life).
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

import numpy as np

from simulators.physics.flows import Values

GASES: Final = (
    "hydrogen",
    "methane",
    "ethane",
    "ethylene",
    "acetylene",
    "carbon_monoxide",
    "carbon_dioxide",
)
"""Order of all arrays of gases; ppm by volume."""
COMBUSTIBLE: Final = slice(0, 6)
_KJ: Final = 80.0
_GAS_CONSTANT: Final = 8.314462618e-3
_REFERENCE_C: Final = 300.0


class FaultClass(StrEnum):
    """What makes gas, by the names of IEC 60599; a thermal fault is T1, T2 or T3 by its temperature."""

    PD = "partial_discharge"
    D1 = "low_energy_discharge"
    D2 = "high_energy_discharge"
    THERMAL = "thermal"


_SHARES: Final = {
    FaultClass.PD: (100.0, 6.0, 2.0, 0.05, 0.005, 1.0, 0.0),
    FaultClass.D1: (100.0, 25.0, 5.0, 18.0, 60.0, 5.0, 5.0),
    FaultClass.D2: (100.0, 45.0, 8.0, 70.0, 80.0, 15.0, 10.0),
}
_HOT_C: Final = (150.0, 300.0, 700.0, 1000.0)
_HOT_SHARES: Final = (
    (20.0, 60.0, 50.0, 4.0, 0.02, 10.0, 80.0),
    (25.0, 80.0, 20.0, 20.0, 0.1, 10.0, 60.0),
    (45.0, 100.0, 25.5, 102.0, 2.0, 10.0, 40.0),
    (60.0, 100.0, 22.0, 220.0, 12.0, 10.0, 30.0),
)
_STRAY_PPM_PER_DAY: Final = np.array([0.03, 0.01, 0.015, 0.002, 0.0, 0.0, 0.0])
"""Stray gassing of sound oil at 60 degC; doubled for every 10 K."""
_SCISSION_PPM: Final = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 300.0, 2500.0])
_LOST_PER_YEAR: Final = np.array([2.0, 0.5, 0.2, 0.2, 0.2, 1.0, 0.3])
"""Share that a unit with free access of air loses in a year; light gases leave first."""
_YEAR_H: Final = 8766.0


def proportions(kind: FaultClass, hot_c: float = 0.0) -> Values:
    """Return the shares of the gases, (7,), the combustible ones summing to 1.

    Args:
        kind: class of the fault.
        hot_c: temperature of the hot metal of a thermal fault, degC; outside 150 to 1000 the nearer end.

    >>> t2 = dict(zip(GASES, proportions(FaultClass.THERMAL, 500.0)))
    >>> bool(1.0 <= t2["ethylene"] / t2["ethane"] <= 4.0)
    True
    """
    if kind is FaultClass.THERMAL:
        logs = np.log(np.array(_HOT_SHARES))
        shares = np.exp(np.array([np.interp(hot_c, _HOT_C, logs[:, gas]) for gas in range(len(GASES))]))
    else:
        shares = np.array(_SHARES[kind])
    whole: Values = shares / shares[COMBUSTIBLE].sum()
    return whole


def speed(hot_c: float) -> float:
    """Return how much faster a thermal fault makes gas at a temperature than at 300 degC.

    >>> speed(300.0)
    1.0
    """
    return math.exp(_KJ / _GAS_CONSTANT * (1.0 / (_REFERENCE_C + 273.15) - 1.0 / (hot_c + 273.15)))


def ageing_ppm(*, hours: float, scissions: float, oil_c: float) -> Values:
    """Return what sound oil and ageing paper make, (7,) ppm.

    Args:
        hours: time.
        scissions: breaks of the mean chain in that time (DP before / DP after - 1).
        oil_c: temperature of the oil.
    """
    stray: Values = _STRAY_PPM_PER_DAY * (hours / 24.0 * 2.0 ** ((oil_c - 60.0) / 10.0))
    return stray + _SCISSION_PPM * scissions


def left_after(ppm: Values, *, hours: float, air: float) -> Values:
    """Return what is left in oil that meets the air: all of it where `air` is 0."""
    left: Values = ppm * np.exp(-_LOST_PER_YEAR * air * hours / _YEAR_H)
    return left
