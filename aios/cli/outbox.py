"""`aios outbox`: what waits for history and broker, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.historian.quarantine import Kept, Quarantine

    _Work = Callable[[Quarantine, list[int]], int]

app = typer.Typer(invoke_without_command=True, help="The outbox of a gateway, and what its readers refuse.")
Where = Annotated[Path, typer.Option("--folder", help="Folder of the gateway.")]
Entries = Annotated[list[str], typer.Argument(help="Entries as they are listed: history/3.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write it as JSON.")]


@app.callback()
def status(context: typer.Context, folder: Where = DEFAULT_ROOT, json: AsJson = False) -> None:
    """Show what each destination has not taken yet, and what it refused."""
    if context.invoked_subcommand is not None:
        return
    from aios.outbox.view import NoOutbox, outbox_state

    try:
        state = outbox_state(folder)
    except NoOutbox as missing:
        end(Exit.NOT_THERE, str(missing))
    if json:
        as_json(state)
        return
    console.print(f"{state.segments} segments, {state.bytes / 1e6:.1f} MB", highlight=False)
    for name in state.damaged:
        console.print(f"damaged, and left: {name}", highlight=False)
    for one in state.destinations:
        draining = ", newest first while the backlog drains" if one.is_draining else ""
        held = one.quarantine
        console.print(
            f"{one.name:<10} {one.behind_rows} rows behind ({one.behind_s:.0f} s){draining}; "
            f"quarantine: {held.rows} rows, {held.documents} documents in {held.entries} entries"
            f"{f'; {held.dropped_rows} rows dropped from it' if held.dropped_rows else ''}",
            highlight=False,
            soft_wrap=True,
        )

    for gone in state.retired:
        held = gone.quarantine
        console.print(
            f"{gone.name:<10} retired, not in the site file any more; "
            f"quarantine: {held.rows} rows, {held.documents} documents in {held.entries} entries",
            highlight=False,
            soft_wrap=True,
        )


@app.command("quarantine")
def quarantine(folder: Where = DEFAULT_ROOT, json: AsJson = False) -> None:
    """List what was refused, with the reason."""
    from aios.outbox.view import refused

    found = refused(folder)
    if json:
        as_json(
            {
                name: [{f: getattr(one, f) for f in one.__struct_fields__} for one in kept]
                for name, kept in found.items()
            }
        )
        return
    if not any(found.values()):
        console.print("nothing was refused", highlight=False)
    for name, kept in found.items():
        for one in kept:
            console.print(_line(name, one), highlight=False, soft_wrap=True)


def _line(name: str, one: Kept) -> str:
    when = f" from {moment(one.first_ns, 'UTC')} to {moment(one.last_ns, 'UTC')} UTC" if one.rows else ""
    tries = f"; offered again {one.tries} times" if one.tries else ""
    waits = "; will be offered again" if one.again else ""
    return f"{name}/{one.id}  {one.rows} rows, {one.documents} documents{when}: {one.why}{tries}{waits}"


@app.command("retry")
def retry(entries: Entries, folder: Where = DEFAULT_ROOT) -> None:
    """Have entries offered again by the historian, once it has nothing else to do."""
    count = sum(_each(folder, entries, lambda kept, ids: kept.ask_again(ids)))
    console.print(f"{count} entries will be offered again by the historian", highlight=False)


@app.command("drop")
def drop(
    entries: Entries,
    reason: Annotated[str, typer.Option(help="Why they may go; it is kept beside the gap record.")],
    folder: Where = DEFAULT_ROOT,
) -> None:
    """Drop entries for good; their rows become a gap record in the history."""
    if not reason.strip():
        end(Exit.USAGE, "say why they are dropped: --reason")
    count = sum(_each(folder, entries, lambda kept, ids: kept.drop(ids, reason)))
    console.print(f"{count} entries dropped", highlight=False)


def _each(folder: Path, entries: list[str], work: _Work) -> list[int]:
    """Do something with the named entries of each destination; end where one is not there."""
    from aios.outbox.view import NoOutbox, entry_of, quarantine_of

    wanted: dict[str, list[int]] = {}
    try:
        for text in entries:
            name, number = entry_of(text)
            wanted.setdefault(name, []).append(number)
    except ValueError as mistake:
        end(Exit.USAGE, str(mistake))
    counts = []
    try:
        for name, ids in wanted.items():
            with quarantine_of(folder, name) as kept:
                missing = set(ids) - {one.id for one in kept.entries()}
                if missing:
                    end(Exit.NOT_THERE, f"{name} has no entry {', '.join(map(str, sorted(missing)))}")
                counts.append(work(kept, ids))
    except NoOutbox as missing_one:
        end(Exit.NOT_THERE, str(missing_one))
    return counts
