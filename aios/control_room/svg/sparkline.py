"""Sparklines: a trend against its limit, the newest value marked."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from aios.control_room.svg.element import drawing, element, points
from aios.control_room.svg.scale import Scale

WIDTH, HEIGHT, PAD = 120.0, 28.0, 3.0


def sparkline(trend: Sequence[float], limit: float | None, *, beyond: bool) -> Markup:
    """Draw a trend, oldest first.

    Args:
        trend: (N,) values in one unit; fewer than two draw an empty frame.
        limit: limit in the same unit, drawn dotted; None where there is none.
        beyond: True where the newest value is past its limit; then its dot is filled in colour.
    """
    if len(trend) < 2:
        return drawing(width=WIDTH, height=HEIGHT, class_="spark")
    levels = [*trend, *(() if limit is None else (limit,))]
    y = Scale(min(levels), max(levels), HEIGHT - PAD, PAD)
    x = Scale(0, len(trend) - 1, PAD, WIDTH - PAD)
    line = points([(x(place), y(value)) for place, value in enumerate(trend)])
    newest = element(
        "circle", class_="newest beyond" if beyond else "newest", cx=x(len(trend) - 1), cy=y(trend[-1]), r=2.6
    )
    parts = [element("polyline", points=line), newest]
    if limit is not None:
        parts.insert(0, element("line", class_="limit", x1=0, x2=WIDTH, y1=y(limit), y2=y(limit)))
    return drawing(*parts, width=WIDTH, height=HEIGHT, class_="spark")
