"""Before and after: import, losses and loading of every controller over the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aios.studies.report.charts.drawn_run import DrawnRun
from aios.studies.report.charts.style import Figure, Trace, axis, figure, rule, words

_ROWS: Final = (
    ("import_kw", 1.0, "Import, kW", (0.50, 1.0), "y"),
    ("loading_max_pu", 100.0, "Loading, %", (0.26, 0.45), "y2"),
    ("loss_kw", 1.0, "Losses, kW", (0.0, 0.21), "y3"),
)


def power_chart(courses: Sequence[DrawnRun]) -> Figure:
    """Draw what the grid delivers under each controller, with the demand limit that one of them keeps."""
    traces = [_trace(course, row) for row in range(len(_ROWS)) for course in courses]
    layout: dict[str, object] = {
        "xaxis": axis(
            f"local time ({courses[0].clock.name})", type="date", anchor="y3", range=list(courses[0].span)
        ),
        "showlegend": True,
    }
    for place, (_, _, title, domain, name) in enumerate(_ROWS):
        layout[f"yaxis{place + 1 if place else ''}"] = axis(
            title, domain=list(domain), anchor="x", rangemode="tozero" if name != "y" else "normal"
        )
    shapes, notes = [rule(100.0, yref="y2")], []
    limit = next((one.limit_kw for one in courses if one.limit_kw is not None), None)
    if limit is not None:
        shapes.append(rule(limit, colour="var(--p2)", dash="dash", width=1.6))
        notes.append(
            words(
                f"limit {limit:,.0f} kW".replace(",", "\u202f"),
                x=1,
                xref="paper",
                xanchor="right",
                y=limit,
                yref="y",
                yanchor="bottom",
                font={"color": "var(--p2)", "size": 12},
            )
        )
    notes.append(
        words(
            "rating of the most loaded branch",
            x=1,
            xref="paper",
            xanchor="right",
            y=100,
            yref="y2",
            yanchor="top",
        )
    )
    return figure(traces, height=640, shapes=shapes, annotations=notes, **layout)


def _trace(course: DrawnRun, row: int) -> Trace:
    column, factor, title, _, yaxis = _ROWS[row]
    unit = title.rpartition(", ")[2]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": course.name,
        "legendgroup": course.name,
        "showlegend": row == 0,
        **course.times(),
        "y": course.column(column, factor),
        "yaxis": yaxis,
        "line": {"color": course.look.colour, "dash": course.look.dash, "width": 1.7, "shape": "hvh"},
        "hovertemplate": f"%{{y:,.4~g}} {unit}<extra>{course.name}</extra>",
        "meta": course.run.run,
    }
