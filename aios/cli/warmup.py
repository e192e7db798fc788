"""`aios warmup`: compile what a site's agents will run, before the gateway starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.out import as_json, console


def warmup(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write what was done as JSON.")] = False,
) -> None:
    """Compile what the site's agents will run; a gateway then starts without waiting for it."""
    from aios.gateway.warmup import use_cache, warm_up

    read = read_site(site_path(site))
    done = warm_up(read, use_cache(folder.resolve()))
    if json:
        as_json(done)
        return
    agents = ", ".join(done.agents) or "no agent"
    console.print(
        f"{done.compiled} functions compiled in {done.seconds:.1f} s for {agents}; they lie in {done.cache}",
        highlight=False,
        soft_wrap=True,
    )
