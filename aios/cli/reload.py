"""`aios reload` and `aios rollback`: another revision of the site file for a gateway that runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.looking import needs_gateway
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from kernel.shell.wire import Reload


def reload(
    site: Annotated[
        Path | None, typer.Argument(help="Site file; the one it was started with if none.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")] = False,
) -> None:
    """Let a running gateway take a changed site file; a file with mistakes changes nothing."""
    from kernel.shell.wire import Reload

    path = None if site is None else site_path(site)
    if path is not None:
        read_site(path)  # ends with every mistake and its line, before the gateway is asked
    _told(folder, Reload(file="" if path is None else str(path.resolve())), json=json)


def rollback(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")] = False,
) -> None:
    """Let a running gateway return to the revision of its site file before this one."""
    from kernel.shell.wire import Reload

    _told(folder, Reload(back=True), json=json)


def _told(folder: Path, request: Reload, *, json: bool) -> None:
    from aios.local import ask
    from kernel.shell.wire import Rejected

    with needs_gateway():
        (said,) = ask(folder, request)
    if json:
        as_json(said)
    if isinstance(said, Rejected):
        end(Exit.FINDINGS, f"nothing changed: {said.reason}")
    if not json:
        console.print(f"taken: {getattr(said, 'trace', '')}", highlight=False)
