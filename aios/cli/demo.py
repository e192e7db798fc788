"""`aios demo`: a substation, its gateway and its control room for one day in a minute."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import site_path
from aios.cli.out import as_json, console, end

STORIES = frozenset(
    {
        "peak forecast",
        "shaving",
        "peak shaved",
        "refused",
        "silent",
        "returned",
        "drift",
        "fans",
        "order rises",
    }
)
"""What a demo must have told to be a success."""


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="No page, no colours: lines only.")] = False,
    folder: Annotated[Path, typer.Option(help="Folder of the run; an older run in it is removed.")] = Path(
        "var/demo"
    ),
    json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON at the end.")] = False,
) -> None:
    """Run the demo's day: peak shaved, close refused, device lost, model stepping down, fans failing."""
    from rich.live import Live

    from aios.demo.day import day_site
    from aios.demo.run import Demo, DemoFailed
    from aios.demo.view import DemoView, LiveView, PlainView
    from aios.logs import log_to_stderr
    from aios.processes import NotReady
    from aios.virtual.prepare import prepare_history
    from aios.virtual.summary import Summary, summary_table

    log_to_stderr()
    site, text = day_site(site_path(Path("nord")))
    root = folder.resolve()
    shutil.rmtree(root, ignore_errors=True)
    began = time.monotonic()
    console.print("preparing: compiling the forecaster, writing 90 days of history", highlight=False)
    prepare_history(site, root)
    play = Demo(site, text, root, page=not headless)
    live = Live(console=console, auto_refresh=False)

    def view_of(address: str) -> DemoView:
        console.print(f"ready after {time.monotonic() - began:.1f} s; a day takes a minute", highlight=False)
        if headless:
            return PlainView(console)
        console.print(f"the control room is at {address}", highlight=False)
        live.start()
        return LiveView(live, site.time_zone, address)

    async def curtain(summary: Summary, report: Path) -> None:
        live.stop()
        console.print(summary_table(summary))
        console.print(f"report of the day: {report}", highlight=False, soft_wrap=True)
        console.print(
            f"try: aios explain last --folder {folder}; aios replay --folder {folder}", highlight=False
        )
        if json:
            as_json(summary)
        if not headless and sys.stdout.isatty():
            console.print("the control room stays open; Ctrl-C ends the demo", highlight=False)
            await asyncio.Event().wait()

    try:
        told = asyncio.run(play.run(view_of, curtain))
    except KeyboardInterrupt:
        return
    except (DemoFailed, NotReady) as error:
        end(Exit.FAILED, str(error))
    missing = STORIES - told
    if missing:
        end(Exit.FINDINGS, f"these stories did not happen: {', '.join(sorted(missing))}")
