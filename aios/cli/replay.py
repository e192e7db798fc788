"""`aios replay`: decide a recorded run again, or tell what would have been different."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end, moment

if TYPE_CHECKING:
    from aios.replay.agents_again import AgentAgain
    from aios.replay.what_if import Changed, WhatIf
    from kernel.journal.replay import ReplayReport

SHOWN = 40
"""Rows of a table that are printed; --json has all."""


def replay(
    incident: Annotated[
        Path | None, typer.Argument(help="An exported incident, instead of a folder.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    run: Annotated[str, typer.Option(help="Which run; the newest if left out.")] = "",
    with_policy: Annotated[
        Path | None,
        typer.Option(help="Tell what other policies would have said: a bundle, or a folder of NAME.rego."),
    ] = None,
    with_model: Annotated[
        str,
        typer.Option(help="Tell what another agent would have wanted: AGENT=ENTRY or AGENT=FILE.py."),
    ] = "",
    agents: Annotated[
        bool, typer.Option("--agents", help="Step the agents of worker processes again as well.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the report as JSON.")] = False,
) -> None:
    """Decide every recorded tick again: the same inputs must give the same decisions."""
    from aios.replay.source import opened, opened_incident
    from kernel.journal.incident import IncidentDamaged
    from kernel.journal.recorder import RecordingDamaged
    from policies.bundle import BundleRefused

    if with_policy is not None and with_model:
        end(Exit.USAGE, "one of --with-policy and --with-model at a time")
    try:
        with opened(folder, run) if incident is None else opened_incident(incident) as source:
            if with_policy is not None or with_model:
                _tell(asyncio.run(source.what_if(with_policy, with_model)), json=json)
                return
            if agents:
                _stepped(asyncio.run(source.agents()), json=json)
            report = asyncio.run(source.replay())
            missing = source.missing_at_the_end(report)
    except (FileNotFoundError, LookupError) as error:
        end(Exit.NOT_THERE, str(error))
    except (RecordingDamaged, BundleRefused, IncidentDamaged) as error:
        end(Exit.FINDINGS, str(error))
    _report(report, missing, json=json)
    raise typer.Exit(int(Exit.FINDINGS if report.differences else Exit.OK))


def _report(report: ReplayReport, missing: int, *, json: bool) -> None:
    if json:
        as_json(report)
        return
    for difference in report.differences[:20]:
        console.print(f"tick {difference.tick} {difference.what}: {difference.detail}", soft_wrap=True)
    console.print(
        f"run {report.run}: {report.ticks} ticks decided again, {report.judged} questions put to policy "
        f"again, {len(report.differences)} differences",
        highlight=False,
    )
    if missing:
        console.print(f"{missing} ticks at the end are not in the recording", highlight=False)


def _tell(found: WhatIf, *, json: bool) -> None:
    """Print what would have been different; that something would have been is no fault."""
    if json:
        as_json(found)
        return
    from rich.table import Table

    table = Table("ticks", "time (UTC)", "point", "was", "would be", "rule", "reason", title=found.against)
    for row in found.changed[:SHOWN]:
        table.add_row(
            _ticks(row), moment(row.at_ns, "UTC"), row.point, row.was, row.would_be, row.rule, row.reason
        )
    console.print(table)
    if len(found.changed) > SHOWN:
        console.print(f"... {len(found.changed) - SHOWN} rows more; --json has all", highlight=False)
    differ = ", ".join(f"{point} in {count} ticks" for point, count in found.by_point.items()) or "nothing"
    console.print(
        f"run {found.run}: {found.ticks} ticks, {found.asked} of them asked; different: {differ}",
        highlight=False,
    )
    console.print(found.how, highlight=False, soft_wrap=True)


def _stepped(found: tuple[AgentAgain, ...], *, json: bool) -> NoReturn:
    if json:
        as_json(found)
    for one in found if not json else ():
        worst = f", at most {one.worst_ulp:.0f} ulp" if one.near else ""
        console.print(
            f"{one.agent}: {one.steps} steps again, {one.exact} the same to the bit, "
            f"{one.near} in numbers only{worst}, {one.other} otherwise",
            highlight=False,
        )
    raise typer.Exit(int(Exit.FINDINGS if any(one.near or one.other for one in found) else Exit.OK))


def _ticks(row: Changed) -> str:
    return f"{row.tick}" if row.tick == row.until_tick else f"{row.tick} to {row.until_tick}"
