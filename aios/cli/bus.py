"""`aios bus`: the devices of a running gateway and the wires that they share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.files import DEFAULT_ROOT
from aios.cli.looking import show


def bus(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    watch: Annotated[bool, typer.Option("--watch", help="Look again until Ctrl-C.")] = False,
    every_s: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks with --watch.")] = 1.0,
    json: Annotated[bool, typer.Option("--json", help="Write the table as JSON.")] = False,
) -> None:
    """Show every device: its state and breaker, how often it is read, how long it takes, what it loses."""
    from aios.cli.bus_view import WIDE, bus_view, read_buses

    show(
        lambda: read_buses(folder),
        lambda seen, _: bus_view(seen),
        width=WIDE,
        every_s=every_s,
        once=not watch,
        json=json,
    )
