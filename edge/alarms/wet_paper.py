"""How wet is the paper of a transformer, by the water in its oil?

Nearly all water is in the paper, the oil has a few ppm of it; the warmer, the more goes into the oil.

    W = 2.06915 e^(-0.0297 T) c^(0.40489 T^0.09733)      % of the paper's mass; c in ppm by mass, T in degC

That holds in equilibrium, which takes days, and the oil is warmer by day than by night. So water and
temperature are averaged over whole days, at most 3, in points of a quarter-day. Before the first four of them
(18 to 24 hours after a start), and in oil colder than 30 degC, in which equilibrium takes weeks, nothing is
said.

Source: fit of the equilibrium chart of J. Fabre and A. Pichon as V. Davydov and others print it ("Nielsen's
diagram"), cited from memory. Against the equations of Fessler and Oommen it is within 0.5 points from 0.5 to
4 % at 40 to 80 degC (a test holds it to that).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from edge.alarms.definition import Definition, defined
from edge.alarms.equipped import equipped
from edge.alarms.family import Frame, Overs, Words, all_found
from edge.alarms.trend import DAY_NS, HOUR_NS, Dot, Window
from kernel.asset import Asset
from kernel.site import Site

CONDITION: Final = "moist_paper"
COLD_C: Final = 30.0
"""Below it the oil says too little of the paper."""
NEAR_PERCENT: Final = 0.5
_POINT_NS: Final = 6 * HOUR_NS
_DAY: Final = 4
"""Points of a day."""
_DAYS: Final = 3


def paper_percent(ppm: float, celsius: float) -> float:
    """Return the water in paper that is in equilibrium with oil, % of its mass.

    Args:
        ppm: water in the oil, by mass, not below 0.
        celsius: of the oil, degC, above 0.

    >>> round(paper_percent(20.0, 60.0), 1)
    2.1
    """
    return float(2.06915 * math.exp(-0.0297 * celsius) * ppm ** (0.40489 * celsius**0.09733))


@dataclass(slots=True, kw_only=True)
class _Unit:
    asset: Asset
    water: int
    oil: int
    """Row of the temperature of the oil."""
    newest_ns: int = 0
    windows: tuple[Window, Window] = field(
        default_factory=lambda: (Window(_POINT_NS, _DAYS * _DAY), Window(_POINT_NS, _DAYS * _DAY))
    )

    def take(self, frame: Frame) -> None:
        """Take a good reading."""
        at_ns = frame.image.at_ns.item(self.water)
        if at_ns > self.newest_ns:
            self.newest_ns = at_ns
            for window, row in zip(self.windows, (self.water, self.oil), strict=True):
                window.take(Dot(at_ns, frame.values[row]))

    @property
    def means(self) -> tuple[float, float] | None:
        """Water, ppm, and temperature, degC, over whole days; None before the first one."""
        water, oil = (window.dots for window in self.windows)
        count = len(water) // _DAY * _DAY
        if count == 0 or water[-1].at_ns - water[-count].at_ns > (_DAYS + 1) * DAY_NS:
            return None
        return (
            sum(dot.value for dot in water[-count:]) / count,
            sum(dot.value for dot in oil[-count:]) / count,
        )

    @property
    def percent(self) -> float | None:
        """Water in the paper, %; None where the oil does not say it."""
        means = self.means
        if means is None or means[1] < COLD_C:
            return None
        return paper_percent(max(0.0, means[0]), means[1])


class MoistPaper:
    """Water in the paper of every transformer whose oil is watched for it."""

    period_s = 60.0

    def __init__(self, site: Site) -> None:
        """Find the units with a moisture monitor."""
        self._site = site
        self._units = equipped(site, "transformer", _unit)
        self._limit = defined(CONDITION, "").rule.limits["percent"]
        self.definitions: tuple[Definition, ...] = tuple(
            defined(CONDITION, unit.asset.name) for unit in self._units
        )

    def look(self, frame: Frame) -> Overs:
        """Take in what is new; return the units whose paper is wet or nearly so."""
        overs: dict[int, float | None] = {}
        for number, unit in enumerate(self._units):
            if not frame.holds((unit.water, unit.oil)):
                overs[number] = None
                continue
            unit.take(frame)
            percent = unit.percent
            if percent is not None and percent > self._limit - NEAR_PERCENT:
                overs[number] = percent - self._limit
        return overs

    def knows(self, number: int) -> bool:
        """Tell whether the oil says how wet the paper is."""
        return self._units[number].percent is not None

    def words(self, number: int, frame: Frame) -> Words:
        """Say how wet the paper is, and what that follows from."""
        unit = self._units[number]
        title, means, percent = unit.asset.called, unit.means, unit.percent
        text, why = (
            f"the oil of {title} does not say how wet its paper is",
            "water and oil are averaged over a day",
        )
        if means is not None and percent is None:
            why = f"oil of {means[1]:.0f} degC is too cold to say how wet the paper is"
        if means is not None and percent is not None:
            text = (
                f"paper of {title} holds {percent:.1f} % of water, limit {self._limit:.1f} %: "
                f"{means[0]:.0f} ppm in oil of {means[1]:.0f} degC over days"
            )
        return Words(text=text, evidence=all_found(self._site, (unit.water, unit.oil), frame), unjudged=why)


def _unit(site: Site, asset: Asset) -> _Unit | None:
    water = site.row.get(f"{asset.name}/moisture")
    ways = (site.row.get(f"{asset.name}/{name}") for name in ("oil_temperature", "top_oil_temperature"))
    oil = next((row for row in ways if row is not None), None)
    return None if water is None or oil is None else _Unit(asset=asset, water=water, oil=oil)
