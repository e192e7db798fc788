"""`aios ps`: the agents of a running gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end


def ps(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the table as JSON.")] = False,
) -> None:
    """List the agents: class, times, state, rung, where they run, what they missed and cost."""
    from aios.process_view import WIDE, ps_table, read_processes
    from kernel.shell.socket import GatewayAway

    try:
        table = read_processes(folder)
    except GatewayAway as away:
        end(Exit.NOT_THERE, str(away))
    if json:
        as_json(table)
        return
    console.print(ps_table(table), width=max(console.width, WIDE), crop=False)
