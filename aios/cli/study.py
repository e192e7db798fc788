"""`aios study`: run a grid of scenarios and controllers, go on after a kill, compare, list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end, errors
from aios.cli.study_adversary import adversary
from aios.cli.study_report import report

if TYPE_CHECKING:
    from aios.studies.compare import Comparison
    from aios.studies.fan_out.fan_out import FanOut
    from aios.studies.records import StudyRecord
    from aios.studies.results import StudyFolder

app = typer.Typer(help="Studies: many runs of a simulated world, kept, compared and reported.")
app.command("adversary")(adversary)
app.command("report")(report)
Folder = Annotated[Path, typer.Option(help="Folder of the study; each run is one folder below it.")]
Count = Annotated[int, typer.Option(help="Worker processes; 0 means one for each core.", min=0)]
Ray = Annotated[str, typer.Option(help="Address of a Ray cluster, or local; needs the extra ray.")]
Keep = Annotated[bool, typer.Option("--keep", help="Keep every gateway's journal and history.")]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]


@app.command("run")
def run(  # noqa: PLR0917  # one option each
    study: Annotated[Path, typer.Argument(help="Study file, or the name of a shipped study.")],
    folder: Folder = Path("var/study"),
    processes: Count = 0,
    ray: Ray = "",
    keep: Keep = False,
    replicates: Annotated[int, typer.Option(help="Replicates instead of the file's; 0 for those.")] = 0,
    days: Annotated[float, typer.Option(help="Days of each scenario instead of its own; 0 for those.")] = 0.0,
    json: Json = False,
) -> None:
    """Run every cell of a study with every seed; what the folder holds already is not run again."""
    from aios.studies.findings import StudyInvalid
    from aios.studies.grid import planned
    from aios.studies.parquet import NoParquet, need_parquet
    from aios.studies.results import NotAStudy, StudyFolder
    from aios.studies.shipped import study_path
    from aios.studies.study_file import load_study, reduced

    try:
        need_parquet()
        read = reduced(load_study(study_path(study)), replicates=replicates, days=days)
        kept = StudyFolder(folder)
        kept.begin(read, planned(read))
    except FileNotFoundError as missing:
        end(Exit.NOT_THERE, f"no study file {missing.filename or study}")
    except StudyInvalid as invalid:
        for found in invalid.findings:
            errors.print(
                f"{found.file}:{found.line}: {found.where}: {found.text}", highlight=False, soft_wrap=True
            )
        end(Exit.FINDINGS, f"{len(invalid.findings)} mistakes; nothing was run")
    except (NotAStudy, NoParquet) as wrong:
        end(Exit.FAILED, str(wrong))
    _carry_out(kept, _fan_out(ray, processes, kept.gateways if keep else None), json=json)


@app.command("resume")
def resume(
    folder: Annotated[Path, typer.Argument(help="Folder of a study that was begun.")] = Path("var/study"),
    processes: Count = 0,
    ray: Ray = "",
    keep: Keep = False,
    failed: Annotated[bool, typer.Option("--failed", help="Try runs that failed once more.")] = False,
    json: Json = False,
) -> None:
    """Go on with a study: run what is not there yet."""
    from aios.studies.results import StudyFolder

    kept = StudyFolder(folder)
    fan_out = _fan_out(ray, processes, kept.gateways if keep else None)
    _carry_out(kept, fan_out, json=json, failed=failed)


@app.command("compare")
def compare(
    a: Annotated[str, typer.Argument(help="A controller, policy or model of the study, or another folder.")],
    b: Annotated[str, typer.Argument(help="What is compared with it.")],
    folder: Folder = Path("var/study"),
    json: Json = False,
) -> None:
    """Compare two sets of runs by KPI: mean differences of pairs of one seed, with 95 % intervals."""
    from aios.studies.compare import NotComparable, chosen
    from aios.studies.compare import compare as difference
    from aios.studies.results import NotAStudy

    within = folder if (folder / "study.json").exists() else None
    try:
        compared = difference(chosen(a, within), chosen(b, within), names=(a, b))
    except NotAStudy as wrong:
        end(Exit.NOT_THERE, str(wrong))
    except NotComparable as wrong:
        end(Exit.FINDINGS, str(wrong))
    if json:
        as_json(compared)
    else:
        _show(compared)


@app.command("list")
def list_runs(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")] = Path("var/study"), json: Json = False
) -> None:
    """List the runs of a study: what is done, what failed and why, what waits."""
    from rich.table import Table

    from aios.studies.results import NotAStudy, StudyFolder

    kept = StudyFolder(folder)
    try:
        record = kept.seen()
    except NotAStudy as wrong:
        end(Exit.NOT_THERE, str(wrong))
    if json:
        as_json(record)
        return
    table = Table(title=record.title, title_justify="left")
    for column in ("run", "cell", "seed", "state", "KPIs"):
        table.add_column(column)
    for one in record.runs:
        table.add_row(one.run, one.labels.words, str(one.seed), one.state, one.cause or one.kpis_digest[:12])
    console.print(table)


def _fan_out(ray: str, processes: int, keep: Path | None) -> FanOut:
    from aios.studies.fan_out.processes import Processes
    from aios.studies.fan_out.ray_cluster import NoRay, RayCluster

    if not ray:
        return Processes(processes, keep)
    if keep is not None:
        end(Exit.USAGE, "--keep needs --processes: machines of a cluster keep nothing")
    try:
        return RayCluster(ray, cores=processes or None)
    except NoRay as missing:
        end(Exit.FAILED, str(missing))


def _carry_out(kept: StudyFolder, fan_out: FanOut, *, json: bool, failed: bool = False) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from aios.studies.carry_out import carry_out
    from aios.studies.fan_out.ray_cluster import NoRay
    from aios.studies.result import RunResult
    from aios.studies.results import NotAStudy

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        waiting = len(kept.waiting(failed_too=failed))
        with Progress(*columns, console=errors, transient=True) as progress:
            bar = progress.add_task("runs", total=waiting)

            def told(result: RunResult) -> None:
                progress.advance(bar)
                if result.failed:
                    words = f"run {result.run} ({result.labels.words}, seed {result.seed}) failed"
                    progress.console.print(f"{words}: {result.cause}", highlight=False, soft_wrap=True)

            record = carry_out(kept, fan_out, told, failed_too=failed)
    except NotAStudy as wrong:
        end(Exit.NOT_THERE, str(wrong))
    except NoRay as wrong:
        end(Exit.FAILED, str(wrong))
    _conclude(record, kept, json=json)


def _conclude(record: StudyRecord, kept: StudyFolder, *, json: bool) -> None:
    failed = [one for one in record.runs if one.state == "failed"]
    if json:
        as_json(record)
    else:
        console.print(f"{len(record.runs)} runs, {len(failed)} failed: {kept.root}", highlight=False)
        console.print(f"report: aios study report {kept.root}", highlight=False, soft_wrap=True)
        if len({one.labels.controller for one in record.runs}) > 1:
            others = sorted({one.labels.controller for one in record.runs} - {record.baseline})
            compared = f"aios study compare {record.baseline} {others[0]} --folder {kept.root}"
            console.print(f"compare: {compared}", highlight=False, soft_wrap=True)
    raise typer.Exit(int(Exit.FINDINGS if failed else Exit.OK))


def _show(compared: Comparison) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    told = f"{compared.b} against {compared.a}, {compared.pairs} pairs, half of 95 % intervals"
    for scenario in dict.fromkeys(one.scenario for one in compared.differences):
        rows = [one for one in compared.differences if one.scenario == scenario]
        changed = [one for one in rows if one.difference or one.low != one.high]
        console.print(f"{scenario}: {told}", highlight=False, soft_wrap=True)
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("KPI", no_wrap=True)
        for column in (compared.a, compared.b, "difference", "±"):
            table.add_column(column, justify="right", overflow="fold")
        table.add_column("")
        for one in changed:
            half = None if one.low is None or one.high is None else 0.5 * (one.high - one.low)
            numbers = (one.a, one.b, one.difference, half)
            digits = (5, 5, 4, 3)
            shown = (
                "-" if number is None else f"{number:.{count}g}"
                for number, count in zip(numbers, digits, strict=True)
            )
            table.add_row(one.kpi, *shown, one.verdict)
        console.print(table)
        console.print(f"{len(rows) - len(changed)} KPIs are the same in all pairs", highlight=False)
    if compared.unpaired:
        console.print(f"{compared.unpaired} runs have no partner with a result", highlight=False)
    if compared.unconverged_runs:
        console.print(
            f"{compared.unconverged_runs} runs have steps without a solution: see unconverged_h",
            highlight=False,
        )
