"""The page: figures, tables and styles put into one file, with plotly.js inlined once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import aios
from aios.studies.report.charts.style import Figure
from aios.studies.report.document import Figures
from aios.studies.report.numbers import half, number, signed
from aios.studies.report.scenery import Drawn
from aios.studies.report.tables import answers, panels

FOLDER: Final = Path(__file__).parent
TOKENS: Final = Path(aios.__file__).parent / "control_room" / "static" / "tokens.css"
"""The same names of colours as on the dispatchers' page."""
SCRIPTS: Final = ("theme.js", "scenes.js", "values.js", "runs.js", "main.js")


def page(figures: Figures, drawn: Sequence[Drawn], differences: Mapping[str, Figure]) -> str:
    """Return the report as HTML.

    Args:
        figures: all numbers.
        drawn: figures of the runs that are drawn.
        differences: chart of differences by scenario.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "signed": signed}
    environment.globals |= {"half": half, "zip": zip}
    failed = [run for run in figures.runs if run.state == "failed"]
    return environment.get_template("report.html").render(
        figures=figures,
        panels=panels(figures),
        labels={cell.cell: cell.labels for cell in figures.cells},
        causes=_causes(figures),
        counts={
            "done": sum(run.state == "done" for run in figures.runs),
            "failed": len(failed),
            "waiting": sum(run.state == "waiting" for run in figures.runs),
            "unconverged": sum(bool(run.unconverged_steps) for run in figures.runs),
        },
        drawn=drawn,
        has_heat=any("heat" in one.together for one in drawn),
        has_timeline=any(one.apart["timeline"] for one in drawn),
        answers=answers(figures),
        version=aios.__version__,
        styles=_inline(TOKENS, FOLDER / "static" / "report.css"),
        plotly=_script(_plotly()),
        scripts=_inline(*(FOLDER / "static" / name for name in SCRIPTS)),
        facts=_json(_facts(figures)),
        plots=_json({"scenes": drawn, "differences": dict(differences)}),
    )


def _facts(figures: Figures) -> dict[str, Any]:
    """Return all numbers of the runs, as compact as 10 000 of them need it."""
    kpis = list(figures.kpis)
    places = {cell.cell: place for place, cell in enumerate(figures.cells)}
    return {
        "name": figures.name,
        "aios": figures.aios,
        "study": figures.study,
        "kpis": [[name, *msgspec.structs.astuple(figures.kpis[name])] for name in kpis],
        "cells": [[cell.cell, cell.labels, cell.mode, cell.lineage] for cell in figures.cells],
        "runs": [
            [
                run.run, places[run.cell], run.replicate, run.seed, run.state, run.cause,
                run.kpis_digest, run.journal, run.ticks, run.unconverged_steps, run.unconverged_h,
                [run.kpis.get(name) for name in kpis] if run.state == "done" else [],
            ]
            for run in figures.runs
        ],
        "happenings": {run.run: run.happenings for run in figures.runs if run.happenings},
    }  # fmt: skip


def _causes(figures: Figures) -> dict[str, list[str]]:
    """Return the runs that failed, by their cause."""
    found: dict[str, list[str]] = {}
    for run in figures.runs:
        if run.state == "failed":
            found.setdefault(run.cause, []).append(run.run)
    return found


def _plotly() -> str:
    # Heavy, and wanted by nobody who only reads numbers.
    text: str = import_module("plotly.offline").get_plotlyjs()
    return text


def _json(value: Any) -> Markup:
    """Return JSON that cannot end the script it stands in."""
    text = msgspec.json.encode(value).decode()
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - no tag can begin without that character


def _script(text: str) -> Markup:
    return Markup(text.replace("</script", "<\\/script"))  # noqa: S704 - the library's own text


def _inline(*paths: Path) -> Markup:
    return Markup("\n".join(path.read_text(encoding="utf-8") for path in paths))  # noqa: S704 - our own files
