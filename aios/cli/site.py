"""`aios site`: what a changed site file means."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import read_site, site_path
from aios.cli.out import as_json, console

app = typer.Typer(help="What a site file says.", no_args_is_help=True)


@app.callback()
def site() -> None:
    """Say what a site file means."""


@app.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="Site file as it was, or the name of a shipped site.")],
    new: Annotated[Path, typer.Argument(help="Site file as it is to be.")],
    json: Annotated[bool, typer.Option("--json", help="Write the changes as JSON.")] = False,
) -> None:
    """Say what changes from one site file to another: equipment, limits, loops, policies."""
    from aios.site.diff import differences

    changes = differences(read_site(site_path(old)), read_site(site_path(new)))
    if json:
        as_json(changes)
    else:
        for change in changes:
            console.print(f"{change.kind:<12} {change.words}", highlight=False, soft_wrap=True)
        console.print(f"{len(changes)} changes", highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if changes else Exit.OK))
