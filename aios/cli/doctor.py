"""`aios doctor`: is this machine fit, and is the gateway well?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console


def doctor(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Examine machine, installation and, where one runs, the gateway."""
    from aios.doctor import examine

    folder.mkdir(parents=True, exist_ok=True)
    findings = examine(folder)
    if json:
        as_json(findings)
    else:
        for found in findings:
            mark = "[green]good[/green]" if found.good else "[red]bad [/red]"
            console.print(f"{mark}  {found.what:<22} {found.text}", highlight=False)
    raise typer.Exit(int(Exit.OK if all(found.good for found in findings) else Exit.FINDINGS))
