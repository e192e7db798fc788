"""The one-line diagram: buses by their voltage, branches by their loading, as they were at their worst.

Grey is normal. What is not has a colour, and is thicker or marked too, for those who see colours alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from aios.studies.report.charts.drawn_run import DrawnRun
from aios.studies.report.charts.style import Figure, Trace, figure, words
from aios.studies.report.tree import Place, Tree, lay_out, open_branches
from simulators.indicators.voltage import HIGH_PU, LOW_PU
from simulators.networks.network import Coupler, Line

_LABELLED: Final = 40
"""Buses up to which every one has its name; beyond, those that are out of their band."""
_LEVEL: Final = 1.0


class Class(NamedTuple):
    """A class of states with its looks."""

    below: float
    """First value that is no longer in it."""
    words: str
    colour: str
    width: float


LOADING: Final = (
    Class(0.5, "below 50 %", "var(--load0)", 1.4),
    Class(0.7, "50 to 70 %", "var(--load1)", 2.2),
    Class(0.9, "70 to 90 %", "var(--load2)", 3.2),
    Class(1.0, "90 to 100 %", "var(--load3)", 4.4),
    Class(math.inf, "above its rating", "var(--load4)", 6.0),
)
"""Highest loading of a branch."""
VOLTAGE: Final = (
    Class(LOW_PU, "below 90 %", "var(--volt0)", 8.0),
    Class(0.95, "90 to 95 %", "var(--volt1)", 6.5),
    Class(1.05, "95 to 105 %", "var(--volt2)", 5.0),
    Class(HIGH_PU, "105 to 110 %", "var(--volt3)", 6.5),
    Class(math.inf, "above 110 %", "var(--volt4)", 8.0),
)
"""The ten-minute mean of a bus that lies farthest from its rated voltage."""


def one_line_chart(course: DrawnRun) -> Figure:
    """Draw the network of a run."""
    tree = lay_out(course.network)
    levels = 1 + max(place.level for place in tree.places.values())
    width = 1.0 + max(place.right for place in tree.places.values())
    traces = [
        *_ways(course, tree),
        *_bars(course, tree),
        *_symbols(course, tree),
        _touch(course, tree),
    ]
    plain = {"visible": False, "fixedrange": False}
    return figure(
        traces,
        height=min(900, max(300, 120 + 104 * (levels - 1))),
        xaxis=plain | {"range": [-0.5, max(width - 0.4, 2.4)]},
        yaxis=plain | {"range": [-(levels - 1) * _LEVEL - 0.55, 0.45]},
        annotations=list(_names(course, tree)),
        showlegend=True,
        legend={"y": 0.0, "yanchor": "bottom", "orientation": "h", "yref": "container", "x": 0},
        margin={"l": 8, "r": 8, "t": 20, "b": 44},
        hovermode="closest",
        dragmode="pan",
    )


def loading_class(loading_pu: float) -> Class:
    """Return the class of a loading; one that is not known counts as none.

    >>> loading_class(0.49).words, loading_class(1.2).words, loading_class(math.nan).words
    ('below 50 %', 'above its rating', 'below 50 %')
    """
    return LOADING[0] if math.isnan(loading_pu) else next(one for one in LOADING if loading_pu < one.below)


def voltage_class(u_pu: float) -> Class:
    """Return the class of a voltage; one that is not known counts as normal.

    >>> voltage_class(0.93).words, voltage_class(1.0).words, voltage_class(1.11).words
    ('90 to 95 %', '95 to 105 %', 'above 110 %')
    """
    return VOLTAGE[2] if math.isnan(u_pu) else next(one for one in VOLTAGE if u_pu < one.below)


def farthest_pu(values: dict[str, float]) -> float:
    """Return the voltage that lies farther from rated, of the lowest and the highest; NaN without any.

    >>> farthest_pu({"voltage_min_pu": 0.94, "voltage_max_pu": 1.02})
    0.94
    """
    seen = [values.get(name, math.nan) for name in ("voltage_min_pu", "voltage_max_pu")]
    known = [one for one in seen if math.isfinite(one)]
    return max(known, key=lambda u_pu: abs(u_pu - 1.0)) if known else math.nan


def _ways(course: DrawnRun, tree: Tree) -> Iterator[Trace]:
    """Yield the branches, class by class; what is open is dashed."""
    loading = {name: _loading(course, name) for name in (*tree.down, *tree.across)}
    away = open_branches(course.network)
    for one in LOADING:
        x: list[float | None] = []
        y: list[float | None] = []
        for name, loading_pu in loading.items():
            if name not in away and loading_class(loading_pu) is one:
                for px, py in _path(tree, name):
                    x.append(px)
                    y.append(py)
                x.append(None)
                y.append(None)
        yield _line(x, y, one, f"branch {one.words}")
    x, y = [], []
    for name in sorted(away & loading.keys()):
        for px, py in _path(tree, name):
            x.append(px)
            y.append(py)
        x.append(None)
        y.append(None)
    if x:
        way = _line(x, y, LOADING[0], "open when the run began")
        way["line"] = way["line"] | {"dash": "dot"}
        yield way


def _bars(course: DrawnRun, tree: Tree) -> Iterator[Trace]:
    for one in VOLTAGE:
        x: list[float | None] = []
        y: list[float | None] = []
        for bus, place in tree.places.items():
            if voltage_class(_voltage(course, bus)) is one:
                x += [place.left, place.right, None]
                y += [-place.level, -place.level, None]
        yield _line(x, y, one, f"bus {one.words}")


def _line(x: list[Any], y: list[Any], one: Class, name: str) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "hoverinfo": "skip",
        "line": {"color": one.colour, "width": one.width}, "showlegend": bool(x),
    }  # fmt: skip


def _path(tree: Tree, branch: str) -> list[tuple[float, float]]:
    """Return the way of a branch: straight down; along a level; or around, between columns and levels."""
    if branch in tree.down:
        upper, lower = (tree.places[bus] for bus in tree.down[branch])
        return [(lower.middle, -float(upper.level)), (lower.middle, -float(lower.level))]
    one, other = sorted((tree.places[bus] for bus in tree.across[branch]), key=lambda at: (at.left, at.level))
    if one.level == other.level and one.right <= other.left and _are_neighbours(tree, one, other):
        return [(one.right, -float(one.level)), (other.left, -float(other.level))]
    # Ways that go around each other do so side by side.
    lane = 0.06 + 0.05 * (sorted(tree.across).index(branch) % 3)
    y, last = -float(one.level), -float(other.level)
    if one.right >= other.left:
        outside = max(one.right, other.right) + lane
        return [(one.right, y), (outside, y), (outside, last), (other.right, last)]
    below = last - 0.3 - lane
    return [
        (one.right, y), (one.right + lane, y), (one.right + lane, below),
        (other.left - lane, below), (other.left - lane, last), (other.left, last),
    ]  # fmt: skip


def _are_neighbours(tree: Tree, one: Place, other: Place) -> bool:
    """Whether no bar stands between two on their level."""
    return not any(
        at.level == one.level and one.right < at.right <= other.left for at in tree.places.values()
    )


def _symbols(course: DrawnRun, tree: Tree) -> Iterator[Trace]:
    """Yield transformers as two rings, breakers as squares (hollow where open), the source as a grid."""
    network = course.network
    rings = [_middle(tree, one.name) for one in network.transformers]
    yield _marks(
        [x for x, _ in rings for _ in range(2)],
        [y + shift for _, y in rings for shift in (0.07, -0.07)],
        {"symbol": "circle-open", "size": 17, "color": "var(--ink)", "line": {"width": 1.8}},
    )
    away = open_branches(network)
    for is_open in (False, True):
        squares = [
            _breaker(tree, one.name)
            for one in network.branches
            if isinstance(one, Line | Coupler) and one.breaker and (one.name in away) is is_open
        ]
        fill = "var(--pane)" if is_open else "var(--ink)"
        yield _marks(
            [x for x, _ in squares],
            [y for _, y in squares],
            {"symbol": "square", "size": 9, "color": fill, "line": {"color": "var(--ink)", "width": 1.6}},
        )
    top = tree.places[network.source.bus]
    yield _marks(
        [top.middle], [-top.level + 0.3],
        {"symbol": "hash-open", "size": 17, "color": "var(--ink)", "line": {"width": 1.4}},
    )  # fmt: skip
    size = 11 if len(tree.places) <= _LABELLED else 6
    fed = [one.bus for one in network.plants]
    yield _marks(
        [tree.places[bus].right - 0.08 for bus in fed], [-tree.places[bus].level - 0.16 for bus in fed],
        {"symbol": "triangle-up-open", "size": size, "color": "var(--ink)", "line": {"width": 1.5}},
    )  # fmt: skip


def _marks(x: list[float], y: list[float], marker: dict[str, Any]) -> Trace:
    return {
        "type": "scatter", "mode": "markers", "x": x, "y": y, "marker": marker,
        "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _middle(tree: Tree, branch: str) -> tuple[float, float]:
    path = _path(tree, branch)
    (x0, y0), (x1, y1) = path[(len(path) - 1) // 2], path[(len(path) - 1) // 2 + 1]
    return 0.5 * (x0 + x1), 0.5 * (y0 + y1)


def _breaker(tree: Tree, branch: str) -> tuple[float, float]:
    """Return where the breaker of a branch stands: near its upper bus, or in the middle of a way across."""
    if branch not in tree.down:
        return _middle(tree, branch)
    (x, upper), _ = _path(tree, branch)
    return x, upper - 0.22


def _touch(course: DrawnRun, tree: Tree) -> Trace:
    """Return invisible marks that say what is under the pointer."""
    spots = [(*_middle(tree, name), _branch_words(course, name)) for name in (*tree.down, *tree.across)]
    spots += [(at.middle, -float(at.level), _bus_words(course, bus)) for bus, at in tree.places.items()]
    return {
        "type": "scatter", "mode": "markers", "x": [x for x, _, _ in spots], "y": [y for _, y, _ in spots],
        "marker": {"size": 22, "opacity": 0.0, "color": "var(--dim)"}, "showlegend": False,
        "hovertemplate": "%{text}<extra></extra>", "text": [text for _, _, text in spots],
        "meta": course.run.run,
    }  # fmt: skip


def _names(course: DrawnRun, tree: Tree) -> Iterator[dict[str, Any]]:
    """Yield labels: all of a small network, of a large one what is out of its band or loaded most."""
    small = len(tree.places) <= _LABELLED
    ends = tree.places.keys() - {upper for upper, _ in tree.down.values()}
    for bus, place in tree.places.items():
        u_pu = _voltage(course, bus)
        if small or voltage_class(u_pu) is not VOLTAGE[2]:
            known = "" if math.isnan(u_pu) else f"<br>{u_pu:.3f} pu"
            text = f"<b>{bus}</b>{known}"
            if bus in ends:
                yield _label(text, place.left, -place.level, yanchor="top", yshift=-3)
            elif place.right - place.left > 1.0:
                yield _label(text.replace("<br>", "  "), place.left, -place.level, yanchor="bottom", yshift=3)
            else:
                yield _label(text, place.right, -place.level, yanchor="middle", xshift=4)
    for name in (*tree.down, *tree.across):
        loading = _loading(course, name)
        if (small or loading >= LOADING[1].below) and not math.isnan(loading) and loading > 0.0:
            x, y = _middle(tree, name)
            yield _label(f"{name}<br><b>{100 * loading:.0f} %</b>", x, y, yanchor="middle", xshift=13)


def _label(text: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    return words(text, x=x, y=y, xanchor="left", align="left", font={"size": 11}, **more)


def _branch_words(course: DrawnRun, name: str) -> str:
    values = course.elements.get(f"branch/{name}", {})
    return (
        f"<b>{name}</b><br>highest loading {100 * values.get('loading_max_pu', math.nan):.1f} %"
        f"<br>exceeded 5 % of the time {100 * values.get('loading_p95_pu', math.nan):.0f} %"
        f"<br>above its rating {values.get('overload_h', math.nan):.2f} h"
    )


def _bus_words(course: DrawnRun, bus: str) -> str:
    values = course.elements.get(f"bus/{bus}", {})
    return (
        f"<b>{bus}</b><br>{values.get('voltage_min_pu', math.nan):.4f} to "
        f"{values.get('voltage_max_pu', math.nan):.4f} pu (ten-minute means)"
        f"<br>outside 90 to 110 % {values.get('voltage_violation_h', math.nan):.2f} h"
        f"<br>without supply {values.get('dark_h', math.nan):.2f} h"
    )


def _loading(course: DrawnRun, branch: str) -> float:
    return course.elements.get(f"branch/{branch}", {}).get("loading_max_pu", 0.0)


def _voltage(course: DrawnRun, bus: str) -> float:
    return farthest_pu(dict(course.elements.get(f"bus/{bus}", {})))
