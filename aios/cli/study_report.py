"""`aios study report`: one HTML file of a study, or its figures as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end, errors


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")] = Path("var/study"),
    out: Annotated[Path | None, typer.Option(help="The HTML file; report.html in the folder.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the figures as JSON, and no file.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser of this machine.")] = False,
) -> None:
    """Write the report of a study: plots, tables with intervals, and every number linked to its run."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from aios.studies.parquet import NoParquet
    from aios.studies.report import figures_of, write_report
    from aios.studies.results import NotAStudy, StudyFolder

    kept, target = StudyFolder(folder), out or folder / "report.html"
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=errors, transient=True) as progress:
            bar = progress.add_task("reading runs", total=None)

            def told(stage: str, done: int, of: int) -> None:
                progress.update(bar, description=stage, completed=done, total=of)

            figures = figures_of(kept, told) if json else write_report(kept, target, told)
    except NotAStudy as wrong:
        end(Exit.NOT_THERE, str(wrong))
    except NoParquet as missing:
        end(Exit.FAILED, str(missing))
    if json:
        as_json(figures)
        return
    size = target.stat().st_size / 1e6
    console.print(
        f"{target}: {len(figures.runs)} runs, {size:.1f} MB", highlight=False, soft_wrap=True, markup=False
    )
    if show:
        typer.launch(target.resolve().as_uri())
