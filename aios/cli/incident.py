"""`aios incident`: keep a stretch of the recording for good, and give it away as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end, moment

if TYPE_CHECKING:
    from kernel.journal.pins import Pin

app = typer.Typer(no_args_is_help=True, help="Stretches of the recording that are kept: pin, list, export.")
GATEWAY = typer.Option(help="Folder of the gateway.")


@app.command("pin")
def pin(  # noqa: PLR0917 - options, not arguments
    begin: Annotated[str, typer.Option("--from", help="First moment, ISO 8601, the site's time.")] = "",
    until: Annotated[str, typer.Option("--to", help="Last moment; now if left out.")] = "",
    around: Annotated[int, typer.Option(help="A tick: 600 before it and 300 after it.")] = -1,
    last: Annotated[str, typer.Option(help="The last 90s, 10m, 2h, 1d.")] = "",
    title: Annotated[str, typer.Option(help="What it is about.")] = "",
    reason: Annotated[str, typer.Option(help="Why it is kept.")] = "",
    folder: Annotated[Path, GATEWAY] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the incident as JSON.")] = False,
) -> None:
    """Keep a stretch: the ring does not cut it."""
    from aios.replay.incidents import pin_around, pin_times

    if sum((bool(begin), around >= 0, bool(last))) != 1:
        end(Exit.USAGE, "say one of --from, --around and --last")
    try:
        if around >= 0:
            made = pin_around(folder, around, title=title, reason=reason)
        else:
            made = pin_times(folder, begin, until, last, title=title, reason=reason)
    except (LookupError, FileNotFoundError) as error:
        end(Exit.NOT_THERE, str(error))
    if json:
        as_json(made)
    else:
        console.print(_line(made), highlight=False, soft_wrap=True)


@app.command("list")
def list_incidents(
    folder: Annotated[Path, GATEWAY] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the incidents as JSON.")] = False,
) -> None:
    """List what is kept, by whom and why."""
    from aios.replay.incidents import listed

    try:
        found = listed(folder)
    except FileNotFoundError as error:
        end(Exit.NOT_THERE, str(error))
    if json:
        as_json(found)
        return
    for one in found:
        console.print(_line(one), highlight=False, soft_wrap=True)
    if not found:
        console.print("no incident is pinned")


@app.command("export")
def export_incident(
    number: Annotated[int, typer.Argument(help="Number of the incident.")],
    file: Annotated[Path, typer.Argument(help="File to write; it gets the suffix .aios-incident.")],
    folder: Annotated[Path, GATEWAY] = DEFAULT_ROOT,
) -> None:
    """Write one signed file that `aios replay FILE` decides again on any machine."""
    from aios.replay.incidents import export

    try:
        path = export(folder, number, file)
    except (LookupError, FileNotFoundError) as error:
        end(Exit.NOT_THERE, str(error))
    except OSError as error:
        end(Exit.FAILED, str(error))
    console.print(f"{path}: {path.stat().st_size / 1e6:.2f} MB", highlight=False, soft_wrap=True)


def _line(one: Pin) -> str:
    by = "automatic" if one.automatic else "pinned"
    at = moment(one.at_ns, "UTC")
    where = f"run {one.run}, ticks {one.first} to {one.last}"
    return f"{one.id:>4} {by:<9} {at} UTC  {where}  {one.title}  {one.reason}"
