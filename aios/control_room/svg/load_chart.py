"""The load chart: what was measured, what is forecast with its interval, the limit, the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from markupsafe import Markup

from aios.control_room.figures import number, quantity
from aios.control_room.svg.element import drawing, element, points
from aios.control_room.svg.scale import Scale, round_ticks
from aios.control_room.times import HOUR, clock
from kernel.point import NANOSECONDS

WIDTH: Final = 520.0
HEIGHT: Final = 200.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 512.0, 24.0, 178.0
TELLING: Final = 0.01
"""A plan that changes the peak by less than this part is not labelled apart from the forecast."""
Pairs = list[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Interval means, oldest first; None is a hole."""

    start_ns: int
    step_s: float
    values: tuple[float | None, ...]

    def middles(self) -> list[tuple[int, float | None]]:
        """Return each mean with the middle of its interval, nanoseconds since 1970 UTC."""
        step = round(self.step_s * NANOSECONDS)
        return [(self.start_ns + step * place + step // 2, value) for place, value in enumerate(self.values)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Everything the chart shows, all values in one unit."""

    name: str
    unit: str
    now_ns: int
    begin_ns: int
    end_ns: int
    zone: tzinfo
    measured: Track | None = None
    low: Track | None = None
    median: Track | None = None
    high: Track | None = None
    plan: Track | None = None
    plan_label: str = ""
    limit: float | None = None

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks that are there."""
        every = (self.measured, self.low, self.median, self.high, self.plan)
        return tuple(track for track in every if track is not None)


@dataclass(frozen=True, slots=True)
class _Frame:
    x: Scale
    y: Scale
    ticks: tuple[float, ...]

    def runs(self, track: Track) -> list[Pairs]:
        """Coordinates of a track inside the window, broken at holes."""
        runs: list[Pairs] = [[]]
        for at_ns, value in track.middles():
            if value is None:
                runs.append([])
            elif self.x.low <= at_ns <= self.x.high:
                runs[-1].append((self.x(at_ns), self.y(value)))
        return [run for run in runs if len(run) > 1]


def load_chart(load: Load) -> Markup:
    """Draw the chart; without any value it is the frame with its limit."""
    frame = _frame(load)
    layers: tuple[Callable[[Load, _Frame], list[Markup]], ...] = (_grid, _band, _limit, _lines, _now, _labels)
    parts = [part for layer in layers for part in layer(load, frame)]
    return drawing(*parts, width=WIDTH, height=HEIGHT, label=summary(load), class_="load")


def summary(load: Load) -> str:
    """Say in one sentence what the chart shows, for those who do not see it."""
    said = [f"Load of {load.name} in {load.unit}"]
    measured = [value for value in (load.measured.values if load.measured else ()) if value is not None]
    if measured:
        said.append(f"last measured mean {quantity(measured[-1], load.unit)}")
    if load.median and (peak := _peak(load.median)):
        said.append(f"forecast peak {quantity(peak[1], load.unit)} at {clock(peak[0], load.zone)[:5]}")
    if load.limit is not None:
        said.append(f"demand limit {quantity(load.limit, load.unit)}")
    if load.plan_label:
        said.append(load.plan_label)
    return "; ".join(said)


def _peak(track: Track) -> tuple[int, float] | None:
    known = [(at_ns, value) for at_ns, value in track.middles() if value is not None]
    return max(known, key=lambda pair: pair[1]) if known else None


def _frame(load: Load) -> _Frame:
    levels = [value for track in load.tracks for value in track.values if value is not None]
    if load.limit is not None:
        levels.append(load.limit)
    ticks = round_ticks(min(levels, default=0.0), max(levels, default=1.0), 4)
    x = Scale(load.begin_ns, load.end_ns, LEFT, RIGHT)
    return _Frame(x, Scale(ticks[0], ticks[-1], BOTTOM, TOP), ticks)


def _grid(load: Load, frame: _Frame) -> list[Markup]:
    parts = []
    for tick in frame.ticks:
        y = frame.y(tick)
        parts.append(element("line", class_="grid", x1=LEFT, x2=RIGHT, y1=y, y2=y))
        places = 0 if tick == round(tick) else 1
        parts.append(
            element("text", number(tick, places), class_="axis", x=LEFT - 6, y=y + 4, text_anchor="end")
        )
    step = 3 * HOUR * NANOSECONDS
    for at_ns in range(-(-load.begin_ns // step) * step, load.end_ns + 1, step):
        word = clock(at_ns, load.zone)[:2]
        parts.append(
            element("text", word, class_="axis", x=frame.x(at_ns), y=BOTTOM + 18, text_anchor="middle")
        )
    return parts


def _band(load: Load, frame: _Frame) -> list[Markup]:
    if load.low is None or load.high is None:
        return []
    upper, lower = frame.runs(load.high), frame.runs(load.low)
    return [
        element("polygon", class_="band", points=points([*over, *reversed(under)]))
        for over, under in zip(upper, lower, strict=False)
    ]


def _lines(load: Load, frame: _Frame) -> list[Markup]:
    named = ((load.median, "forecast"), (load.plan, "plan"), (load.measured, "measured"))
    return [
        element("polyline", class_=name, points=points(run))
        for track, name in named
        if track is not None
        for run in frame.runs(track)
    ]


def _limit(load: Load, frame: _Frame) -> list[Markup]:
    if load.limit is None:
        return []
    y = frame.y(load.limit)
    words = f"demand limit {quantity(load.limit, load.unit)}"
    return [
        element("line", class_="limit", x1=LEFT, x2=RIGHT, y1=y, y2=y),
        element("text", words, class_="label", x=LEFT + 4, y=y - 5),
    ]


def _now(load: Load, frame: _Frame) -> list[Markup]:
    x = frame.x(load.now_ns)
    return [
        element("line", class_="now", x1=x, x2=x, y1=8, y2=BOTTOM),
        element(
            "text",
            f"now {clock(load.now_ns, load.zone)[:5]}",
            class_="label",
            x=x - 5,
            y=16,
            text_anchor="end",
        ),
    ]


def _labels(load: Load, frame: _Frame) -> list[Markup]:
    if load.plan is None or load.median is None or not (peak := _peak(load.median)):
        return []
    said = element("text", load.plan_label, class_="label chosen", x=RIGHT, y=BOTTOM - 8, text_anchor="end")
    planned = dict(load.plan.middles()).get(peak[0])
    if planned is None or abs(planned - peak[1]) < TELLING * abs(peak[1]):
        return [said]
    x, y = frame.x(peak[0]), frame.y(peak[1])
    anchor = "end" if x > RIGHT - 95 else "start"
    side = -14 if anchor == "end" else 14
    return [
        said,
        element("text", "without control", class_="label", x=x + side, y=max(y + 2, 16), text_anchor=anchor),
    ]
