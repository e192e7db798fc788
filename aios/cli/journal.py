"""`aios journal`: what was decided, written and came of it; and whether the chain is whole."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, journal_folder
from aios.cli.out import as_json, console, end, moment


def journal(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    kind: Annotated[
        str, typer.Option(help="Only this kind: command, refused, receipt, rung, gate, finding, repair ...")
    ] = "",
    last: Annotated[int, typer.Option(help="How many entries from the end; 0 means all.")] = 20,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check the hash chain from its beginning.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write entries as JSON.")] = False,
) -> None:
    """Show the command journal of a gateway."""
    from kernel.journal.chain import verify as verify_chain
    from kernel.journal.commands import CommandJournal

    chain = CommandJournal(journal_folder(folder).commands, read_only=True)
    if verify:
        findings = verify_chain(chain.entries())
        if json:
            as_json({"head": chain.head, "findings": findings})
        else:
            console.print("\n".join(findings) or f"the chain is whole; head {chain.head}", highlight=False)
        raise typer.Exit(int(Exit.FINDINGS if findings else Exit.OK))
    entries = deque((e for e in chain.entries() if not kind or e.kind == kind), maxlen=last or None)
    if not entries:
        end(Exit.NOT_THERE, f"no entry{' of kind ' + kind if kind else ''} in {folder}")
    if json:
        as_json([{**{f: getattr(e, f) for f in e.__struct_fields__}, "hash": e.hash.hex()} for e in entries])
        return
    for entry in entries:
        console.print(
            f"{entry.seq:>7} {moment(entry.at_ns, 'UTC')} {entry.kind:<8} {entry.subject:<24} {entry.body}",
            highlight=False,
            overflow="ellipsis",
            no_wrap=True,
        )
