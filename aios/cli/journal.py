"""`aios journal`: what was decided, written and came of it; and whether the chain is whole."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, journal_folder
from aios.cli.out import as_json, console, end, moment

if TYPE_CHECKING:
    from kernel.journal.checkpoints import Checkpoint
    from kernel.journal.commands import CommandJournal


app = typer.Typer(invoke_without_command=True, help="The command journal of a gateway.")


@app.callback()
def journal(
    context: typer.Context,
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
    if context.invoked_subcommand is not None:
        return
    from kernel.journal.commands import CommandJournal

    chain = CommandJournal(journal_folder(folder).commands, read_only=True)
    if verify:
        _verify(chain, (), "", json=json)
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


@app.command("verify")
def verify_journal(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder into which the gateway's checkpoints were copied.")
    ] = None,
    public_key: Annotated[
        str, typer.Option(help="The gateway's public key, hexadecimal, as it was noted when it started.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Check chain, tables and signed checkpoints: who edited, deleted, reordered, cut or rewrote is found."""
    import msgspec

    from kernel.journal.checkpoints import exported
    from kernel.journal.commands import CommandJournal

    chain = CommandJournal(journal_folder(folder).commands, read_only=True)
    if checkpoints is not None and not checkpoints.is_dir():
        end(Exit.NOT_THERE, f"no folder {checkpoints}")
    try:
        kept = exported(checkpoints) if checkpoints is not None else ()
    except msgspec.MsgspecError as error:
        end(Exit.FINDINGS, f"a file in {checkpoints} is no checkpoint: {error}")
    _verify(chain, kept, public_key, json=json)


def _verify(
    chain: CommandJournal, checkpoints: tuple[Checkpoint, ...], public_key: str, *, json: bool
) -> NoReturn:
    from kernel.journal.audit import audit

    findings = audit(chain, checkpoints=checkpoints, public_key=public_key)
    if json:
        as_json({"head": chain.head, "checkpoints": len(checkpoints), "findings": findings})
    else:
        said = f"the chain is whole; head {chain.head}"
        beside = f"; {len(checkpoints)} exported checkpoints agree" if checkpoints else ""
        console.print("\n".join(findings) or said + beside, highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if findings else Exit.OK))


@app.command("size")
def size(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the figures as JSON.")] = False,
) -> None:
    """Tell what journal and recording hold, and how many GB a day they grow by."""
    from aios.replay.journal_size import journal_size

    try:
        found = journal_size(folder)
    except (FileNotFoundError, LookupError) as error:
        end(Exit.NOT_THERE, str(error))
    if json:
        as_json(found)
        return
    console.print(
        f"command journal  {found.commands_bytes / 1e6:.1f} MB, {found.entries} entries, "
        f"{found.bytes_per_entry:.0f} bytes each, {found.entries_per_day:.0f} a day\n"
        f"recording        {found.recorder_bytes / 1e6:.1f} MB, {found.ticks} ticks of {found.points} "
        f"points, {found.bytes_per_tick:.0f} bytes each\n"
        f"together         {found.gb_per_day:.3f} GB a day",
        highlight=False,
    )
