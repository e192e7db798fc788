"""How charts look: colours that most people tell apart, doubled by dashes, and axes with units.

Colours are those of Okabe and Ito, Color Universal Design (2008), lighter in the dark; the style sheet has
them by name.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

Trace = dict[str, Any]
Figure = dict[str, Any]
"""`data` and `layout`, as plotly.js takes them; a colour `var(--x)` is looked up in the page."""


class Look(NamedTuple):
    """How one controller looks in every chart."""

    colour: str
    dash: str
    symbol: str


LOOKS: Final = (
    Look("var(--c0)", "6px,2px", "circle"),
    Look("var(--c1)", "solid", "square"),
    Look("var(--c2)", "dash", "diamond"),
    Look("var(--c3)", "dot", "triangle-up"),
    Look("var(--c4)", "dashdot", "cross"),
    Look("var(--c5)", "longdash", "star"),
)


def look(place: int) -> Look:
    """Return the look of the cell at a place among its scenario's; they repeat after six."""
    return LOOKS[place % len(LOOKS)]


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """Return an axis with a title that names its unit."""
    return {
        "title": {"text": title, "standoff": 8, "font": {"size": 12}},
        "zeroline": False,
        "automargin": True,
        **more,
    }


def figure(data: list[Trace], *, height: int, **layout: Any) -> Figure:
    """Return a figure of so many pixels."""
    return {"data": data, "layout": {"height": height, **layout}}


def words(text: str, *, x: float | str, y: float, **more: Any) -> dict[str, Any]:
    """Return a text inside a chart, without an arrow."""
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": {"size": 12}, **more}


def rule(
    y: float, *, yref: str = "y", colour: str = "var(--ink)", dash: str = "dot", width: float = 1.2
) -> dict[str, Any]:
    """Return a horizontal line through the whole chart: a limit."""
    line = {"color": colour, "dash": dash, "width": width}
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": yref, "y0": y, "y1": y, "line": line,
        "layer": "below",
    }  # fmt: skip
