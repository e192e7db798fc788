"""`aios control-room`: the dispatchers' page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.out import end


def control_room(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 finds a free one.")] = 8080,
) -> None:
    """Serve the page of a gateway on this machine until Ctrl-C."""
    import asyncio
    from sqlite3 import DatabaseError

    from aios.access.access import Access
    from aios.api.front import Front, Paces
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
        access = Access.at(Folder(root=folder).access)
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
                front=Front(access=access, paces=Paces()),
            )
        )
    except (OSError, ValueError, DatabaseError) as error:
        end(Exit.FAILED, f"the page cannot be served: {error}")
    finally:
        if access is not None:
            access.close()
