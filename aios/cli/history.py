"""`aios history`: what is kept, and one point of it as a plot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aios.cli.duration import seconds
from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end, moment

if TYPE_CHECKING:
    from aios.history import History
    from drivers.historian.reader import Outline

ARCHIVE = typer.Option(
    "--archive", help="A history.sqlite or a postgresql:// string, instead of the gateway's own."
)
FROM = typer.Option("--from", help="First moment, ISO 8601, the site's time; the oldest row if left out.")
TO = typer.Option("--to", help="Moment before which it ends; behind the newest row if left out.")


def history(  # noqa: PLR0917 - options, not arguments
    point: Annotated[
        str, typer.Argument(help="A point such as f11/active_power; without one, all that is kept.")
    ] = "",
    last: Annotated[str, typer.Option(help="The last 90s, 10m, 2h, 1d before the end.")] = "",
    begin: Annotated[str, FROM] = "",
    until: Annotated[str, TO] = "",
    intervals: Annotated[
        int, typer.Option(min=2, max=100_000, help="Equal intervals of the time shown.")
    ] = 160,
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    archive: Annotated[str, ARCHIVE] = "",
    json: Annotated[bool, typer.Option("--json", help="Write series or intervals as JSON.")] = False,
) -> None:
    """Show what is kept of a site, or one point of it as a plot with least, mean and greatest value."""
    from aios.history.span import NoRows
    from drivers.historian.sink import HistoryDown

    with opened(archive or str(folder)) as kept:
        try:
            if not point:
                _list(kept, json=json)
                return
            shown = kept.outline(
                point,
                zoned(begin, kept.time_zone),
                zoned(until, kept.time_zone),
                last_s=seconds(last) if last else None,
                count=intervals,
            )
        except NoRows as nothing:
            end(Exit.NOT_THERE, f"{nothing}; `aios history` lists what is kept")
        except HistoryDown as down:
            end(Exit.FAILED, str(down))
        if json:
            as_json(_intervals(shown))
        else:
            _plot(shown, kept.time_zone)


def opened(where: str) -> History:
    """Open a history, or end with what is wrong."""
    from aios.history import open_history
    from drivers.historian.sink import HistoryDown

    try:
        return open_history(where)
    except FileNotFoundError as nothing:
        end(Exit.NOT_THERE, f"{nothing}; name the folder of a gateway with --folder, or an --archive")
    except HistoryDown as down:
        end(Exit.FAILED, str(down))


def zoned(text: str, time_zone: str) -> int | None:
    """Return a moment that a person wrote in the site's time; None where nothing was written."""
    from aios.replay.incidents import NotPinned, moment_ns

    try:
        return moment_ns(text, time_zone) if text else None
    except NotPinned as wrong:
        end(Exit.USAGE, str(wrong))


def _list(kept: History, *, json: bool) -> None:
    from rich.table import Table

    from kernel.quality import describe

    found = kept.points()
    if json:
        as_json([{"point": one.column.name, "unit": one.column.unit, **_newest(one)} for one in found])
        return
    table = Table(box=None, header_style="bold")
    for name in ("point", "from", "to", "newest", "quality"):
        table.add_column(name, no_wrap=name != "quality")
    for one in found:
        newest = f"{one.last_value:.6g} {one.column.unit}"
        times = (moment(one.first_ns, kept.time_zone), moment(one.last_ns, kept.time_zone))
        table.add_row(one.column.name, *times, newest, describe(one.last_quality))
    console.print(table)
    lost = sum(gap.rows for gap in kept.gaps())
    said = f"{lost} rows were lost on the way, each gap is recorded" if lost else "no gap is recorded"
    console.print(f"{len(found)} series in {kept.source}, times in {kept.time_zone}; {said}", highlight=False)


def _newest(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("first_ns", "last_ns", "last_value", "last_quality")}


def _intervals(shown: Outline) -> dict[str, Any]:
    usable = shown.good > 0
    figures = zip(shown.low.tolist(), shown.mean.tolist(), shown.high.tolist(), usable.tolist(), strict=True)
    holed = [(low, mean, high) if good else (None, None, None) for low, mean, high, good in figures]
    return {
        "point": shown.column.name,
        "unit": shown.column.unit,
        "start_ns": shown.start_ns,
        "step_ns": shown.step_ns,
        "low": [low for low, _, _ in holed],
        "mean": [mean for _, mean, _ in holed],
        "high": [high for _, _, high in holed],
        "rows": shown.rows.tolist(),
        "good_rows": shown.good.tolist(),
    }


def _plot(shown: Outline, time_zone: str) -> None:
    from aios.history.plot import terminal_plot

    width = min(console.width, 160)
    console.file.write(
        terminal_plot(shown, time_zone=time_zone, width=width, colour=console.is_terminal) + "\n"
    )
    rows, good = int(shown.rows.sum()), int(shown.good.sum())
    share = f"{100 * good / rows:.1f} % good" if rows else "nothing kept"
    console.print(
        f"{moment(shown.start_ns, time_zone)} to {moment(shown.end_ns, time_zone)} {time_zone}: "
        f"{rows} rows, {share}; "
        f"{len(shown.mean)} intervals of {shown.step_ns / 1e9:.4g} s, least, mean and greatest",
        highlight=False,
        soft_wrap=True,
    )
