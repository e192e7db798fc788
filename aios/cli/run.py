"""`aios run`: the gateway of a site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.out import end


def run(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[Path, typer.Option(help="Where journal, history and socket lie.")] = DEFAULT_ROOT,
    scaled: Annotated[
        float, typer.Option(help="Run on a scaled clock of this factor; the epoch comes on standard input.")
    ] = 0.0,
    realtime: Annotated[
        bool,
        typer.Option("--realtime", help="Claim real-time priority and locked memory, where permitted."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log renewals and transmissions of commands too.")
    ] = False,
) -> None:
    """Run the gateway until it is told to stop (Ctrl-C, SIGTERM)."""
    import uvloop

    from aios.folder import Folder
    from aios.live import Host, run_gateway
    from aios.lock import FolderBusy
    from aios.logs import log_beside
    from aios.scaled import Turn
    from edge.gateway import GatewayFailed

    lines = log_beside(verbose=verbose)
    path = site_path(site)
    read = read_site(path)
    text = path.read_text(encoding="utf-8")

    async def live() -> None:
        turn = Turn.of(read, scaled)
        await run_gateway(
            read,
            text,
            path,
            Folder(root=folder.resolve()),
            turn.clock,
            on_ready=turn.ready,
            host=Host(queues=(lines.queues,), realtime=realtime),
        )

    try:
        uvloop.run(live())
    except GatewayFailed as failed:
        end(Exit.FAILED, f"the gateway failed: {failed}")
    except FolderBusy as busy:
        end(Exit.FAILED, f"{busy}; stop it, or name another --folder")
