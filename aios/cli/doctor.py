"""`aios doctor`: is this machine fit, and is the gateway well?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end


def doctor(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    bundle: Annotated[
        Path | None,
        typer.Option(help="Write all that helps a supporter into this ZIP file, without secrets."),
    ] = None,
    site: Annotated[
        Path | None, typer.Option(help="With --bundle: the site file, where no gateway ran by it yet.")
    ] = None,
    log: Annotated[
        list[Path] | None, typer.Option(help="With --bundle: a log whose end goes with it; repeatable.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Examine machine, installation and, where one runs, the gateway."""
    from aios.doctor import examine

    folder.mkdir(parents=True, exist_ok=True)
    if bundle is not None:
        _write(bundle, folder, site, tuple(log or ()), json=json)
        return
    findings = examine(folder)
    if json:
        as_json(findings)
    else:
        for found in findings:
            mark = "[green]good[/green]" if found.good else "[red]bad [/red]"
            console.print(f"{mark}  {found.what:<22} {found.text}", highlight=False)
    raise typer.Exit(int(Exit.OK if all(found.good for found in findings) else Exit.FINDINGS))


def _write(bundle: Path, folder: Path, site: Path | None, logs: tuple[Path, ...], *, json: bool) -> None:
    """Write a support bundle, and say what is in it."""
    from aios.support.write import write_bundle

    try:
        names = write_bundle(folder, bundle, logs=logs, site=site)
    except OSError as error:
        end(Exit.FAILED, f"no bundle was written: {error}")
    if json:
        as_json({"file": str(bundle), "holds": names})
    else:
        console.print(f"{bundle}: {', '.join(names)}", highlight=False, soft_wrap=True)
