"""A series as a plot in the terminal: mean, least and greatest, and where nothing good was kept."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from drivers.historian.reader import Outline
from kernel.point import NANOSECONDS

_DAY_S = 86_400


def terminal_plot(
    shown: Outline, *, time_zone: str, width: int = 100, height: int = 22, colour: bool = True
) -> str:
    """Return a plot as text, as wide and high as said, in characters.

    A hole breaks the line and is marked on the lower edge.
    """
    import plotext as plt  # noqa: PLC0415 - only where somebody looks

    good = shown.good > 0
    middle = np.arange(len(shown.mean)) + 0.5
    plt.clear_figure()
    plt.theme("dark" if colour else "clear")
    plt.plot_size(width, height)
    for begin, end in _runs(good):
        for line, name in ((shown.low, "gray"), (shown.high, "gray"), (shown.mean, "cyan")):
            plt.plot(middle[begin:end].tolist(), line[begin:end].tolist(), marker="braille", color=name)
    if good.any() and not good.all():
        floor = float(shown.low[good].min())
        holes = middle[~good]
        plt.scatter(holes.tolist(), [floor] * len(holes), marker="x", color="red", label="nothing good")
    plt.xlim(0, len(shown.mean))
    plt.xticks(*_ticks(shown, time_zone))
    plt.title(f"{shown.column.name}, {shown.column.unit}")
    text = str(plt.build())
    return text if colour else plt.uncolorize(text)


def _runs(good: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Return the stretches without a hole, from and to before.

    >>> _runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _ticks(shown: Outline, time_zone: str) -> tuple[list[float], list[str]]:
    """Return places and words of about six times, the date where the plot is longer than a day."""
    zone, count = ZoneInfo(time_zone), len(shown.mean)
    form = "%H:%M:%S" if shown.step_ns * count < 600 * NANOSECONDS else "%H:%M"
    if shown.step_ns * count > _DAY_S * NANOSECONDS:
        form = "%d %b %H:%M"
    places = [count * part / 6 for part in range(7)]
    moments = [
        datetime.fromtimestamp((shown.start_ns + place * shown.step_ns) / 1e9, zone) for place in places
    ]
    return places, [f"{moment:{form}}" for moment in moments]
