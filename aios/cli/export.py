"""`aios export`: history as a file for analysis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.duration import seconds
from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.history import ARCHIVE, FROM, TO, opened, zoned
from aios.cli.out import as_json, console, end, errors

if TYPE_CHECKING:
    from aios.history import History
    from aios.history.parquet import Exported
    from aios.history.span import Span


def export(  # noqa: PLR0917 - options, not arguments
    parquet: Annotated[Path, typer.Option(help="The Parquet file to write; one of that name is replaced.")],
    points: Annotated[
        list[str] | None, typer.Option(help="Points, or patterns such as 'f1*/current'; repeatable.")
    ] = None,
    last: Annotated[str, typer.Option(help="The last 90s, 10m, 2h, 1d before the end.")] = "",
    begin: Annotated[str, FROM] = "",
    until: Annotated[str, TO] = "",
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    archive: Annotated[str, ARCHIVE] = "",
    json: Annotated[bool, typer.Option("--json", help="Write what was written as JSON.")] = False,
) -> None:
    """Write history to one Parquet file, every row with unit, quality and both times."""
    from aios.history.frames import NotInstalled
    from aios.history.span import NoRows, span_of
    from drivers.historian.sink import HistoryDown

    wanted = points or ["*"]
    with opened(archive or str(folder)) as kept:
        try:
            span = span_of(
                kept.points(wanted),
                zoned(begin, kept.time_zone),
                zoned(until, kept.time_zone),
                last_s=seconds(last) if last else None,
            )
            made = _export(kept, wanted, span, parquet)
        except NoRows as nothing:
            end(Exit.NOT_THERE, f"{nothing}; `aios history` lists what is kept")
        except (HistoryDown, NotInstalled, OSError) as failure:
            end(Exit.FAILED, str(failure))
    if json:
        as_json(made)
    else:
        console.print(
            f"{made.file}: {made.rows} rows of {made.series} series, {made.bytes / 1e6:.2f} MB",
            highlight=False,
            soft_wrap=True,
        )


def _export(kept: History, wanted: list[str], span: Span, path: Path) -> Exported:
    """Write the file, and show on standard error how far it is."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    import aios
    from aios.history.parquet import export_parquet
    from drivers.historian.batch import Column
    from drivers.historian.reader import Stretch

    about = {
        "version": aios.__version__,
        "source": kept.source,
        "time_zone": kept.time_zone,
        "from_ns": str(span.start_ns),
        "to_ns": str(span.end_ns),
        "lost_rows": str(sum(gap.rows for gap in kept.gaps(span.start_ns, span.end_ns))),
    }
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*bar, console=errors, transient=True) as progress:
        task = progress.add_task("series", total=len(kept.points(wanted)))
        seen: set[Column] = set()

        def written(stretch: Stretch) -> None:
            seen.add(stretch.column)
            progress.update(task, completed=len(seen))

        rows = kept.rows(wanted, span.start_ns, span.end_ns)
        return export_parquet(rows, path, about=about, progress=written)
