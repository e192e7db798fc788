"""`aios study adversary`: looks for the sequence of faults that does the most harm for its price."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end, errors

if TYPE_CHECKING:
    from aios.studies.adversary import Plan
    from simulators.faults.adversary import Found


def adversary(
    file: Annotated[Path, typer.Argument(help="File that says what may be bought and what is to be spoilt.")],
    budget: Annotated[float | None, typer.Option(help="What faults may cost, instead of the file's.")] = None,
    evaluations: Annotated[int | None, typer.Option(help="Runs, instead of the file's.", min=1)] = None,
    folder: Annotated[Path, typer.Option(help="Where the worst scenario is written.")] = Path(
        "var/adversary"
    ),
    json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Search for the worst sequence of faults within a budget; write it as a scenario."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from aios.logs import log_to_stderr
    from aios.studies.adversary import load_plan, objective_of, write_worst
    from aios.studies.findings import StudyInvalid
    from simulators.faults.adversary import search

    log_to_stderr()
    try:
        plan = load_plan(file, budget=budget, evaluations=evaluations)
    except FileNotFoundError as missing:
        end(Exit.NOT_THERE, f"no file {missing.filename or file}")
    except StudyInvalid as invalid:
        for one in invalid.findings:
            errors.print(f"{one.file}:{one.line}: {one.where}: {one.text}", highlight=False, soft_wrap=True)
        end(Exit.FINDINGS, f"{len(invalid.findings)} mistakes; nothing was run")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task("runs", total=plan.rules.evaluations)
        found = search(objective_of(plan, lambda: progress.advance(bar)), plan.rules)
    worst = write_worst(plan, found, folder)
    if json:
        as_json(_told(plan, found, worst))
        return
    _show(plan, found, worst)


def _told(plan: Plan, found: Found, worst: Path) -> dict[str, object]:
    from simulators.faults.timeline import timeline

    sign = _sign(plan)
    last_ns = max((fault.end_ns or fault.onset_ns for fault in found.faults), default=0)
    return {
        "objective": plan.section.objective,
        "without": sign * found.without,
        "worst": sign * found.score,
        "cost": found.cost,
        "budget": plan.rules.budget,
        "evaluations": found.evaluations,
        "course": [sign * one for one in found.course],
        "faults": timeline(found.faults, last_ns),
        "scenario": str(worst),
    }


def _sign(plan: Plan) -> float:
    """The search wants more; a KPI of which less is worse was turned round for it."""
    from simulators.indicators.table import KPIS

    return 1.0 if KPIS[plan.section.objective].better == "less" else -1.0


def _show(plan: Plan, found: Found, worst: Path) -> None:
    from datetime import UTC, datetime

    from rich.table import Table

    from simulators.indicators.table import KPIS

    sign, unit = _sign(plan), KPIS[plan.section.objective].unit
    words = f"{plan.section.objective} {sign * found.without:.5g} {unit} without, {sign * found.score:.5g}"
    table = Table(
        title=f"{words} {unit} at worst, for {found.cost:g} of {plan.rules.budget:g}",
        title_justify="left",
    )
    for column in ("from (UTC)", "for", "fault", "target", "amount"):
        table.add_column(column)
    for fault in sorted(found.faults, key=lambda one: one.onset_ns):
        begun = datetime.fromtimestamp(fault.onset_ns * 1e-9, UTC).strftime("%Y-%m-%d %H:%M")
        lasts_ns = 0 if fault.end_ns is None else fault.end_ns - fault.onset_ns
        table.add_row(begun, f"{lasts_ns * 1e-9:g} s", str(fault.kind), fault.target, f"{fault.amount:g}")
    console.print(table)
    console.print(f"scenario: {worst}", highlight=False, soft_wrap=True)
