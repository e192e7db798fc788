"""Voltage bands: lowest, median and highest bus over time, against the limits of EN 50160."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from aios.studies.report.charts.drawn_run import DrawnRun
from aios.studies.report.charts.style import Figure, Trace, axis, figure, rule, words
from simulators.indicators.voltage import HIGH_PU, LOW_PU

_ROW: Final = 190
_GAP: Final = 44


def voltage_chart(courses: Sequence[DrawnRun]) -> Figure:
    """Draw a band for each controller, one above the other, all on one scale."""
    count = len(courses)
    height = 70 + count * _ROW + (count - 1) * _GAP
    inner = height - 70
    low, high = _range(courses)
    traces, shapes, notes = list[Trace](), list[dict[str, Any]](), list[dict[str, Any]]()
    layout: dict[str, Any] = {
        "xaxis": axis(
            f"local time ({courses[0].clock.name})", type="date", anchor="y" if count == 1 else f"y{count}",
            range=list(courses[0].span),
        ),
        "showlegend": True,
    }  # fmt: skip
    for place, course in enumerate(courses):
        top = 1.0 - place * (_ROW + _GAP) / inner
        name = "y" if place == 0 else f"y{place + 1}"
        layout[f"yaxis{'' if place == 0 else place + 1}"] = axis(
            "Voltage, pu", domain=[max(0.0, top - _ROW / inner), top], range=[low, high], tickformat=".2f",
            anchor="x",
        )  # fmt: skip
        traces += _band(course, name, first=place == 0)
        shapes += [
            rule(limit, yref=name, colour="var(--p2)", dash="dash") | {"layer": "above"}
            for limit in (LOW_PU, HIGH_PU)
        ]
        shapes.append(rule(1.0, yref=name, colour="var(--line)", dash="solid"))
        notes.append(
            words(
                f"<b>{course.name}</b>",
                x=0,
                xref="paper",
                xanchor="left",
                y=top,
                yref="paper",
                yanchor="bottom",
            )
        )
        notes += [
            words(
                f"{100 * limit:.0f} %",
                x=1,
                xref="paper",
                xanchor="right",
                y=limit,
                yref=name,
                yanchor="bottom" if limit < 1.0 else "top",
                font={"color": "var(--p2)", "size": 11},
            )
            for limit in (LOW_PU, HIGH_PU)
        ]
    return figure(traces, height=height, shapes=shapes, annotations=notes, **layout)


def _band(course: DrawnRun, yaxis: str, *, first: bool) -> list[Trace]:
    times = course.times()
    common = {"type": "scatter", "mode": "lines", "yaxis": yaxis, **times, "meta": course.run.run}
    low, high = course.column("voltage_min_pu"), course.column("voltage_max_pu")
    edge = {"width": 0.8, "color": "var(--dim)"}
    return [
        common
        | {
            "name": "lowest bus", "y": low, "line": edge, "showlegend": False,
            "hovertemplate": "%{y:.4f} pu<extra>lowest bus</extra>",
        },
        common
        | {
            "name": "lowest to highest bus", "legendgroup": "band", "y": high, "line": edge,
            "fill": "tonexty", "fillcolor": "var(--band)", "showlegend": first,
            "hovertemplate": "%{y:.4f} pu<extra>highest bus</extra>",
        },
        common
        | {
            "name": "median bus", "legendgroup": "median", "y": course.column("voltage_median_pu"),
            "line": {"color": "var(--ink)", "width": 1.6}, "showlegend": first,
            "hovertemplate": "%{y:.4f} pu<extra>median bus</extra>",
        },
        common | _outside(low, high, first=first),
    ]  # fmt: skip


def _outside(low: list[float | None], high: list[float | None], *, first: bool) -> Trace:
    """Mark what is beyond a limit, so that nobody has to measure it with the eye."""
    beyond = [
        below
        if below is not None and below < LOW_PU
        else above
        if above is not None and above > HIGH_PU
        else None
        for below, above in zip(low, high, strict=True)
    ]
    return {
        "mode": "markers", "name": "outside 90 to 110 %", "legendgroup": "outside", "y": beyond,
        "marker": {"color": "var(--p1)", "symbol": "diamond", "size": 6},
        "showlegend": first and any(one is not None for one in beyond),
        "hovertemplate": "%{y:.4f} pu, outside its limits<extra></extra>",
    }  # fmt: skip


def _range(courses: Sequence[DrawnRun]) -> tuple[float, float]:
    """Return a scale that has both limits and everything that was seen."""
    seen = [
        value
        for course in courses
        for name in ("voltage_min_pu", "voltage_max_pu")
        for value in course.column(name)
        if value is not None and math.isfinite(value)
    ]
    return min([LOW_PU - 0.02, *(value - 0.005 for value in seen)]), max(
        [HIGH_PU + 0.02, *(value + 0.005 for value in seen)]
    )
