"""`aios alarms`: what needs an operator's response at a running gateway."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, moment
from aios.cli.telling import look

if TYPE_CHECKING:
    from kernel.alarm import Alarm


def alarms(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the alarms as JSON.")] = False,
) -> None:
    """List the alarms that are not normal, the most urgent first."""
    seen = look(folder)
    if json:
        as_json(seen.alarms)
        return
    if not seen.alarms:
        console.print("no alarm")
    for alarm in seen.alarms:
        console.print(told(alarm), highlight=False, soft_wrap=True, markup=False)


def told(alarm: Alarm) -> str:
    """Say an alarm in the words of its reader."""
    since = moment(alarm.since_ns or alarm.at_ns, "UTC")
    blind = ", cannot be judged now" if alarm.blind else ""
    likely = f"\n    most likely {alarm.point}" if alarm.point else ""
    return (
        f"{alarm.id}  priority {alarm.priority}, {alarm.state.value}{blind}, since {since} UTC\n"
        f"    {alarm.text}{likely}\n"
        f"    {alarm.response} Within {alarm.respond_within_s / 60.0:g} min."
    )
