"""Range bars: a track, the 80 % interval on it, the median as a tick."""

from __future__ import annotations

from markupsafe import Markup

from aios.control_room.svg.element import drawing, element
from aios.control_room.svg.scale import Scale

HEIGHT = 16.0


def range_bar(low: float, median: float, high: float, *, scale: Scale) -> Markup:
    """Draw an interval and its median on a track; figures with units stand beside it in words.

    Args:
        low: lower end of the interval, in the unit of the scale.
        median: middle, same unit.
        high: upper end, same unit.
        scale: shared by all bars of a column, so that lengths compare.
    """
    left, right = scale(low), scale(high)
    return drawing(
        element("rect", class_="track", x=scale.begin, y=7, width=scale.end - scale.begin, height=2),
        element("rect", class_="interval", x=left, y=4.5, width=max(right - left, 1.0), height=7),
        element("rect", class_="median", x=scale(median) - 1.2, y=2, width=2.4, height=12),
        width=scale.end,
        height=HEIGHT,
        class_="range",
    )
