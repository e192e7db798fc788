"""Loading duration curves: for which share of the time each of the most loaded branches carried how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from aios.studies.report.charts.drawn_run import DrawnRun
from aios.studies.report.charts.style import Figure, Trace, axis, figure, rule, words
from aios.studies.report.thinning import plain
from simulators.indicators.thermal import BIN_PU
from simulators.physics.flows import Values

MOST: Final = 6
"""Branches that are drawn: those with the highest loading under any controller."""
_ACROSS: Final = 3


def duration_chart(courses: Sequence[DrawnRun]) -> Figure:
    """Draw a small chart for each of the most loaded branches, with all controllers in it."""
    names = most_loaded(courses)
    rows = max(1, math.ceil(len(names) / _ACROSS))
    height = 80 + rows * 230
    traces, notes, shapes = list[Trace](), list[dict[str, Any]](), list[dict[str, Any]]()
    layout: dict[str, Any] = {"showlegend": True}
    top_percent = 100 * max([1.05, *(highest + 0.05 for highest in _highest(courses, names))])
    for place, name in enumerate(names):
        row, column = divmod(place, _ACROSS)
        suffix = "" if place == 0 else str(place + 1)
        layout |= _axes(suffix, row, column, rows, top_percent, titled=column == 0)
        traces += [
            trace
            for course in courses
            if (trace := _curve(course, name, suffix, first=place == 0)) is not None
        ]
        shapes.append(rule(100, yref=f"y{suffix}") | {"xref": f"x{suffix} domain"})
        notes.append(
            words(f"<b>{name}</b>", x=0, xref=f"x{suffix} domain", xanchor="left", y=1.0,
                  yref=f"y{suffix} domain", yanchor="bottom")
        )  # fmt: skip
    return figure(traces, height=height, shapes=shapes, annotations=notes, **layout)


def most_loaded(courses: Sequence[DrawnRun]) -> list[str]:
    """Return the branches with the highest loading under any controller, the highest first."""
    highest: dict[str, float] = {}
    for course in courses:
        for element, values in course.elements.items():
            if element.startswith("branch/") and values.get("loading_max_pu", 0.0) > 0.0:
                name = element.removeprefix("branch/")
                highest[name] = max(highest.get(name, 0.0), values["loading_max_pu"])
    return sorted(highest, key=lambda name: (-highest[name], name))[:MOST]


def exceeded(from_pu: Values, hours: Values) -> tuple[Values, Values]:
    """Return a duration curve from the hours in classes of loading.

    Args:
        from_pu: (C,) lower edge of each class, rising.
        hours: (C,) time in it.

    Returns:
        Share of the time, %, and the loading, pu, that is reached or exceeded for it; both (K,), the highest
        class that was seen comes first.

    >>> share, loading = exceeded(np.array([0.0, 0.5, 1.0]), np.array([6.0, 2.0, 0.0]))
    >>> share.tolist(), loading.tolist()
    ([0.0, 25.0, 100.0], [1.0, 0.5, 0.0])
    """
    total = float(hours.sum())
    seen = np.flatnonzero(hours > 0.0)
    if total <= 0.0 or len(seen) == 0:
        return np.zeros(0), np.zeros(0)
    places = np.arange(seen[-1], seen[0] - 1, -1)
    reached = 100.0 * np.cumsum(hours[places]) / total
    width = from_pu[1] - from_pu[0] if len(from_pu) > 1 else BIN_PU
    share = np.concatenate([[0.0], reached])
    loading = np.concatenate([[from_pu[places[0]] + width], from_pu[places]])
    return share, loading


def _curve(course: DrawnRun, branch: str, suffix: str, *, first: bool) -> Trace | None:
    mine = [place for place, name in enumerate(course.duration["branch"]) if name == branch]
    if not mine:
        return None
    share, loading = exceeded(course.duration["from_pu"][mine], course.duration["hours"][mine])
    return {
        "type": "scatter", "mode": "lines", "name": course.name, "legendgroup": course.name,
        "showlegend": first, "x": plain(share, 4), "y": plain(100.0 * loading, 4),
        "xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "meta": course.run.run,
        "line": {"color": course.look.colour, "dash": course.look.dash, "width": 1.8},
        "hovertemplate": f"{branch} at or above %{{y:.0f}} % for %{{x:.1f}} % of the time"
        f"<extra>{course.name}</extra>",
    }  # fmt: skip


def _axes(
    suffix: str, row: int, column: int, rows: int, top_percent: float, *, titled: bool
) -> dict[str, Any]:
    wide, gap = 0.29, 0.065
    left = column * (wide + gap)
    tall = (1.0 - 0.16 * (rows - 1)) / rows
    top = 1.0 - row * (tall + 0.16)
    return {
        f"xaxis{suffix}": axis(
            "share of the time, %", domain=[left, left + wide], range=[0, 100], anchor=f"y{suffix}"
        ),
        f"yaxis{suffix}": axis(
            "Loading, %" if titled else "", domain=[max(0.0, top - tall), top], range=[0, top_percent],
            anchor=f"x{suffix}",
        ),
    }  # fmt: skip


def _highest(courses: Sequence[DrawnRun], names: Sequence[str]) -> list[float]:
    return [
        course.elements.get(f"branch/{name}", {}).get("loading_max_pu", 0.0)
        for course in courses
        for name in names
    ]
