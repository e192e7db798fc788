"""Ageing of paper insulation by chain scission: the degree of polymerisation (DP) falls from 1000 to 200.

    1 / DP(t) - 1 / DP(0) = integral of A exp(-Ea / (R T)) dt
    k = (1 - o) k_hydrolysis(water) + o k_oxidation

The gateway's model is another one (a doubling every 6 K, without water or air); this is what the world does.
o is the share of the air that gets in: 0 for a sealed unit, 1 for one that breathes freely. A is interpolated
in ln A over the water content, and goes on beyond the last point with the same slope.

Source of the constants: IEC 60076-7:2018, annex A, table A.2 (from L. E. Lundgaard et al., Aging of oil-
impregnated paper in power transformers, IEEE Trans. Power Delivery 19 (2004)), cited from memory: Ea in
kJ/mol, A in 1/h at 0.5, 1.5 and 3.5 % of water. End of life at DP 200. The blend by o is ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

_GAS_CONSTANT: Final = 8.314462618e-3
"""kJ/(mol K)."""
NEW_DP: Final = 1000.0
END_DP: Final = 200.0
"""Paper that breaks in a through fault."""
_WATER: Final = (0.5, 1.5, 3.5)
"""%, of the mass of the paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperKind:
    """Constants of one kind of paper."""

    hydrolysis_kj: float
    """Activation energy without air, kJ/mol."""
    hydrolysis_per_h: tuple[float, float, float]
    """A without air at 0.5, 1.5 and 3.5 % of water, 1/h."""
    oxidation_kj: float
    oxidation_per_h: float


KRAFT: Final = PaperKind(
    hydrolysis_kj=128.0,
    hydrolysis_per_h=(4.1e10, 1.5e11, 4.5e11),
    oxidation_kj=89.0,
    oxidation_per_h=4.6e5,
)
UPGRADED: Final = PaperKind(
    hydrolysis_kj=86.0, hydrolysis_per_h=(1.6e4, 3.0e4, 6.1e4), oxidation_kj=82.0, oxidation_per_h=3.2e4
)
"""Thermally upgraded kraft."""


def scission_per_h(kind: PaperKind, *, hot_c: float, water_percent: float, air: float) -> float:
    """Return the rate k at which 1/DP grows, 1/h.

    Args:
        kind: of the paper.
        hot_c: temperature of the paper, degC.
        water_percent: in the paper, %, of its mass; below 0.5 counts as 0.5.
        air: share of air that gets in, 0 to 1.

    >>> years = (1 / 200 - 1 / 1000) / scission_per_h(KRAFT, hot_c=98.0, water_percent=0.5, air=0.0) / 8760
    >>> round(years, 1)
    11.5
    """
    kelvin = hot_c + 273.15
    hydrolysis = _per_h(kind, water_percent) * math.exp(-kind.hydrolysis_kj / (_GAS_CONSTANT * kelvin))
    oxidation = kind.oxidation_per_h * math.exp(-kind.oxidation_kj / (_GAS_CONSTANT * kelvin))
    return (1.0 - air) * hydrolysis + air * oxidation


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The paper at the hot spot of one unit."""

    kind: PaperKind = KRAFT
    dp: float = NEW_DP
    """Degree of polymerisation."""

    def after(self, hours: float, *, hot_c: float, water_percent: float, air: float) -> Paper:
        """Return the paper after some time at one temperature; DP never rises.

        >>> Paper().after(24.0, hot_c=110.0, water_percent=2.0, air=0.0).dp < 1000.0
        True
        """
        rate = scission_per_h(self.kind, hot_c=hot_c, water_percent=water_percent, air=air)
        return replace(self, dp=1.0 / (1.0 / self.dp + rate * hours))


def rated_hours(kind: PaperKind, hours: float, *, hot_c: float, water_percent: float, air: float) -> float:
    """Return life used as hours at 98 degC of the same paper, dry (0.5 %) and without air, h."""
    reference = scission_per_h(kind, hot_c=98.0, water_percent=_WATER[0], air=0.0)
    return hours * scission_per_h(kind, hot_c=hot_c, water_percent=water_percent, air=air) / reference


def _per_h(kind: PaperKind, water_percent: float) -> float:
    water = max(water_percent, _WATER[0])
    place = 0 if water < _WATER[1] else 1
    low, high = kind.hydrolysis_per_h[place], kind.hydrolysis_per_h[place + 1]
    share = (water - _WATER[place]) / (_WATER[place + 1] - _WATER[place])
    return math.exp(math.log(low) + share * math.log(high / low))
