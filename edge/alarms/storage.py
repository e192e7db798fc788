"""Does a battery lose more than it should?

Energy at its terminals against what its state of charge says that the cells gave or took, over stretches in
which it goes one way and moves enough to be measured. What is lost grows with the inner resistance.

    discharging: efficiency = energy out / energy the cells gave;  charging: energy the cells took / energy in

Source: conservation of energy. Limit: the site's `round_trip_efficiency` (one way its square root) less
`DOUBT_PERCENT`; where the site gives none, the rule's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from edge.alarms.definition import Definition, defined
from edge.alarms.equipped import equipped
from edge.alarms.family import Frame, Overs, Words, all_found
from kernel.asset import Asset
from kernel.point import NANOSECONDS
from kernel.site import Site

CONDITION: Final = "battery_losses"
STRETCH_SHARE: Final = 0.03
"""A stretch is judged when so much of the rated energy has gone through the terminals."""
GAP_S: Final = 600.0
"""A longer time without a good reading ends a stretch, seconds."""
DOUBT_PERCENT: Final = 6.0
"""What meter, state of charge and other losses may make of the efficiency, percentage points."""
NEAR_PERCENT: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Battery:
    asset: Asset
    power: int
    charge: int
    energy_kwh: float
    limit_percent: float


@dataclass(slots=True)
class _Stretch:
    """What has gone through the terminals since the state of charge was noted."""

    at_ns: int = 0
    power_kw: float = 0.0
    charge_percent: float = 0.0
    through_kwh: float = 0.0
    """Out positive."""
    found_percent: float | None = None
    """Efficiency of the last stretch that was judged."""


class BatteryLosses:
    """Energy balance of every battery that shows power and state of charge."""

    period_s = 10.0

    def __init__(self, site: Site) -> None:
        """Find the batteries of a site."""
        self._site = site
        self._batteries = equipped(site, "battery", _battery)
        self._stretches = [_Stretch() for _ in self._batteries]
        self.definitions: tuple[Definition, ...] = tuple(
            defined(CONDITION, battery.asset.name) for battery in self._batteries
        )

    def look(self, frame: Frame) -> Overs:
        """Take in what went through the terminals; return the batteries that lose too much."""
        overs: dict[int, float | None] = {}
        for number, battery in enumerate(self._batteries):
            stretch = self._stretches[number]
            if frame.good is None or frame.holds((battery.power, battery.charge)):
                _advance(battery, stretch, frame)
            found = stretch.found_percent
            if found is not None and found < battery.limit_percent + NEAR_PERCENT:
                overs[number] = battery.limit_percent - found
        return overs

    def knows(self, number: int) -> bool:
        """Tell whether a stretch of a battery has been judged."""
        return self._stretches[number].found_percent is not None

    def words(self, number: int, frame: Frame) -> Words:
        """Say what efficiency the balance gave."""
        battery, stretch = self._batteries[number], self._stretches[number]
        title = battery.asset.called
        found = 100.0 if stretch.found_percent is None else stretch.found_percent
        text = (
            f"{title} gives or takes {found:.0f} % of its energy one way, "
            f"at least {battery.limit_percent:.0f} % is expected"
        )
        return Words(text=text, evidence=all_found(self._site, (battery.power, battery.charge), frame))


def _advance(battery: _Battery, stretch: _Stretch, frame: Frame) -> None:
    """Add what went through since the last good reading; judge a stretch that is long enough."""
    at_ns = frame.image.at_ns.item(battery.power)
    kw, percent = frame.values[battery.power], frame.values[battery.charge]
    passed_s = (at_ns - stretch.at_ns) / NANOSECONDS
    if passed_s <= 0.0:
        return
    turned = kw * stretch.power_kw < 0.0 or (kw == 0.0) != (stretch.power_kw == 0.0)
    if passed_s > GAP_S or turned:
        stretch.at_ns, stretch.power_kw = at_ns, kw
        stretch.charge_percent, stretch.through_kwh = percent, 0.0
        return
    stretch.through_kwh += 0.5 * (kw + stretch.power_kw) * passed_s / 3600.0
    stretch.at_ns, stretch.power_kw = at_ns, kw
    if abs(stretch.through_kwh) < STRETCH_SHARE * battery.energy_kwh:
        return
    given_kwh = (stretch.charge_percent - percent) / 100.0 * battery.energy_kwh
    out, gave = abs(stretch.through_kwh), abs(given_kwh)
    small, large = (out, gave) if stretch.through_kwh > 0.0 else (gave, out)
    stretch.found_percent = 100.0 * small / large if large else None
    stretch.charge_percent, stretch.through_kwh = percent, 0.0


def _battery(site: Site, asset: Asset) -> _Battery | None:
    power = site.row.get(f"{asset.name}/active_power")
    charge = site.row.get(f"{asset.name}/state_of_charge")
    energy_kwh = asset.ratings.get("energy_kwh")
    if power is None or charge is None or not energy_kwh:
        return None
    round_trip = asset.ratings.get("round_trip_efficiency")
    limit = defined(CONDITION, "").rule.limits["one_way_efficiency_percent"]
    if round_trip:
        limit = 100.0 * math.sqrt(round_trip) - DOUBT_PERCENT
    return _Battery(asset=asset, power=power, charge=charge, energy_kwh=energy_kwh, limit_percent=limit)
