"""`aios simulate`: a site or a scenario under the virtual clock: to its end, or to a moment and on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import read_site, site_path
from aios.cli.out import as_json, console, end, errors

if TYPE_CHECKING:
    from aios.virtual import VirtualRun
    from kernel.site import Site


def simulate(  # one option each
    site: Annotated[
        Path, typer.Argument(help="Site or scenario file, or the name of a shipped site.")
    ] = Path("nord"),
    seed: Annotated[int, typer.Option(help="Seed of the world; the same seed gives the same journal.")] = 7,
    hours: Annotated[float, typer.Option(help="Hours of the scenario to run; 0 means all of it.")] = 0.0,
    folder: Annotated[Path, typer.Option(help="Fresh folder for journal and history.")] = Path(
        "var/simulate"
    ),
    at: Annotated[
        str, typer.Option(help="Stop at this moment and look: HH:MM of the first day, or ISO 8601.")
    ] = "",
    step: Annotated[int, typer.Option(help="Ticks to go on from there, with a look after each.", min=0)] = 0,
    json: Annotated[bool, typer.Option("--json", help="Write the summary, or the looks, as JSON.")] = False,
) -> None:
    """Run a site's gateway against its simulated world, as fast as it computes."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from aios.logs import log_to_stderr
    from aios.look import NoSuchMoment, moment_of
    from aios.virtual import prepare
    from simulators.scenario import ScenarioInvalid, scenario_of, shortened

    log_to_stderr()
    read, text = _read(site)
    root = folder / f"seed-{seed}"
    if (root / "journal").exists():
        end(Exit.FAILED, f"{root} holds a run already; name another --folder or remove it")
    try:
        scenario = scenario_of(read, seed=seed)
        until_ns = moment_of(at, read, scenario.start_ns) if at else None
    except (ScenarioInvalid, NoSuchMoment) as invalid:
        end(Exit.FINDINGS, str(invalid))
    if until_ns is not None or step:
        hours = ((until_ns or scenario.start_ns) - scenario.start_ns) / 3600e9
        scenario = shortened(scenario, hours)
    elif hours:
        scenario = shortened(scenario, hours)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task("preparing", total=max(1, scenario.end_ns - scenario.start_ns))
        run = prepare(read, text, scenario, root)
        progress.update(bar, description="simulating")
        began = time.monotonic()
        asyncio.run(run.run(lambda now: progress.update(bar, completed=now - scenario.start_ns)))
        took_s = time.monotonic() - began
    if until_ns is not None or step:
        _looks(run, read, step, json=json)
    else:
        _summary(run, read, root, took_s, json=json)


def _read(path: Path) -> tuple[Site, str]:
    """Read a site or scenario file; return the site and the text that its journal keeps."""
    from aios.studies.findings import StudyInvalid
    from aios.studies.scenario_file import is_scenario, read_scenario, scenario_site

    if not path.is_file() or not is_scenario(path):
        found = site_path(path)
        return read_site(found), found.read_text(encoding="utf-8")
    try:
        return scenario_site(read_scenario(path))
    except StudyInvalid as invalid:
        for one in invalid.findings:
            errors.print(f"{one.file}:{one.line}: {one.where}: {one.text}", highlight=False, soft_wrap=True)
        end(Exit.FINDINGS, f"{len(invalid.findings)} mistakes; nothing was started")


def _looks(run: VirtualRun, site: Site, steps: int, *, json: bool) -> None:
    """Show the run as it stands, then after each further tick."""
    from aios.look import look, look_table

    async def further() -> None:
        for _ in range(steps):
            await run.step()
            seen.append(look(run))

    seen = [look(run)]
    asyncio.run(further())
    run.close()
    if json:
        as_json(seen)
        return
    for one in seen:
        console.print(look_table(one, site))


def _summary(run: VirtualRun, site: Site, root: Path, took_s: float, *, json: bool) -> None:
    from aios.keep_history import keep_history
    from aios.summary import summary_of, summary_table

    ticks = run.gateway.kernel.state.tick + 1
    snapshot = run.gateway.desk.snapshot(run.gateway.kernel)
    digests = run.close()
    asyncio.run(keep_history(site, root))
    summary = summary_of(site, root, run.plant.world.truth, snapshot)
    if json:
        as_json({"summary": summary, "digests": digests, "ticks": ticks, "seconds": took_s})
        return
    console.print(summary_table(summary))
    console.print(f"{ticks} ticks in {took_s:.1f} s, {ticks / took_s:.0f} ticks per second", highlight=False)
    console.print(f"history: aios history --folder {root}", highlight=False, soft_wrap=True)
    console.print(f"journal {digests.journal}\nticks   {digests.ticks}", highlight=False)
