"""Is the paper of a transformer near the end of its life, by what a laboratory found in its oil?

No instrument measures the degree of polymerisation (DP) of paper in service. As its chains break it gives off
2-furfural, which a laboratory finds in a sample of oil:

    log10 c = 1.51 - 0.0035 DP          c in ppm by mass

New paper has a DP of about 1000; at 200 it breaks in the next through fault. The estimate is a rough one:
oil that was treated has lost its furfural, thermally upgraded paper gives less of it.

Source: X. Chendong, Monitoring paper insulation ageing by measuring furfural contents in oil (1991), cited
from memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from edge.alarms.definition import Definition, defined
from edge.alarms.equipped import equipped
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words, all_found
from kernel.asset import Asset
from kernel.site import Site

CONDITION: Final = "worn_paper"
NEAR_DP: Final = 100.0
_LEAST_PPM: Final = 0.01
"""What laboratories can find; less is new paper."""


def polymerisation(furfural_ppm: float) -> float:
    """Return the degree of polymerisation that 2-furfural in oil points to.

    >>> round(polymerisation(1.0)), round(polymerisation(5.0))
    (431, 232)
    """
    return (1.51 - math.log10(max(furfural_ppm, _LEAST_PPM))) / 0.0035


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    asset: Asset
    furfural: int
    age: int | None
    """Row of the age of the sample, days."""

    @property
    def rows(self) -> tuple[int, ...]:
        """Of all that is shown as evidence."""
        return (self.furfural,) if self.age is None else (self.furfural, self.age)


class WornPaper(SeenAtOnce):
    """Paper of every transformer of which laboratory results are shown."""

    period_s = 60.0

    def __init__(self, site: Site) -> None:
        """Find the units of which there are results."""
        self._site = site
        self._units = equipped(site, "transformer", _unit)
        self._limit = defined(CONDITION, "").rule.limits["dp"]
        self.definitions: tuple[Definition, ...] = tuple(
            defined(CONDITION, unit.asset.name) for unit in self._units
        )

    def look(self, frame: Frame) -> Overs:
        """Return the units whose paper is old or nearly so."""
        overs: dict[int, float | None] = {}
        for number, unit in enumerate(self._units):
            if not frame.holds((unit.furfural,)):
                overs[number] = None
            elif (dp := polymerisation(frame.values[unit.furfural])) < self._limit + NEAR_DP:
                overs[number] = self._limit - dp
        return overs

    def words(self, number: int, frame: Frame) -> Words:
        """Say what the newest sample points to, and how old it is."""
        unit = self._units[number]
        title, ppm = unit.asset.called, frame.values[unit.furfural]
        aged = ""
        if unit.age is not None and frame.holds((unit.age,)):
            aged = f" in a sample {frame.values[unit.age]:.0f} days old"
        text = (
            f"paper of {title} has a degree of polymerisation of about {polymerisation(ppm):.0f}, limit "
            f"{self._limit:.0f}, new 1000, end of life 200: {ppm:.2g} ppm of 2-furfural{aged}"
        )
        evidence = all_found(self._site, unit.rows, frame)
        return Words(text=text, evidence=evidence, point=self._site.points[unit.furfural].name)


def _unit(site: Site, asset: Asset) -> _Unit | None:
    furfural = site.row.get(f"{asset.name}/furfural")
    age = site.row.get(f"{asset.name}/sample_age")
    return None if furfural is None else _Unit(asset=asset, furfural=furfural, age=age)
