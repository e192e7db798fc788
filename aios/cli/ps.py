"""`aios ps`: the agents of a running gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.files import DEFAULT_ROOT
from aios.cli.looking import show


def ps(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the table as JSON.")] = False,
) -> None:
    """List the agents: class, times, state, rung, where they run, what they missed and cost."""
    from aios.cli.process_view import WIDE, ps_table, read_processes

    show(
        lambda: read_processes(folder),
        lambda seen, _: ps_table(seen),
        width=WIDE,
        every_s=0.0,
        once=True,
        json=json,
    )
