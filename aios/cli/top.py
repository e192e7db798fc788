"""`aios top`: the agents of a running gateway, live."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.files import DEFAULT_ROOT
from aios.cli.looking import show


def top(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    every_s: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Look once and write it as JSON.")] = False,
) -> None:
    """Watch durations, misses, start jitter, restarts and rungs of all agents until Ctrl-C."""
    from aios.cli.process_view import WIDE, read_processes, top_view

    show(
        lambda: read_processes(folder),
        lambda seen, _: top_view(seen),
        width=WIDE,
        every_s=every_s,
        once=once,
        json=json,
    )
