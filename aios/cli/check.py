"""`aios check`: say everything that is wrong with a site file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from aios.cli.exits import Exit
from aios.cli.files import print_finding, site_path
from aios.cli.out import as_json, console


def check(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    json: Annotated[bool, typer.Option("--json", help="Write findings as JSON.")] = False,
) -> None:
    """Check a site file: every mistake with its line."""
    from aios.compose import bundle_of, pipe_of
    from aios.safe_set import permit_safe_set
    from aios.site import SiteInvalid, load_site
    from policies.bundle import BundleRefused

    path = site_path(site)
    findings: list[dict[str, Any]] = []
    facts: dict[str, Any] = {}
    try:
        read = load_site(path)
        bundle = bundle_of(read)
        permit_safe_set(read, bundle, now_ns=0)
        pipe_of(read, run="check", revision=bundle.revision)
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
        as_json({"file": str(path), "findings": findings, **facts})
    else:
        for found in findings:
            print_finding(str(path), found["line"], found["where"], found["text"])
        told = f"{len(findings)} mistakes" if findings else _told(facts)
        console.print(f"{path}: {told}", highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if findings else Exit.OK))


def _told(facts: dict[str, Any]) -> str:
    return (
        f"good. {facts['assets']} assets, {facts['devices']} devices, {facts['points']} points "
        f"({facts['writable']} writable), {facts['loops']} loops, policies {facts['policy_revision']}"
    )
