"""`aios check`: say everything that is wrong with a site file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aios.cli.exits import Exit
from aios.cli.files import print_finding, site_path
from aios.cli.out import as_json, console

if TYPE_CHECKING:
    from aios.site.lines import Lines
    from drivers.modbus.wire_time import WireLoad
    from kernel.schedule.admission import Refused
    from kernel.schedule.carriage import Uncarried
    from kernel.site import Site


def check(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[
        Path | None, typer.Option(help="Folder of its gateway: what earlier runs cost is reckoned with.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write findings as JSON.")] = False,
) -> None:
    """Check a site file: every mistake with its line, and whether its loops keep their deadlines here."""
    from aios.folder import Folder
    from aios.gateway.admission import admission_of
    from aios.gateway.carriage import loads_of, uncarried_loops
    from aios.gateway.compose import bundle_of, pipe_of
    from aios.gateway.safe_set import permit_safe_set
    from aios.site import SiteInvalid, load_site
    from aios.site.lines import Lines
    from kernel.schedule.admission import Admission, Refused
    from policies.bundle import BundleRefused

    path = site_path(site)
    findings: list[dict[str, Any]] = []
    facts: dict[str, Any] = {}
    admission: Admission | None = None
    loads: list[WireLoad] = []
    try:
        read = load_site(path)
        bundle = bundle_of(read)
        permit_safe_set(read, bundle, now_ns=0)
        pipe_of(read, run="check", revision=bundle.revision)
        admission = admission_of(read, None if folder is None else Folder(root=folder))
        if isinstance(admission, Refused):
            findings = list(_late(admission, Lines(path.read_text(encoding="utf-8")), read))
        loads = loads_of(read)
        findings += _uncarried(uncarried_loops(read, loads), Lines(path.read_text(encoding="utf-8")), read)
        facts = {
            "site": read.name,
            "digest": read.digest,
            "assets": len(read.assets),
            "devices": len(read.devices),
            "points": len(read.points),
            "writable": len(read.writable),
            "loops": len(read.loops),
            "policy_revision": bundle.revision,
        }
    except SiteInvalid as invalid:
        findings = [{"line": f.line, "where": f.where, "text": f.text} for f in invalid.findings]
    except (BundleRefused, ValueError, LookupError) as error:
        findings = [{"line": 1, "where": "site", "text": str(error)}]
    if json:
        as_json({"file": str(path), "findings": findings, **facts, "admission": admission})
    else:
        for found in findings:
            print_finding(str(path), found["line"], found["where"], found["text"])
        for load in loads:
            if len(load.devices) > 1:
                console.print(load.words, highlight=False, soft_wrap=True)
        for line in admission.lines if admission is not None else ():
            console.print(line, highlight=False, soft_wrap=True)
        told = f"{len(findings)} mistakes" if findings else _told(facts)
        console.print(f"{path}: {told}", highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if findings else Exit.OK))


def _uncarried(slow: list[Uncarried], lines: Lines, site: Site) -> Iterator[dict[str, Any]]:
    """Say of every loop that its bus cannot carry where it stands, and what the bus reaches."""
    places = {loop.agent: place for place, loop in enumerate(site.loops)}
    for one in slow:
        place = places[one.loop]
        yield {
            "line": lines.line(("loop", place, "period_s")),
            "where": f"loop[{place}].period_s",
            "text": one.words,
        }


def _late(refused: Refused, lines: Lines, site: Site) -> Iterator[dict[str, Any]]:
    """Say of every loop that misses its deadline where it stands and by how much it misses."""
    places = {loop.agent: place for place, loop in enumerate(site.loops)}
    for one in refused.responses:
        if one.slack_ms < 0.0:
            place = places[one.loop]
            missed = f"misses its deadline of {one.deadline_ms:g} ms by {-one.slack_ms:.1f} ms"
            yield {
                "line": lines.line(("loop", place, "deadline_s")),
                "where": f"loop[{place}].deadline_s",
                "text": f"{missed}: {one.arithmetic}",
            }


def _told(facts: dict[str, Any]) -> str:
    return (
        f"good. {facts['assets']} assets, {facts['devices']} devices, {facts['points']} points "
        f"({facts['writable']} writable), {facts['loops']} loops, policies {facts['policy_revision']}"
    )
