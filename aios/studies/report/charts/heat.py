"""Hot spots of transformers over time, each transformer in a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from aios.studies.report.charts.drawn_run import DrawnRun
from aios.studies.report.charts.style import Figure, Trace, axis, figure, words
from aios.studies.report.thinning import plain

_ROW: Final = 170
_GAP: Final = 40
MOST: Final = 4
"""Transformers that are drawn: the hottest."""


def heat_chart(courses: Sequence[DrawnRun]) -> Figure | None:
    """Draw the hot spots of the hottest transformers; None where no run kept any."""
    peaks: dict[str, float] = {}
    for course in courses:
        for name, values in course.heat.items():
            if name != "at_ns" and len(values):
                peaks[name] = max(peaks.get(name, -np.inf), float(np.max(values)))
    names = sorted(sorted(peaks, key=lambda name: -peaks[name])[:MOST])
    if not names:
        return None
    inner = len(names) * _ROW + (len(names) - 1) * _GAP
    layout: dict[str, Any] = {
        "xaxis": axis(
            f"local time ({courses[0].clock.name})", type="date", range=list(courses[0].span),
            anchor="y" if len(names) == 1 else f"y{len(names)}",
        ),
        "showlegend": True,
    }  # fmt: skip
    traces, notes = list[Trace](), list[dict[str, Any]]()
    for place, name in enumerate(names):
        suffix = "" if place == 0 else str(place + 1)
        top = 1.0 - place * (_ROW + _GAP) / inner
        layout[f"yaxis{suffix}"] = axis(
            "Hot spot, degC", domain=[max(0.0, top - _ROW / inner), top], anchor="x"
        )
        traces += [
            _trace(course, name, suffix, first=place == 0) for course in courses if name in course.heat
        ]
        notes.append(
            words(f"<b>{name}</b>", x=0, xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom")
        )
    return figure(traces, height=inner + 80, annotations=notes, **layout)


def _trace(course: DrawnRun, name: str, suffix: str, *, first: bool) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "name": course.name, "legendgroup": course.name,
        "showlegend": first, **course.times(course.heat), "y": plain(course.heat[name], 4),
        "yaxis": f"y{suffix}", "meta": course.run.run,
        "line": {"color": course.look.colour, "dash": course.look.dash, "width": 1.6},
        "hovertemplate": f"%{{y:.1f}} degC<extra>{course.name}</extra>",
    }  # fmt: skip
