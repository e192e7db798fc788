"""`aios bus`: the devices of a running gateway and the wires that they share."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end


def bus(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    watch: Annotated[bool, typer.Option("--watch", help="Look again until Ctrl-C.")] = False,
    every_s: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks with --watch.")] = 1.0,
    json: Annotated[bool, typer.Option("--json", help="Write the table as JSON.")] = False,
) -> None:
    """Show every device: its state and breaker, how often it is read, how long it takes, what it loses."""
    from rich.console import Console
    from rich.live import Live

    from aios.bus_view import WIDE, bus_view, read_buses
    from kernel.shell.socket import GatewayAway

    try:
        buses = read_buses(folder)
        if json:
            as_json(buses)
        elif not watch:
            Console(width=max(console.width, WIDE)).print(bus_view(buses))
        else:
            with Live(bus_view(buses), console=console, auto_refresh=False) as live:
                while True:
                    time.sleep(every_s)
                    live.update(bus_view(read_buses(folder)), refresh=True)
    except KeyboardInterrupt:
        return
    except GatewayAway as away:
        end(Exit.NOT_THERE, str(away))
