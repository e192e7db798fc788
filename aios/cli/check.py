"""`aios check`: say everything that is wrong with a site file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aios.cli.exits import Exit
from aios.cli.files import print_finding, site_path
from aios.cli.out import as_json, console

if TYPE_CHECKING:
    from aios.gateway.judging import Sound, Wrong


def check(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[
        Path | None, typer.Option(help="Folder of its gateway: what earlier runs cost is reckoned with.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write findings as JSON.")] = False,
) -> None:
    """Check a site file: every mistake with its line, and whether its loops keep their deadlines here."""
    from aios.folder import Folder
    from aios.gateway.judging import Wrong, judged_file

    path = site_path(site)
    found = judged_file(path, now_ns=time.time_ns(), folder=None if folder is None else Folder(root=folder))
    findings = found.findings if isinstance(found, Wrong) else (*found.late, *found.uncarried)
    if json:
        mistakes = [{"line": one.line, "where": one.where, "text": one.text} for one in findings]
        admission = None if isinstance(found, Wrong) else found.admission
        as_json({"file": str(path), "findings": mistakes, **_facts(found), "admission": admission})
    else:
        for one in findings:
            print_finding(str(path), one.line, one.where, one.text)
        for line in () if isinstance(found, Wrong) else _reckoned(found):
            console.print(line, highlight=False, soft_wrap=True)
        told = f"{len(findings)} mistakes" if findings else _told(_facts(found))
        console.print(f"{path}: {told}", highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if findings else Exit.OK))


def _facts(found: Sound | Wrong) -> dict[str, Any]:
    """Return what a site has, counted; nothing of one that is none."""
    from aios.gateway.judging import Wrong

    if isinstance(found, Wrong):
        return {}
    return {
        "site": found.site.name,
        "digest": found.site.digest,
        "assets": len(found.site.assets),
        "devices": len(found.site.devices),
        "points": len(found.site.points),
        "writable": len(found.site.writable),
        "loops": len(found.site.loops),
        "policy_revision": found.revision,
    }


def _reckoned(found: Sound) -> Iterator[str]:
    """Say how full the wires are that several devices share, and what the loops cost here."""
    yield from (load.words for load in found.loads if len(load.devices) > 1)
    yield from found.admission.lines


def _told(facts: dict[str, Any]) -> str:
    return (
        f"good. {facts['assets']} assets, {facts['devices']} devices, {facts['points']} points "
        f"({facts['writable']} writable), {facts['loops']} loops, policies {facts['policy_revision']}"
    )
