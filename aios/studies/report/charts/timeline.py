"""The fault timeline: what was truly wrong, above what the gateway said of it and how its loops stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from aios.studies.report.charts.drawn_run import DrawnRun
from aios.studies.report.charts.style import Figure, Trace, axis, figure, words
from aios.studies.result import Happening

_ROW: Final = 26
_FAULT: Final = "var(--p2)"
_TOLD: Final = "var(--sel)"
_PRIORITIES: Final = {1: "var(--p1)", 2: "var(--p2)", 3: "var(--p3)"}
_RUNGS: Final = {
    "model": "var(--rung0)",
    "previous_model": "var(--rung1)",
    "baseline": "var(--rung2)",
    "rule": "var(--rung3)",
    "hold": "var(--rung4)",
    "safe": "var(--rung5)",
    "person": "var(--rung6)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch of time on one row."""

    row: str
    begin_ns: int
    end_ns: int
    colour: str
    text: str
    """Inside the bar."""
    hover: str
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment on one row."""

    row: str
    at_ns: int
    symbol: str
    colour: str
    hover: str


def timeline_chart(course: DrawnRun) -> Figure | None:
    """Draw what happened in one run; None where nothing did."""
    bars = list(_bars(course))
    moments = list(_moments(course))
    rows = list(dict.fromkeys([*(one.row for one in bars), *(one.row for one in moments)]))
    if not rows:
        return None
    place = {row: -number for number, row in enumerate(rows)}
    begin, end = course.span
    traces: list[Trace] = [_bar(course, one, place[one.row]) for one in bars]
    traces += [_marker(course, one, place[one.row]) for one in moments]
    ticks = [place[row] for row in rows]
    return figure(
        traces,
        height=84 + _ROW * len(rows),
        margin={"l": 66, "r": 14, "t": 30, "b": 54},
        xaxis=axis(f"local time ({course.clock.name})", type="date", range=[begin, end]),
        yaxis=axis(
            tickvals=ticks,
            ticktext=rows,
            range=[min(ticks) - 0.6, 0.6],
            showgrid=False,
            fixedrange=True,
        ),
        annotations=[_inside(course, one, place[one.row]) for one in bars if one.text],
        barmode="overlay",
        bargap=0.25,
        showlegend=False,
        hovermode="closest",
    )


def _bars(course: DrawnRun) -> Iterator[Bar]:
    said = course.run.happenings
    for one in said:
        if one.kind == "fault" and one.at_ns < course.end_ns:
            yield _stretch(course, one, f"truth: {one.subject}", _FAULT, one.words, "/")
    yield from _unsolved(course)
    for one in said:
        if one.kind == "order":
            yield _stretch(course, one, f"order: {one.subject}", _TOLD, one.words.partition(";")[0])
    yield from _alarms(course)
    for kind in ("notice", "quality"):
        for one in (one for one in said if one.kind == kind):
            yield _stretch(course, one, f"{kind}: {one.subject}", _TOLD, one.words)
    for loop in dict.fromkeys(one.subject for one in said if one.kind == "rung"):
        yield from _rungs(course, loop)


def _alarms(course: DrawnRun) -> Iterator[Bar]:
    """Yield when alarms stood, in the colours of their priorities; a row is an alarm."""
    alarms = [one for one in course.run.happenings if one.kind == "alarm"]
    of = Counter(subject for _, subject in {one.subject.partition(":")[::2] for one in alarms})
    for one in alarms:
        condition, _, subject = one.subject.partition(":")
        row = f"alarm: {subject} {condition}" if of[subject] > 1 else f"alarm: {subject}"
        yield _stretch(course, one, row, _PRIORITIES.get(one.priority, _TOLD), condition)


def _unsolved(course: DrawnRun) -> Iterator[Bar]:
    """Yield the time in which the grid had no solution."""
    at = course.series["at_ns"]
    lost = np.asarray(course.series.get("unconverged_s", np.zeros(len(at)))) > 0.0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(int)))
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield Bar(
            row="truth: grid",
            begin_ns=int(at[first]) - course.step_ns,
            end_ns=int(at[after - 1]),
            colour="var(--p1)",
            text="no solution",
            hover="the grid has no solution",
            pattern="x",
        )


def _moments(course: DrawnRun) -> Iterator[Moment]:
    """Yield when people asked and orders rose; an order that only names another cause goes on."""
    ends = {(one.subject, one.until_ns) for one in course.run.happenings if one.kind == "order"}
    for one in course.run.happenings:
        if one.kind == "request":
            yield Moment(
                row="asked by people", at_ns=one.at_ns, symbol="diamond", colour="var(--ink)",
                hover=f"{one.subject}<br>{one.words}",
            )  # fmt: skip
        elif one.kind == "order" and (one.subject, one.at_ns) not in ends:
            yield Moment(
                row=f"order: {one.subject}", at_ns=one.at_ns, symbol="triangle-right", colour="var(--ink)",
                hover="<br>".join((f"the order rises: {one.words}", *one.evidence)),
            )  # fmt: skip


def _rungs(course: DrawnRun, loop: str) -> Iterator[Bar]:
    """Yield the rungs of a loop one after the other; it begins on the model."""
    rung, since_ns, why = "model", course.begin_ns, ""
    changes = [one for one in course.run.happenings if one.kind == "rung" and one.subject == loop]
    for change in (*changes, None):
        until_ns = course.end_ns if change is None else change.at_ns
        if until_ns > since_ns:
            yield Bar(
                row=f"loop: {loop}",
                begin_ns=since_ns,
                end_ns=until_ns,
                colour=_RUNGS.get(rung, "var(--dim)"),
                text=rung.replace("_", " "),
                hover=f"{loop} on {rung}{'<br>' * bool(why)}{why}",
            )
        if change is not None:
            told, _, why = change.words.partition(": ")
            rung, since_ns = told.rpartition("-> ")[2], change.at_ns


def _stretch(course: DrawnRun, one: Happening, row: str, colour: str, text: str, pattern: str = "") -> Bar:
    begin_ns = max(one.at_ns, course.begin_ns)
    end_ns = course.end_ns if one.until_ns is None else min(one.until_ns, course.end_ns)
    since = "" if one.at_ns >= course.begin_ns else f"<br>since {course.clock.text(one.at_ns)[:16]}"
    return Bar(
        row=row, begin_ns=begin_ns, end_ns=max(end_ns, begin_ns), colour=colour, text=text,
        hover="<br>".join((one.subject, one.words, *one.evidence)) + since, pattern=pattern,
    )  # fmt: skip


def _bar(course: DrawnRun, one: Bar, place: int) -> Trace:
    return {
        "type": "bar", "orientation": "h", "y": [place], "base": [course.clock.text(one.begin_ns)],
        "x": [(one.end_ns - one.begin_ns) // 1_000_000], "width": 0.72,
        "marker": {
            "color": one.colour, "line": {"width": 0},
            "pattern": {"shape": one.pattern, "bgcolor": one.colour, "fgcolor": "var(--pane)", "size": 8,
                        "solidity": 0.2, "fgopacity": 0.3},
        },
        "hovertemplate": f"{one.hover}<br>{course.clock.text(one.begin_ns)[:16]} to "
        f"{course.clock.text(one.end_ns)[:16]}<extra></extra>",
        "meta": course.run.run,
    }  # fmt: skip


def _marker(course: DrawnRun, one: Moment, place: int) -> Trace:
    return {
        "type": "scatter", "mode": "markers", "x": [course.clock.text(one.at_ns)], "y": [place],
        "marker": {"symbol": one.symbol, "size": 11, "color": one.colour,
                   "line": {"color": "var(--pane)", "width": 1.2}},
        "hovertemplate": f"{one.hover}<br>{course.clock.text(one.at_ns)[:16]}<extra></extra>",
        "meta": course.run.run,
    }  # fmt: skip


def _inside(course: DrawnRun, one: Bar, place: int) -> dict[str, Any]:
    """Write a bar's text at its begin, unless the bar is too short to carry it."""
    share = (one.end_ns - one.begin_ns) / max(1, course.end_ns - course.begin_ns)
    room = int(share * 120)
    text = one.text if len(one.text) <= room else (one.text[: room - 1] + "\u2026" if room > 6 else "")
    plainly = one.colour in {"var(--rung0)", "var(--rung1)"}
    return words(
        text, x=course.clock.text(one.begin_ns), y=place, xanchor="left", yanchor="middle",
        xshift=13 if one.row.startswith("order") else 5,
        font={"size": 11, "color": "var(--ink)" if plainly else "var(--on)"},
    )  # fmt: skip
