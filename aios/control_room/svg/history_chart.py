"""The chart of a point's past: mean, least and greatest of each interval, holes and lost rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby
from typing import Final

import numpy as np
from markupsafe import Markup

from aios.control_room.figures import number, quantity
from aios.control_room.svg.element import drawing, element, points
from aios.control_room.svg.scale import Scale, round_ticks
from aios.control_room.times import HOUR, at, clock
from drivers.historian.batch import Gap
from drivers.historian.reader import Outline
from kernel.point import NANOSECONDS

WIDTH: Final = 900.0
HEIGHT: Final = 320.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 890.0, 14.0, 288.0
_STEPS_H: Final = (1 / 12, 0.25, 0.5, 1, 3, 6, 12, 24, 48, 168)
"""Hours between two times that are written on the axis."""


@dataclass(frozen=True, slots=True)
class _Frame:
    x: Scale
    y: Scale
    ticks: tuple[float, ...]
    zone: tzinfo


def history_chart(shown: Outline, gaps: tuple[Gap, ...], zone: tzinfo) -> Markup:
    """Draw the chart; where nothing good was kept there is a grey strip and no line."""
    good = shown.good > 0
    levels = np.concatenate((shown.low[good], shown.high[good])) if good.any() else np.array([0.0, 1.0])
    ticks = round_ticks(float(levels.min()), float(levels.max()), 5)
    x = Scale(shown.start_ns, shown.end_ns, LEFT, RIGHT)
    frame = _Frame(x, Scale(ticks[0], ticks[-1], BOTTOM, TOP), ticks, zone)
    parts = [*_grid(shown, frame), *_holes(shown, frame), *_lost(gaps, frame), *_lines(shown, frame)]
    return drawing(*parts, width=WIDTH, height=HEIGHT, label=summary(shown, zone), class_="past")


def summary(shown: Outline, zone: tzinfo) -> str:
    """Say in one sentence what the chart shows, for those who do not see it."""
    good = shown.good > 0
    times = f"{clock(shown.start_ns, zone)[:5]} to {clock(shown.end_ns, zone)[:5]}"
    if not good.any():
        return f"{shown.column.name}, {times}: nothing good was kept"
    unit = shown.column.unit
    least, most = quantity(float(shown.low[good].min()), unit), quantity(float(shown.high[good].max()), unit)
    mean = quantity(float(np.average(shown.mean[good], weights=shown.good[good])), unit)
    return f"{shown.column.name}, {times}: from {least} to {most}, mean {mean}"


def _grid(shown: Outline, frame: _Frame) -> list[Markup]:
    parts = []
    for tick in frame.ticks:
        y = frame.y(tick)
        parts.append(element("line", class_="grid", x1=LEFT, x2=RIGHT, y1=y, y2=y))
        parts.append(element("text", number(tick), class_="axis", x=LEFT - 6, y=y + 4, text_anchor="end"))
    for at_ns, word in times_of(shown.start_ns, shown.end_ns, frame.zone):
        x = frame.x(at_ns)
        parts.append(element("line", class_="grid", x1=x, x2=x, y1=TOP, y2=BOTTOM))
        parts.append(element("text", word, class_="axis", x=x, y=BOTTOM + 18, text_anchor="middle"))
    return parts


def times_of(start_ns: int, end_ns: int, zone: tzinfo) -> list[tuple[int, str]]:
    """Return at most a dozen round civil times inside a span, each with its word.

    >>> from datetime import UTC
    >>> [word for _, word in times_of(0, 4 * 3600 * NANOSECONDS, UTC)]
    ['00:00', '00:30', '01:00', '01:30', '02:00', '02:30', '03:00', '03:30', '04:00']
    """
    span_h = (end_ns - start_ns) / NANOSECONDS / HOUR
    step_ns = round(next((h for h in _STEPS_H if span_h / h <= 12), 720) * HOUR) * NANOSECONDS
    shift_ns = (
        int((at(start_ns, zone).utcoffset() or at(0, zone) - at(0, zone)).total_seconds()) * NANOSECONDS
    )
    first = -(-(start_ns + shift_ns) // step_ns) * step_ns - shift_ns
    form = "%d %b" if step_ns >= 24 * HOUR * NANOSECONDS else "%H:%M"
    return [(moment, f"{at(moment, zone):{form}}") for moment in range(first, end_ns + 1, step_ns)]


def _holes(shown: Outline, frame: _Frame) -> list[Markup]:
    return [
        _strip("hole", frame, shown.start_ns + begin * shown.step_ns, shown.start_ns + end * shown.step_ns)
        for begin, end in _runs(shown.good == 0)
    ]


def _lost(gaps: tuple[Gap, ...], frame: _Frame) -> list[Markup]:
    return [_strip("lost", frame, gap.first_ns, gap.last_ns) for gap in gaps]


def _strip(name: str, frame: _Frame, begin_ns: int, end_ns: int) -> Markup:
    x, width = frame.x(begin_ns), max(frame.x(end_ns) - frame.x(begin_ns), 1.0)
    return element("rect", class_=name, x=x, y=TOP, width=width, height=BOTTOM - TOP)


def _lines(shown: Outline, frame: _Frame) -> list[Markup]:
    parts = []
    for begin, end in _runs(shown.good > 0):
        middles = [frame.x(shown.start_ns + (place + 0.5) * shown.step_ns) for place in range(begin, end)]
        low, mean, high = (
            [(x, frame.y(float(level))) for x, level in zip(middles, line[begin:end], strict=True)]
            for line in (shown.low, shown.mean, shown.high)
        )
        if len(mean) == 1:  # a lone interval has no line
            parts.append(element("circle", class_="alone", cx=mean[0][0], cy=mean[0][1], r=1.6))
            continue
        parts.append(element("polygon", class_="band", points=points([*high, *reversed(low)])))
        parts.append(element("polyline", class_="mean", points=points(mean)))
    return parts


def _runs(which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Return the stretches of intervals that are meant, from and to before."""
    runs = []
    for meant, places in groupby(range(len(which)), key=lambda place: bool(which[place])):
        found = list(places)
        if meant:
            runs.append((found[0], found[-1] + 1))
    return runs
