"""`aios top`: the agents of a running gateway, live."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end


def top(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    every_s: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Look once and write it as JSON.")] = False,
) -> None:
    """Watch durations, misses, start jitter, restarts and rungs of all agents until Ctrl-C."""
    from rich.live import Live

    from aios.process_view import WIDE, read_processes, top_view
    from kernel.shell.socket import GatewayAway

    try:
        table = read_processes(folder)
        if json:
            as_json(table)
            return
        if once:
            console.print(top_view(table), width=max(console.width, WIDE), crop=False)
            return
        with Live(top_view(table), console=console, auto_refresh=False) as live:
            while True:
                time.sleep(every_s)
                live.update(top_view(read_processes(folder)), refresh=True)
    except KeyboardInterrupt:
        return
    except GatewayAway as away:
        end(Exit.NOT_THERE, str(away))
