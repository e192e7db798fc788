"""The numeric envelope: what no proposal, policy or person can widen.

An interval for every writable point, from what the point declares and from the ratings of its asset,
whichever is narrower. It cannot be switched off: it has no parameter that would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.asset import Asset
from kernel.command import Command
from kernel.measurement import Index, Values
from kernel.point import OnLoss, Operation, Point
from kernel.site import Site
from kernel.sum import Sum

_SYMMETRIC: Final = {
    ("battery", "kW"): "power_kw",
    ("battery", "kvar"): "power_kvar",
}
"""Rating that bounds the magnitude of a writable point, by kind of asset and unit of the point."""


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a command that lies outside the envelope."""

    command: str
    point: str
    value: float
    """The value written, or the value the device would revert to."""
    low: float
    high: float
    reason: str


class Envelope:
    """Intervals of the W writable points of a site, in the order of `Site.writable`."""

    def __init__(self, site: Site) -> None:
        points = site.writable
        intervals = [_interval(point, site.asset.get(point.asset)) for point in points]
        self._place = {point.name: place for place, point in enumerate(points)}
        self._low = np.array([low for low, _ in intervals], dtype=np.float64)
        self._high = np.array([high for _, high in intervals], dtype=np.float64)
        self._low.flags.writeable = self._high.flags.writeable = False

    def bounds(self, places: Index | None = None) -> tuple[Values, Values]:
        """Return lowest and highest values of all W writable points, or of those at N places.

        Returns:
            Two (W,) or (N,) float64 arrays in the points' units. An interval with low > high admits nothing.
        """
        if places is None:
            return self._low, self._high
        return self._low[places], self._high[places]

    def interval(self, point: str) -> tuple[float, float]:
        """Return the lowest and the highest value of a writable point, in its unit.

        Raises:
            KeyError: the site has no such writable point.
        """
        place = self._place[point]
        return float(self._low[place]), float(self._high[place])

    def within(self, values: Values) -> NDArray[np.bool_]:
        """Tell which of W values, one for each writable point, lie in their intervals; NaN lies in none.

        Args:
            values: (W,) float64 array in the points' units.

        Returns:
            (W,) boolean array.
        """
        return _within(values, self._low, self._high)

    def violations(self, commands: Sequence[Command]) -> tuple[Violation, ...]:
        """Return every number of the N commands that is outside: values, and values to revert to.

        A point that is not writable admits nothing; a NaN is outside of everything.
        """
        found = (self._outside(command) for command in commands)
        return tuple(one for one in found if one is not None)

    def _outside(self, command: Command) -> Violation | None:
        """Return what of a command is outside. Plain floats: arrays pay from some dozens of commands on."""
        place = self._place.get(command.point)
        if place is None:
            low, high = math.inf, -math.inf
        else:
            low, high = self._low.item(place), self._high.item(place)
        if not low <= command.value <= high:
            return _violation(command, command.value, (low, high), "")
        later = _fallback(command)
        if not low <= later <= high:
            return _violation(command, later, (low, high), " to revert to")
        return None


def _within(values: Values, low: Values, high: Values) -> NDArray[np.bool_]:
    return (low <= values) & (values <= high)


def sum_interval(site: Site, one: Sum) -> tuple[float, float]:
    """Return the lowest and the highest value of a sum, narrowed by the rating of its asset."""
    low = -math.inf if one.low is None else one.low
    high = math.inf if one.high is None else one.high
    asset = site.asset.get(one.asset)
    rating = rating_of(one.unit)
    if asset is not None and rating in asset.ratings:
        low, high = max(low, -asset.ratings[rating]), min(high, asset.ratings[rating])
    return low, high


def rating_of(unit: str) -> str:
    """Name the rating that bounds the magnitude of a sum in a unit; empty where there is none.

    >>> rating_of("kW")
    'power_kw'
    """
    return {"kW": "power_kw", "kvar": "power_kvar", "kVA": "power_kva"}.get(unit, "")


def check_safe_set(site: Site) -> tuple[str, ...]:
    """Return what is wrong with the safe set of a site, one sentence a finding; empty where it is sound.

    Going safe needs neither a live gate nor a live journal, so the safe values are checked here, when
    the site is loaded.
    """
    envelope = Envelope(site)
    of_points = (
        finding
        for point in site.writable
        if point.writing is not None
        for finding in _unsafe(point, *envelope.interval(point.name))
    )
    return (*of_points, *(finding for one in site.sums for finding in _unsafe_sum(site, one)))


def _unsafe_sum(site: Site, one: Sum) -> list[str]:
    """Find a sum whose envelope the safe values of its terms do not keep together."""
    low, high = sum_interval(site, one)
    if not low <= high:
        return [f"{one.name}: no value is admitted, the envelope is {low:g} to {high:g} {one.unit}"]
    safe = math.fsum(
        weight * writing.safe_value
        for name, weight in one.terms
        if (writing := site.point(name).writing) is not None
    )
    slack = 1e-9 * max(1.0, abs(safe))
    if low - slack <= safe <= high + slack:
        return []
    return [f"{one.name}: the safe values make {safe:g} {one.unit}, outside of {low:g} to {high:g}"]


def _unsafe(point: Point, low: float, high: float) -> list[str]:
    writing = point.writing
    if writing is None:
        return []
    found = []
    if not low <= high:
        found.append(f"{point.name}: no value is admitted, the envelope is {low:g} to {high:g} {point.unit}")
    if not low <= writing.safe_value <= high:
        found.append(
            f"{point.name}: safe value {writing.safe_value:g} {point.unit} lies outside {low:g} to {high:g}"
        )
    reverts_to = writing.reversion_value
    if reverts_to is not None and not low <= reverts_to <= high:
        found.append(
            f"{point.name}: reversion value {reverts_to:g} {point.unit} lies outside {low:g} to {high:g}"
        )
    if writing.on_loss is OnLoss.LET_REVERT and (reverts_to is None or writing.reversion_s is None):
        found.append(f"{point.name}: on_loss is let_revert, but there is no reversion value and timer")
    if writing.operation is Operation.PULSE and writing.on_loss is not OnLoss.HOLD:
        found.append(f"{point.name}: a pulse can only hold on loss; nothing is switched to be safe")
    return found


def _interval(point: Point, asset: Asset | None) -> tuple[float, float]:
    """Narrow what the point declares by the rating of its asset."""
    writing = point.writing
    if writing is None:
        return math.inf, -math.inf
    low, high = writing.low, writing.high
    rating = _SYMMETRIC.get((asset.kind, point.unit)) if asset is not None else None
    if asset is not None and rating is not None and rating in asset.ratings:
        limit = asset.ratings[rating]
        low, high = max(low, -limit), min(high, limit)
    return low, high


def _fallback(command: Command) -> float:
    """Return the value to revert to; the value itself where the command carries none."""
    return command.value if command.reversion_value is None else command.reversion_value


def _violation(command: Command, value: float, interval: tuple[float, float], what: str) -> Violation:
    low, high = interval
    return Violation(
        command=command.id,
        point=command.point,
        value=value,
        low=low,
        high=high,
        reason=f"{command.point}: {value:g}{what} lies outside {low:g} to {high:g}"
        if low <= high
        else f"{command.point} admits no value",
    )
