"""`aios replay`: decide a recorded run again and count the differences."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end


def replay(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    run: Annotated[str, typer.Option(help="Which run; the newest if left out.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Write the report as JSON.")] = False,
) -> None:
    """Decide every recorded tick again: the same inputs must give the same decisions."""
    from aios.again import NothingRecorded, missing_at_the_end, replay_run
    from kernel.journal.recorder import RecordingDamaged

    try:
        report = asyncio.run(replay_run(folder, run))
    except (NothingRecorded, FileNotFoundError, LookupError) as error:
        end(Exit.NOT_THERE, str(error))
    except RecordingDamaged as error:
        end(Exit.FINDINGS, str(error))
    if json:
        as_json(report)
    else:
        for difference in report.differences[:20]:
            console.print(f"tick {difference.tick} {difference.what}: {difference.detail}", soft_wrap=True)
        console.print(
            f"run {report.run}: {report.ticks} ticks decided again, {report.judged} questions put to policy "
            f"again, {len(report.differences)} differences",
            highlight=False,
        )
        missing = missing_at_the_end(folder, report)
        if missing:
            console.print(f"{missing} ticks at the end are not in the recording", highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if report.differences else Exit.OK))
