"""`aios explain`: the way of one command from measurement to read-back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, journal_folder
from aios.cli.out import as_json, console, end


def explain(
    command: Annotated[str, typer.Argument(help="Id of a command or refusal, or `last`, or `last-refused`.")],
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the lineage as JSON.")] = False,
) -> None:
    """Say where a command came from, who narrowed it, what policy said, and what became of it."""
    from aios.cli.way import find_command, told
    from edge.lineage import lineage
    from kernel.journal.commands import CommandJournal

    chain = CommandJournal(journal_folder(folder).commands, read_only=True)
    found = find_command(chain, command)
    way = lineage(chain, found) if found else None
    if way is None or (way.command is None and way.verdict is None):
        end(Exit.NOT_THERE, f"the journal in {folder} knows no command {command}; see `aios journal`")
    if json:
        as_json(way)
        return
    for line in told(way, found or command):
        console.print(line, highlight=False, soft_wrap=True)
