"""Does a device deliver what it has been told to?

Every set-point that is read back is held against what the same asset delivers: `active_power_setpoint`
against `active_power`, and `active_power_limit` as a bound on its size. A device may take as long as its
site says that the effect of a write takes (`feedback_s`). One that says itself that it is limited, such as
an empty battery, is not judged against its set-point: its own state tells the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words, all_found
from kernel.point import Operation, Point
from kernel.site import Site

SUFFIXES: Final = {"_setpoint": False, "_limit": True}
"""Endings of quantities that tell another what to be, and whether they only bound it."""
EXCUSED: Final = frozenset({"limited"})
"""States in which a device says itself that it cannot follow."""
CONDITION: Final = "setpoint_not_followed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A set-point and what should follow it."""

    told: Point
    told_row: int
    row: int
    """Of what is delivered."""
    bounds: bool
    tolerance: float
    state_row: int
    """-1 where the device shows no state."""
    excused: frozenset[float]
    """Codes of states in which it is not judged."""

    @property
    def rows(self) -> tuple[int, ...]:
        """Everything that it is judged by."""
        return (self.told_row, self.row) if self.state_row < 0 else (self.told_row, self.row, self.state_row)


class SetpointFollowed(SeenAtOnce):
    """Delivered against wanted, of everything that can be told."""

    period_s = 5.0

    def __init__(self, site: Site) -> None:
        """Find the pairs of a site."""
        self._site = site
        share = defined(CONDITION, "").rule.limits["percent_of_rating"] / 100.0
        found = [pair for point in site.writable if (pair := _pair(site, point, share)) is not None]
        self._pairs = tuple(found)
        self.definitions: tuple[Definition, ...] = tuple(_definition(pair) for pair in found)

    def look(self, frame: Frame) -> Overs:
        """Return what does not follow, or nearly so."""
        overs: dict[int, float | None] = {}
        values = frame.values
        for number, pair in enumerate(self._pairs):
            if frame.good is not None and not frame.holds(pair.rows):
                overs[number] = None
            elif (off := _off(pair, values)) > 0.0:
                overs[number] = off - pair.tolerance
        return overs

    def words(self, number: int, frame: Frame) -> Words:
        """Say what was wanted and what comes."""
        pair, site = self._pairs[number], self._site
        delivered = site.points[pair.row]
        asset = site.asset[delivered.asset]
        most = "at most " if pair.bounds else ""
        text = (
            f"{asset.called} gives {frame.values[pair.row]:.0f} {delivered.unit} where "
            f"{most}{frame.values[pair.told_row]:.0f} {delivered.unit} is set"
        )
        return Words(text=text, evidence=all_found(site, pair.rows, frame), point=delivered.name)


def _off(pair: _Pair, values: list[float]) -> float:
    """Return how far what is delivered is from what is set, in its unit; 0 where the device is excused."""
    if pair.state_row >= 0 and values[pair.state_row] in pair.excused:
        return 0.0
    if pair.bounds:
        return abs(values[pair.row]) - abs(values[pair.told_row])
    return abs(values[pair.row] - values[pair.told_row])


def _pair(site: Site, told: Point, share: float) -> _Pair | None:
    writing = told.writing
    suffix = next((one for one in SUFFIXES if told.name.endswith(one)), None)
    if writing is None or writing.operation is not Operation.SETPOINT or suffix is None:
        return None
    row = site.row.get(told.name.removesuffix(suffix))
    if row is None or site.points[row].unit != told.unit:
        return None
    asset = site.asset.get(told.asset)
    rated = (asset.ratings.get("power_kw") if asset else None) or max(abs(writing.low), abs(writing.high))
    state_row = site.row.get(f"{told.asset}/operating_state", -1)
    states = site.points[state_row].states if state_row >= 0 else {}
    return _Pair(
        told=told,
        told_row=site.row[told.name],
        row=row,
        bounds=SUFFIXES[suffix],
        tolerance=max(share * rated, writing.tolerance),
        state_row=state_row,
        excused=frozenset(float(code) for code, name in states.items() if name in EXCUSED),
    )


def _definition(pair: _Pair) -> Definition:
    """Give a device the time that its site says it needs."""
    timing = defined(CONDITION, "").timing
    needs_s = 0.0 if pair.told.writing is None else pair.told.writing.feedback_s
    longer = msgspec.structs.replace(timing, on_delay_s=max(timing.on_delay_s, needs_s))
    return defined(CONDITION, pair.told.name, timing=longer)
