"""The past of one point: its chart, what it says in words and figures, and how far one may look back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from aios.control_room.figures import exact, number
from aios.control_room.recall import NothingRecalled, Recalled
from aios.control_room.sight import Place
from aios.control_room.svg.history_chart import history_chart, summary
from aios.control_room.times import at, duration
from kernel.point import NANOSECONDS

RANGES: Final = {
    "1h": ("1 hour", 3600.0),
    "6h": ("6 hours", 21_600.0),
    "1d": ("1 day", 86_400.0),
    "7d": ("7 days", 604_800.0),
    "30d": ("30 days", 2_592_000.0),
}
"""How far one may look back from the newest row: word and seconds by its name in the address."""
USUAL: Final = "1d"
_PARTS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """One choice of how far to look back."""

    name: str
    words: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A twelfth of the time, in figures: the chart for those who read."""

    begin: str
    least: str
    mean: str
    most: str
    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPast:
    """What the page of one point says."""

    point: str
    asset: str
    unit: str
    missing: str
    chart: Markup
    words: str
    caption: str
    ranges: tuple[Range, ...]
    parts: tuple[Part, ...]


def point_past(point: str, chosen: str, found: Recalled | NothingRecalled, place: Place) -> PointPast:
    """Word what was recalled of a point, or why there is nothing."""
    ranges = tuple(
        Range(name=name, words=words, current=name == chosen) for name, (words, _) in RANGES.items()
    )
    asset = place.title(point.partition("/")[0])
    if isinstance(found, NothingRecalled):
        return PointPast(
            point=point,
            asset=asset,
            unit="",
            missing=found.why,
            chart=Markup(),
            words="",
            caption="",
            ranges=ranges,
            parts=(),
        )
    shown = found.outline
    return PointPast(
        point=point,
        asset=asset,
        unit=shown.column.unit,
        missing="",
        chart=history_chart(shown, found.gaps, place.zone),
        words=summary(shown, place.zone),
        caption=_caption(found),
        ranges=ranges,
        parts=_parts(found, place),
    )


def _caption(found: Recalled) -> str:
    shown, lost = found.outline, sum(gap.rows for gap in found.gaps)
    rows, good = int(shown.rows.sum()), int(shown.good.sum())
    said = [f"{number(rows, 0)} rows", f"{number(100 * good / rows)} % good" if rows else "nothing kept"]
    if lost:
        said.append(f"{number(lost, 0)} rows lost on the way")
    said.append(f"each interval is {duration(shown.step_ns / NANOSECONDS)}")
    return " · ".join(said)


def _parts(found: Recalled, place: Place) -> tuple[Part, ...]:
    shown, parts = found.outline, []
    for places in np.array_split(np.arange(len(shown.mean)), _PARTS):
        good = places[shown.good[places] > 0]
        begin = at(shown.start_ns + int(places[0]) * shown.step_ns, place.zone)
        unit, none = shown.column.unit, "no value"
        parts.append(
            Part(
                begin=f"{begin:%d %b %H:%M}",
                least=exact(float(shown.low[good].min()), unit) if len(good) else none,
                mean=exact(float(np.average(shown.mean[good], weights=shown.good[good])), unit)
                if len(good)
                else none,
                most=exact(float(shown.high[good].max()), unit) if len(good) else none,
                rows=number(int(shown.rows[places].sum()), 0),
            )
        )
    return tuple(parts)
