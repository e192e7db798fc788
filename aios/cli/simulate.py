"""`aios simulate`: a site or a scenario under the virtual clock: to its end, or to a moment and on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from aios.cli.exits import Exit
from aios.cli.files import print_finding, read_site, site_path
from aios.cli.out import as_json, console, end, errors

if TYPE_CHECKING:
    from aios.studies.findings import StudyInvalid
    from aios.studies.single import SingleRun
    from aios.virtual.run import VirtualRun
    from kernel.site import Site
    from simulators.scenario import Scenario


def simulate(  # noqa: PLR0917  # one option each
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
    report: Annotated[
        Path | None, typer.Option(help="HTML file for the report of the run, with plots.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the summary, or the looks, as JSON.")] = False,
) -> None:
    """Run a site's gateway against its simulated world, as fast as it computes."""
    from aios.logs import log_to_stderr
    from aios.virtual.look import NoSuchMoment, moment_of
    from simulators.scenario import ScenarioInvalid, scenario_of, shortened

    log_to_stderr()
    if report is not None and (at or step):
        end(Exit.USAGE, "--report tells of a run from begin to end: leave out --at and --step")
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
    single = _single(site, read, scenario) if report is not None else None
    run, took_s = _lived(read, text, scenario, root, single)
    if until_ns is not None or step:
        _looks(run, read, step, json=json)
    else:
        _summary(run, read, root, took_s, watched=(single, report), json=json)


def _lived(
    site: Site, text: str, scenario: Scenario, root: Path, single: SingleRun | None
) -> tuple[VirtualRun, float]:
    """Live through the scenario; return the run and what that took, seconds."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from aios.virtual.run import prepare
    from simulators.scenario import ScenarioInvalid

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task("preparing", total=max(1, scenario.end_ns - scenario.start_ns))
        try:
            run = prepare(site, text, scenario, root, listeners=() if single is None else (single,))
        except ScenarioInvalid as invalid:
            end(Exit.FINDINGS, str(invalid))

        def told(now_ns: int) -> None:
            progress.update(bar, completed=now_ns - scenario.start_ns)
            if single is not None:
                single.take(run)

        progress.update(bar, description="simulating")
        began = time.monotonic()
        asyncio.run(run.run(told))
        return run, time.monotonic() - began


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
        _refuse(invalid)


def _single(path: Path, site: Site, scenario: Scenario) -> SingleRun:
    """Plan the run as one that is counted and reported."""
    from aios.studies.findings import StudyInvalid
    from aios.studies.single import SingleRun

    try:
        return SingleRun(path if path.is_file() else site_path(path), site, scenario)
    except StudyInvalid as invalid:
        _refuse(invalid)


def _refuse(invalid: StudyInvalid) -> NoReturn:
    for one in invalid.findings:
        print_finding(one.file, one.line, one.where, one.text)
    end(Exit.FINDINGS, f"{len(invalid.findings)} mistakes; nothing was started")


def _looks(run: VirtualRun, site: Site, steps: int, *, json: bool) -> None:
    """Show the run as it stands, then after each further tick."""
    from aios.virtual.look import look, look_table

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


def _summary(
    run: VirtualRun,
    site: Site,
    root: Path,
    took_s: float,
    *,
    watched: tuple[SingleRun | None, Path | None],
    json: bool,
) -> None:
    from aios.virtual.keep_history import keep_history
    from aios.virtual.summary import summary_of, summary_table

    ticks = run.gateway.kernel.state.tick + 1
    snapshot = run.gateway.desk.snapshot(run.gateway.kernel)
    digests = run.close()
    asyncio.run(keep_history(site, root))
    summary = summary_of(site, root, run.plant.world.truth, snapshot)
    single, out = watched
    figures = None if single is None or out is None else single.write(run, digests, out, seconds=took_s)
    if json:
        told = {"summary": summary, "digests": digests, "ticks": ticks, "seconds": took_s}
        as_json(told if figures is None else {**told, "report": str(out), "figures": figures})
        return
    console.print(summary_table(summary))
    console.print(f"{ticks} ticks in {took_s:.1f} s, {ticks / took_s:.0f} ticks per second", highlight=False)
    console.print(f"history: aios history --folder {root}", highlight=False, soft_wrap=True)
    if figures is not None:
        console.print(f"report: {out}", highlight=False, soft_wrap=True)
    console.print(f"journal {digests.journal}\nticks   {digests.ticks}", highlight=False)
