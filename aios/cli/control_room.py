"""`aios control-room`: the dispatchers' page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.out import end

if TYPE_CHECKING:
    from aios.api.front import Front


def control_room(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback only.")] = "127.0.0.1",
    access_file: Annotated[
        Path | None, typer.Option("--access", help="Settings of access: sign-ins, OpenID provider.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port; 0 finds a free one.")] = 8080,
) -> None:
    """Serve the page of a gateway on this machine until Ctrl-C."""
    import asyncio
    from sqlite3 import DatabaseError

    from aios.api.serve import serve
    from aios.control_room.entries import FolderEntries
    from aios.control_room.recall import FolderRecall
    from aios.control_room.source import SocketSource
    from aios.folder import Folder
    from aios.logs import log_to_stderr
    from aios.processes import say_ready

    log_to_stderr()
    read = read_site(site_path(site))
    source = SocketSource(Folder(root=folder).socket)
    access = None
    try:
        front = _front(folder, access_file)
        access = front.access
        asyncio.run(
            serve(
                source,
                host=host,
                port=port,
                assets=read.assets,
                time_zone=read.time_zone,
                ready=lambda url: say_ready(url=url),
                recall=FolderRecall(folder),
                entries=FolderEntries(Folder(root=folder).commands),
                named=read.name,
                front=front,
            )
        )
    except (OSError, ValueError, DatabaseError) as error:
        end(Exit.FAILED, f"the page cannot be served: {error}")
    finally:
        if access is not None:
            access.close()


def _front(folder: Path, file: Path | None) -> Front:
    """Open the accounts of a desk, with the settings of a file where one is named.

    Raises:
        OSError: a file cannot be read or made.
        ValueError: the settings are not as they should be, or another version has written the accounts.
        DatabaseError: the accounts are no database.
    """
    from aios.access.access import Access
    from aios.api.front import Front, Paces
    from aios.folder import Folder

    if file is None:
        return Front(access=Access.at(Folder(root=folder).access), paces=Paces())
    from aios.access.settings import read_settings
    from aios.api.oidc import Ways

    settings = read_settings(file)
    provider = settings.provider(file.parent)
    return Front(
        access=Access.at(Folder(root=folder).access, settings.sign_in),
        oidc=None if provider is None else Ways(provider),
        paces=Paces(),
    )
