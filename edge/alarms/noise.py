"""Does an instrument scatter far more than it usually does, where nothing else shows that it is real?

What really moves is seen by more than one instrument: a feeder whose power is unsteady makes the head meter
unsteady by as much, a voltage that flickers flickers on every meter of its busbar. So every watched point
has witnesses; where one of them has moved as much once, or was not read well, no instrument is accused.
Temperatures of oil and air move slowly and need no witness. Points that a set-point steers are only
witnesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from edge.alarms.busbars import POWER, Busbar, busbars
from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, Words, found
from edge.alarms.scatter import Scatter
from kernel.point import Kind, Point
from kernel.site import Site

CONDITION: Final = "noise"
FLOOR_K: Final = 0.2
"""Least usual scatter of a temperature, K: what a sound sensor has."""
FLOOR: Final = 1e-3
"""Least usual scatter of anything else, in its unit."""


class Noise:
    """Scatter of powers, voltages and temperatures against the usual one."""

    period_s = 120.0

    def __init__(self, site: Site) -> None:
        """Find what can be watched in a site, and its witnesses."""
        witnesses = _witnesses(site)
        self._points = tuple(site.point(name) for name in sorted(witnesses, key=site.row.__getitem__))
        place = {point.name: number for number, point in enumerate(self._points)}
        self._witnesses = [[place[name] for name in witnesses[point.name]] for point in self._points]
        self._accused = [
            number
            for number, point in enumerate(self._points)
            if not any(_is_steered(site, site.point(name)) for name in (point.name, *witnesses[point.name]))
        ]  # a head meter moves with what is steered behind it
        self._number = {place: number for number, place in enumerate(self._accused)}
        rows = np.array([site.row[point.name] for point in self._points], dtype=np.intp)
        floors = np.array([FLOOR_K if point.unit == "degC" else FLOOR for point in self._points])
        self._scatter = Scatter(rows, floors)
        self._overs: Overs = {}
        self._limit = defined(CONDITION, "").rule.limits["times_usual"]
        self.definitions: tuple[Definition, ...] = tuple(
            defined(CONDITION, self._points[place].name) for place in self._accused
        )

    def look(self, frame: Frame) -> Overs:
        """Return the instruments that scatter far more than usual, and alone."""
        scatter = self._scatter
        if not scatter.take(frame.image):
            return self._overs  # as the last block has it
        overs: dict[int, float | None] = {}
        for place in scatter.hot(self._limit - 1.0):
            if place in self._number and not self._is_real(place):
                ratio = float(scatter.newest[place] / scatter.usual[place])
                overs[self._number[place]] = ratio - self._limit
        self._overs = overs
        return overs

    def knows(self, number: int) -> bool:
        """Tell whether what is usual for an instrument is believed."""
        return self._scatter.knows(self._accused[number])

    def words(self, number: int, frame: Frame) -> Words:
        """Say how much it scatters, and how much it usually does."""
        place = self._accused[number]
        point, scatter = self._points[place], self._scatter
        text = (
            f"{point.name} scatters by {scatter.newest[place]:.2g} {point.unit} from reading to reading, "
            f"usually by {scatter.usual[place]:.2g} {point.unit}"
        )
        row = int(scatter.rows[place])
        return Words(text=text, evidence=(found(point, row, frame),), point=point.name)

    def _is_real(self, place: int) -> bool:
        seen = self._scatter.excess(place)
        return any(self._scatter.largest[witness] >= seen for witness in self._witnesses[place])


def _witnesses(site: Site) -> dict[str, list[str]]:
    """Return every point whose scatter is kept, with those that must show it too where it is real."""
    kept: dict[str, list[str]] = {}
    for busbar in busbars(site):
        for one, others in (*_powers(site, busbar), *_voltages(site, busbar)):
            kept[one] = [*kept.get(one, ()), *others]
    for point in site.points:
        is_measured = point.kind is Kind.ANALOG and point.source and not point.source.startswith("agent:")
        if is_measured and point.quantity in {"top_oil_temperature", "ambient_temperature"}:
            kept[point.name] = []
    return kept


def _powers(site: Site, busbar: Busbar) -> Iterator[tuple[str, list[str]]]:
    """Yield the head and its branches: each is witnessed by the other side."""
    head = f"{busbar.behind.name}/{POWER}"
    if busbar.closed and head in site.row:
        branches = [branch.power for branch in busbar.branches]
        yield head, branches
        yield from ((branch, [head]) for branch in branches)


def _voltages(site: Site, busbar: Busbar) -> Iterator[tuple[str, list[str]]]:
    """Yield the voltages of one busbar: each is witnessed by the others, a lone one by nothing."""
    if busbar.transformers:
        return
    names = [f"{branch.asset.name}/voltage" for branch in busbar.branches]
    there = [name for name in names if name in site.row]
    if len(there) > 1:
        yield from ((name, [other for other in there if other != name]) for name in there)


def _is_steered(site: Site, point: Point) -> bool:
    return any(f"{point.name}{ending}" in site.row for ending in ("_setpoint", "_limit"))
