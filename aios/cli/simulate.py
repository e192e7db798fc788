"""`aios simulate`: a day of a site under the virtual clock."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import read_site, site_path
from aios.cli.out import as_json, console, end, errors


def simulate(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site.")] = Path("nord"),
    seed: Annotated[int, typer.Option(help="Seed of the world; the same seed gives the same journal.")] = 7,
    hours: Annotated[float, typer.Option(help="Hours of the scenario to run; 0 means all of it.")] = 0.0,
    folder: Annotated[Path, typer.Option(help="Fresh folder for journal and history.")] = Path(
        "var/simulate"
    ),
    json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON.")] = False,
) -> None:
    """Run a site's gateway against its simulated world, as fast as it computes."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from aios.keep_history import keep_history
    from aios.logs import log_to_stderr
    from aios.summary import summary_of, summary_table
    from aios.virtual import prepare
    from simulators.scenario import ScenarioInvalid, scenario_of, shortened

    log_to_stderr()
    path = site_path(site)
    read = read_site(path)
    root = folder / f"seed-{seed}"
    if (root / "journal").exists():
        end(Exit.FAILED, f"{root} holds a run already; name another --folder or remove it")
    try:
        scenario = scenario_of(read, seed=seed)
    except ScenarioInvalid as invalid:
        end(Exit.FINDINGS, str(invalid))
    if hours:
        scenario = shortened(scenario, hours)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task("preparing", total=scenario.end_ns - scenario.start_ns)
        run = prepare(read, path.read_text(encoding="utf-8"), scenario, root)
        progress.update(bar, description="simulating")
        began = time.monotonic()
        truth = asyncio.run(run.run(lambda now: progress.update(bar, completed=now - scenario.start_ns)))
        took_s = time.monotonic() - began
    ticks = run.gateway.kernel.state.tick + 1
    snapshot = run.gateway.desk.snapshot(run.gateway.kernel)
    digests = run.close()
    asyncio.run(keep_history(read, root))
    summary = summary_of(read, root, truth, snapshot)
    if json:
        as_json({"summary": summary, "digests": digests, "ticks": ticks, "seconds": took_s})
        return
    console.print(summary_table(summary))
    console.print(f"{ticks} ticks in {took_s:.1f} s, {ticks / took_s:.0f} ticks per second", highlight=False)
    console.print(f"history: aios history --folder {root}", highlight=False, soft_wrap=True)
    console.print(f"journal {digests.journal}\nticks   {digests.ticks}", highlight=False)
