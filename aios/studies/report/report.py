"""Writing the report of a study: one HTML file that asks nothing of any network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from aios.studies.report.document import Figures, RunFigures
from aios.studies.report.drawn import Scene, scenes
from aios.studies.report.gather import gather
from aios.studies.report.page import page
from aios.studies.report.scenery import differences, draw
from aios.studies.report.source import Source
from aios.studies.result import RunResult

Told = Callable[[str, int, int], None]
"""Hears of a stage: its name, how much of it is done, of how much."""


def figures_of(source: Source, told: Told = lambda _stage, _done, _of: None) -> Figures:
    """Return what the report of a study says in numbers.

    Raises:
        NotAStudy: the folder holds none.
    """
    return _figures(source, told)[0]


def write_report(source: Source, out: Path, told: Told = lambda _stage, _done, _of: None) -> Figures:
    """Write the report of a study; the same folder gives the same bytes.

    Args:
        source: of the study; what is not done yet stands in the report as waiting.
        out: the HTML file; it is written whole or not at all.
        told: hears how far it is.

    Returns:
        What it says in numbers.

    Raises:
        NotAStudy: the folder holds none.
        NoParquet: pyarrow is not installed.
    """
    figures, chosen = _figures(source, told)
    drawn = draw(source, figures, chosen, lambda done, of: told("drawing", done, of))
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_name(f".{out.name}.new")
    fresh.write_text(page(figures, drawn, differences(figures)), encoding="utf-8")
    fresh.rename(out)
    return figures


def _figures(source: Source, told: Told) -> tuple[Figures, tuple[Scene, ...]]:
    figures, results = gather(source, lambda done, of: told("reading runs", done, of))
    chosen = scenes(figures)
    drawn = {run.run for scene in chosen for run in scene.runs}
    runs = tuple(_with_happenings(run, results[run.run]) if run.run in drawn else run for run in figures.runs)
    figures = msgspec.structs.replace(figures, runs=runs, drawn=tuple(sorted(drawn)))
    return figures, scenes(figures)


def _with_happenings(run: RunFigures, result: RunResult) -> RunFigures:
    return msgspec.structs.replace(run, happenings=result.happenings)
