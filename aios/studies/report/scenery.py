"""From the runs that are drawn to the figures of the page."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from aios.studies.cell import NETWORK, Cell
from aios.studies.report.charts.difference import difference_chart
from aios.studies.report.charts.drawn_run import DrawnRun
from aios.studies.report.charts.duration import duration_chart
from aios.studies.report.charts.heat import heat_chart
from aios.studies.report.charts.one_line import one_line_chart
from aios.studies.report.charts.power import power_chart
from aios.studies.report.charts.style import Figure, look
from aios.studies.report.charts.timeline import timeline_chart
from aios.studies.report.charts.voltage import voltage_chart
from aios.studies.report.document import Figures, RunFigures
from aios.studies.report.drawn import Scene
from aios.studies.report.groups import are_twins, scenes_of, short_name
from aios.studies.report.local_time import LocalTime, zone_of
from aios.studies.report.source import Source
from aios.studies.report.thinning import thinned
from simulators.networks.file import parse

Told = Callable[[int, int], None]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one scenario and seed."""

    scenario: str
    seed: int
    words: str
    """Why this seed is drawn."""
    runs: tuple[str, ...]
    names: tuple[str, ...]
    """Of the controllers, in the order of the runs."""
    together: dict[str, Figure]
    """`power`, `voltage`, `duration` and, where transformers heat, `heat`: all controllers in one."""
    apart: dict[str, dict[str, Figure]]
    """`one_line`, `timeline`: by run."""


def draw(source: Source, figures: Figures, chosen: tuple[Scene, ...], told: Told) -> tuple[Drawn, ...]:
    """Read the tables of the chosen runs and draw them."""
    cells = {name: source.cell(name) for name in {run.cell for scene in chosen for run in scene.runs}}
    found = []
    for place, scene in enumerate(chosen):
        told(place, len(chosen))
        zone = next((name for run in scene.runs if (name := zone_of(cells[run.cell]))), "")
        courses = [
            _course(source, figures, cells[run.cell], run, rows=scene.rows, zone=zone) for run in scene.runs
        ]
        courses = [one for one in courses if len(one.series["at_ns"])]
        if courses:
            found.append(_drawn(scene, courses))
    told(len(chosen), len(chosen))
    return tuple(found)


def differences(figures: Figures) -> dict[str, Figure]:
    """Return the chart of differences of each scenario that has any."""
    labels = {cell.cell: cell.labels for cell in figures.cells}
    charts: dict[str, Figure] = {}
    for scenario in dict.fromkeys(one.scenario for one in labels.values()):
        mine = [one for one in figures.comparisons if any(d.scenario == scenario for d in one.differences)]
        names = [f"{labels[one.b].words} against {labels[one.a].words}" for one in mine]
        chart = difference_chart(mine, names, scenario) if mine else None
        if chart is not None:
            charts[scenario] = chart
    return charts


def _drawn(scene: Scene, courses: list[DrawnRun]) -> Drawn:
    apart: dict[str, dict[str, Figure]] = {"one_line": {}, "timeline": {}}
    for course in courses:
        apart["one_line"][course.run.run] = one_line_chart(course)
        if (chart := timeline_chart(course)) is not None:
            apart["timeline"][course.run.run] = chart
    return Drawn(
        scenario=scene.scenario,
        seed=scene.seed,
        words=scene.words,
        runs=tuple(one.run.run for one in courses),
        names=tuple(one.name for one in courses),
        together={
            "power": power_chart(courses),
            "voltage": voltage_chart(courses),
            "duration": duration_chart(courses),
            **({"heat": chart} if (chart := heat_chart(courses)) is not None else {}),
        },
        apart=apart,
    )


def _course(
    source: Source, figures: Figures, cell: Cell, run: RunFigures, *, rows: int, zone: str
) -> DrawnRun:
    beside = next(
        cells for cells in scenes_of(figures).values() if any(one.cell == run.cell for one in cells)
    )
    mine = figures.cell(run.cell)
    read: Callable[[str], Mapping[str, Any]] = partial(source.table, run.run)
    series = read("series")
    begin_ns = int(series["at_ns"][0]) if len(series["at_ns"]) else 0
    return DrawnRun(
        run=run,
        cell=mine,
        name=short_name(mine, twins=are_twins(figures)),
        # The first is the baseline, in grey dashes; one that stands alone is none.
        look=look(beside.index(mine) + (len(beside) == 1)),
        clock=LocalTime.at(begin_ns, zone, mine.begins),
        network=parse(tomllib.loads(cell.files[NETWORK])),
        limit_kw=demand_limit_kw(cell),
        series=thinned(series, rows),
        elements=_by_element(read("elements")),
        duration=read("duration"),
        heat=thinned(_if_there(source, run.run, "heat"), rows, peaks=True),
    )


def demand_limit_kw(cell: Cell) -> float | None:
    """Return the demand limit that a loop of a cell's site keeps, kW; None where none does.

    A loop shaves peaks where it has a `demand_point`, whoever wrote its agent.
    """
    loops = tomllib.loads(cell.site).get("loop", []) if cell.site else []
    shaving = [one for loop in loops if "demand_point" in (one := loop.get("settings", {}))]
    limits = [one.get("limit_kw") for one in shaving]
    return next((float(limit) for limit in limits if isinstance(limit, int | float)), None)


def _if_there(source: Source, run: str, name: str) -> Mapping[str, Any]:
    """Return a table; without rows where an earlier version did not keep it."""
    try:
        return source.table(run, name)
    except FileNotFoundError:
        return {"at_ns": []}


def _by_element(table: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for element, name, value in zip(table["element"], table["name"], table["value"], strict=True):
        found.setdefault(element, {})[name] = float(value)
    return found
