"""Is there more gas in the oil of a transformer than is usual, or does it rise beyond doubt?

A fault makes gas long before anything else shows it. The level says that much has gathered, the rate that it
gathers now: it finds a fault early, and in a unit whose level has always been high. Both look at every gas
that the site's monitor shows, one alarm for the unit; the gas that is most beyond its limit leads.

Limits, with their sources: `gas_limits.toml`. A unit is taken as sealed unless its rating `breathing` is 1,
and as without the gas of its tap changer unless `communicating_tap_changer` is 1.
Rates: windows of 8 hours, 3 and 24 days (`trend.py`). Windows begin anew with every start: the first can
raise after 8 hours, and none of what it leaves out is called well before the second has 8 points, 2 days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from edge.alarms.definition import Definition, defined
from edge.alarms.equipped import equipped
from edge.alarms.family import Frame, Overs, Words, found
from edge.alarms.gas_limits import Levels, Rises, gas_limits
from edge.alarms.gas_ratios import RATIO_GASES, told
from edge.alarms.trend import Rise, Trend
from kernel.asset import Asset
from kernel.finding import Finding
from kernel.site import Site

LEVEL: Final = "gas_level"
RATE: Final = "gas_rate"
NEAR_PERCENT: Final = 20.0
"""Further than this below its limit a value is well within."""
_UNSEEN: Final = "two days of gas have to be seen first"
_OF_TRUST: Final = 1
"""Window that must have enough points before a unit is called well."""


class Lead(NamedTuple):
    """How far a gas is beyond what it may be."""

    over_percent: float
    gas: str
    rise: Rise | None = None
    limit_per_day: float = 0.0
    window: int = 0


_NOTHING: Final = Lead(float("-inf"), "")


@dataclass(slots=True, kw_only=True)
class _Unit:
    """One transformer with a gas monitor, and the course of its gases."""

    asset: Asset
    rows: dict[str, int]
    """Of each gas that is measured."""
    levels: Levels
    rises: Rises
    trends: dict[str, Trend]
    rising: dict[str, Lead] = field(default_factory=dict)
    """Of each gas whose windows have points enough."""

    def take(self, frame: Frame, there: list[str]) -> None:
        """Take the good readings; judge a gas again when one of its points has become whole."""
        for gas in there:
            row = self.rows[gas]
            trend = self.trends[gas]
            if trend.take(frame.image.at_ns.item(row), frame.values[row]):
                self.rising[gas] = _rising(self.rises, gas, trend, frame.values[row])

    def highest(self, frame: Frame, there: list[str]) -> Lead:
        """Return the gas whose level is most beyond its limit."""
        high, values = self.levels.high, frame.values
        leads = (Lead(100.0 * (values[self.rows[gas]] / high[gas] - 1.0), gas) for gas in there)
        return max(leads, default=_NOTHING)

    def fastest(self, there: list[str]) -> Lead:
        """Return the gas whose rise is most beyond its limit."""
        return max((self.rising[gas] for gas in there if gas in self.rising), default=_NOTHING)

    @property
    def is_known(self) -> bool:
        """Whether all gases have been seen long enough."""
        return all(trend.windows[_OF_TRUST].rise is not None for trend in self.trends.values())


class DissolvedGas:
    """Level and rate of rise of the gases of every transformer that shows them."""

    period_s = 60.0

    def __init__(self, site: Site) -> None:
        """Find the units whose gas is measured."""
        self._site = site
        self._units = equipped(site, "transformer", _unit)
        self._known: set[int] = set()
        self.definitions: tuple[Definition, ...] = tuple(
            defined(condition, unit.asset.name) for unit in self._units for condition in (LEVEL, RATE)
        )

    def look(self, frame: Frame) -> Overs:
        """Take in what is new; return the units with too much gas, and those in which it rises."""
        overs: dict[int, float | None] = {}
        good = frame.good
        for place, unit in enumerate(self._units):
            there = [gas for gas, row in unit.rows.items() if good is None or good[row]]
            unit.take(frame, there)
            for number, lead in (
                (2 * place, unit.highest(frame, there)),
                (2 * place + 1, unit.fastest(there)),
            ):
                if lead.over_percent <= 0.0 and len(there) < len(unit.rows):
                    overs[number] = None  # the gas that cannot be read may be the one
                elif lead.over_percent > -NEAR_PERCENT:
                    overs[number] = lead.over_percent
        return overs

    def knows(self, number: int) -> bool:
        """Tell whether the windows of a unit have points enough; a level needs none."""
        if number % 2 == 0 or number in self._known:
            return True
        if self._units[number // 2].is_known:
            self._known.add(number)
            return True
        return False

    def words(self, number: int, frame: Frame) -> Words:
        """Name the gases, and what their ratios say where that means something."""
        unit = self._units[number // 2]
        there = [gas for gas, row in unit.rows.items() if frame.holds((row,))]
        lead = unit.fastest(there) if number % 2 else unit.highest(frame, there)
        text = _rate_told(unit, frame, lead) if number % 2 else _level_told(unit, frame, there)
        point = self._site.points[unit.rows[lead.gas]].name if lead.gas else ""
        return Words(
            text=text, evidence=tuple(_evidence(self._site, unit, frame)), point=point, unjudged=_UNSEEN
        )


def _rising(rises: Rises, gas: str, trend: Trend, ppm: float) -> Lead:
    """Return how far the fastest window of a gas is beyond what it may rise."""
    leads = [_NOTHING._replace(gas=gas)]
    for place, window in enumerate(trend.windows):
        rise = window.rise
        if rise is not None:
            limit = rises.limit_per_day(gas, ppm, rise.days)
            leads.append(Lead(100.0 * (rise.at_least_per_day / limit - 1.0), gas, rise, limit, place))
    return max(leads, key=lambda lead: lead.over_percent)


def _level_told(unit: _Unit, frame: Frame, there: list[str]) -> str:
    high, title = unit.levels.high, unit.asset.called
    ppm = {gas: frame.values[unit.rows[gas]] for gas in there}
    many = sorted((gas for gas in there if ppm[gas] > high[gas]), key=lambda gas: -ppm[gas] / high[gas])
    if not many:
        return f"no gas in the oil of {title} is above what 19 in 20 units have"
    listed = ", ".join(
        f"{_word(gas)} {_figures(ppm[gas])} ppm (19 in 20 have less than {high[gas]:g})" for gas in many
    )
    return f"gas in the oil of {title}: {listed}{_class_told(unit, ppm)}"


def _rate_told(unit: _Unit, frame: Frame, lead: Lead) -> str:
    title = unit.asset.called
    if lead.rise is None:
        return f"the gas in the oil of {title} has not been seen long enough to tell whether it rises"
    ppm = {gas: frame.values[row] for gas, row in unit.rows.items() if frame.holds((row,))}
    return (
        f"{_word(lead.gas)} in the oil of {title} rises by {_figures(lead.rise.per_day)} ppm a day over "
        f"{_long(lead.rise.days)}, limit {_figures(lead.limit_per_day)}, "
        f"and is at {_figures(ppm[lead.gas])} ppm{_class_told(unit, ppm)}"
    )


def _class_told(unit: _Unit, ppm: Mapping[str, float]) -> str:
    """Say what the ratios say: of what is added where that rises beyond doubt, else of what there is.

    Nothing, where no gas of the ratios rises or is above its typical value.
    """
    lead = unit.fastest([gas for gas in RATIO_GASES if gas in ppm])
    if lead.over_percent > 0.0:
        added = {gas: trend.windows[lead.window].rise for gas, trend in unit.trends.items()}
        return f"; of what is added {told({gas: rise.per_day for gas, rise in added.items() if rise})}"
    if any(ppm.get(gas, 0.0) > unit.levels.typical[gas] for gas in RATIO_GASES):
        return f"; of what there is {told(ppm)}"
    return ""


def _evidence(site: Site, unit: _Unit, frame: Frame) -> Iterator[Finding]:
    for gas, row in unit.rows.items():
        yield found(site.points[row], row, frame, limit=unit.levels.high[gas])


def _word(gas: str) -> str:
    return gas.replace("_", " ")


def _figures(amount: float) -> str:
    """Say an amount with three figures, a large one in full.

    >>> _figures(0.1234), _figures(1299.6)
    ('0.123', '1300')
    """
    return f"{amount:.3g}" if abs(amount) < 1000.0 else f"{amount:.0f}"


def _long(days: float) -> str:
    return f"{days:.0f} days" if days >= 2.0 else f"{24.0 * days:.0f} h"


def _unit(site: Site, asset: Asset) -> _Unit | None:
    levels, rises = gas_limits().of(asset.ratings)
    rows = {gas: site.row.get(f"{asset.name}/{gas}") for gas in levels.high}
    there = {gas: row for gas, row in rows.items() if row is not None}
    if not there:
        return None
    return _Unit(asset=asset, rows=there, levels=levels, rises=rises, trends={gas: Trend() for gas in there})
