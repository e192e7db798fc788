"""`aios backup` and `aios restore`: what a gateway remembers, as one file and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end, moment


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; nothing of that name may be there.")],
    folder: Annotated[Path, typer.Option(help="Folder of the gateway, which may run.")] = DEFAULT_ROOT,
    site: Annotated[
        Path | None, typer.Option(help="Site file that goes with it, with the files beside it that it names.")
    ] = None,
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Private keys and secrets too: guard the file as you guard them."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the manifest as JSON.")] = False,
) -> None:
    """Write journal, recording, outbox, history and settings to one file, and prove it."""
    from aios.backup.read import NotWhole
    from aios.backup.write import backup as write

    try:
        made = write(folder, file, with_keys=with_keys, site=site)
    except FileNotFoundError as error:
        end(Exit.NOT_THERE, str(error))
    except (NotWhole, OSError, ValueError) as error:
        end(Exit.FAILED, f"no backup was written: {error}")
    if json:
        as_json(made)
    else:
        size = sum(one.bytes for one in made.files) / 1e6
        said = f"{file}: {len(made.files)} files, {size:.1f} MB, journal up to entry {made.newest}"
        keys = "" if with_keys else "; without keys"
        console.print("\n".join((said + keys, *made.findings)), highlight=False, soft_wrap=True)
    raise typer.Exit(int(Exit.FINDINGS if made.findings else Exit.OK))


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    into: Annotated[Path, typer.Option(help="Folder of the gateway to be; it must be new or empty.")],
    key: Annotated[str, typer.Option(help="The gateway's public key, hexadecimal, from elsewhere.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Write the manifest as JSON.")] = False,
) -> None:
    """Prove a backup, and lay it out in a new folder; never over anything, never under a gateway."""
    from aios.backup.read import NotWhole
    from aios.backup.restore import restore as lay_out

    if not file.is_file():
        end(Exit.NOT_THERE, f"no backup {file}")
    try:
        made = lay_out(file, into, public_key=key)
    except (NotWhole, OSError) as error:
        end(Exit.FAILED, f"nothing was restored: {error}")
    if json:
        as_json(made)
    else:
        at = moment(made.made_at_ns, "UTC")
        console.print(
            f"{into}: as of {at} UTC, journal up to entry {made.newest}"
            + ("" if made.with_keys else "; without keys: the gateway makes a new one at its start"),
            highlight=False,
            soft_wrap=True,
        )
    raise typer.Exit(int(Exit.FINDINGS if made.findings else Exit.OK))
