"""`aios commission`: the walk through a site, and the signed check-out sheet."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aios.cli.exits import Exit
from aios.cli.files import read_site, site_path
from aios.cli.out import as_json, console, end
from aios.cli.telling import ROOT, Person, Where, me
from aios.folder import Folder

if TYPE_CHECKING:
    from aios.commission.person import Person as Asked
    from aios.commission.progress import Progress
    from aios.commission.sheet import Sheet
    from aios.devices.ask_gateway import Asked as Followed
    from kernel.shell.wire import PutRequest
    from kernel.site import Site

PLACE: Final = "commissioning"
"""Folder, in that of the gateway, of walks under way and of sheets."""


def commission(
    site: Annotated[Path | None, typer.Argument(help="Site file, or the name of a shipped site.")] = None,
    *,
    readings: Annotated[
        Path | None, typer.Option("--from", help="Table (CSV) of references, in place of questions.")
    ] = None,
    points: Annotated[
        str, typer.Option(help="Patterns of the points, such as pv1/*,f11/active_power.")
    ] = "*",
    sheet: Annotated[
        Path | None, typer.Option(help="File for the sheet, .json; .md comes beside it.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Begin anew, where a walk was interrupted.")] = False,
    wish_s: Annotated[float, typer.Option(min=1.0, help="How long a test write stands, seconds.")] = 10.0,
    verify: Annotated[Path | None, typer.Option(help="Look whether a sheet is as it was signed.")] = None,
    public_key: Annotated[
        str, typer.Option(help="Key that the sheet must be signed with, hexadecimal.")
    ] = "",
    person: Person = "",
    folder: Where = ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the sheet, or what is wrong with it.")] = False,
) -> None:
    """Walk a site point by point, compare with displays and references, and sign the check-out sheet."""
    if verify is not None:
        _verify(verify, public_key, json=json)
    if site is None:
        end(Exit.USAGE, "name a site file to walk, or a sheet with --verify")
    read = read_site(site_path(site))
    answers = _answers(readings, read)
    done = _walked(read, folder, me(person), answers, (points, wish_s), again=again)
    closed = _closed(read, done, me(person))
    _written(closed, sheet or _place(folder, read, closed), folder, json=json)
    _progress(folder, read).unlink(missing_ok=True)
    raise typer.Exit(int(Exit.OK if closed.good else Exit.FINDINGS))


def _answers(readings: Path | None, site: Site) -> Asked:
    from aios.commission.person import AtTerminal, Table
    from aios.commission.readings import ReadingsInvalid, read_readings

    if readings is None:
        return AtTerminal()
    try:
        return Table(read_readings(readings, site))
    except ReadingsInvalid as mistake:
        end(Exit.FINDINGS, str(mistake))
    except OSError as missing:
        end(Exit.NOT_THERE, f"no readings: {missing}")


def _walked(
    site: Site, folder: Path, who: str, answers: Asked, how: tuple[str, float], *, again: bool
) -> Progress:
    """Walk what is left of the site, or end where the person stops."""
    import asyncio

    from aios.commission.means import Means
    from aios.commission.person import Interrupted
    from aios.commission.progress import save_progress
    from aios.commission.walk import Walk, names_in
    from kernel.shell.clock import SystemClock
    from kernel.shell.socket import GatewayAway

    scope, wish_s = how
    if not names_in(site, scope):
        end(Exit.NOT_THERE, f"no point that a device serves fits {scope}")
    path = _progress(folder, site)
    begun = _begun(site, path, scope, again=again)
    walk = Walk(
        site, folder, who=who, person=answers, means=Means(clock=SystemClock(), follow=_follow), wish_s=wish_s
    )
    try:
        return asyncio.run(walk.run(begun, lambda progress: save_progress(progress, path)))
    except (Interrupted, KeyboardInterrupt, typer.Abort):
        end(Exit.FINDINGS, f"stopped; what is done stands in {path}, and the same command goes on from there")
    except (GatewayAway, LookupError) as failure:
        end(Exit.FAILED, f"{failure}; what is done stands in {path}")


def _follow(folder: Path, wish: PutRequest, wait_s: float) -> Followed:
    from aios.devices.ask_gateway import follow

    return follow(folder, wish, wait_s=wait_s)


def _begun(site: Site, path: Path, scope: str, *, again: bool) -> Progress:
    """Return the walk to go on with; one of another site file, other maps or other points is begun anew."""
    from aios.commission.look import map_digests
    from aios.commission.progress import Progress, load_progress

    fresh = Progress(site_digest=site.digest, maps=map_digests(site), scope=scope, began_ns=time.time_ns())
    known = None if again else load_progress(path)
    if known is None or not known.results:
        return fresh
    if not known.fits(fresh):
        console.print("site file, maps or points are not those of the walk before: it begins anew")
        return fresh
    console.print(f"goes on: {len(known.results)} points are done already")
    return known


def _closed(site: Site, done: Progress, who: str) -> Sheet:
    import aios
    from aios.commission.sheet import Sheet

    return Sheet(
        site=site.name,
        title=site.title,
        site_digest=site.digest,
        maps=done.maps,
        version=aios.__version__,
        began_ns=done.began_ns,
        ended_ns=time.time_ns(),
        person=who,
        results=done.results,
        scope=done.scope,
    )


def _written(closed: Sheet, path: Path, folder: Path, *, json: bool) -> None:
    from aios.commission.signed import write_sheet
    from kernel.journal.signing import Signer

    if path.suffix != ".json":
        end(Exit.USAGE, f"{path}: a sheet for programs is a .json file")
    signer = Signer.at(Folder(root=folder).key)
    readable = write_sheet(closed, path, signer)
    if json:
        as_json(closed)
        return
    for one in (result for result in closed.results if not result.good):
        test = f", write {one.written.outcome} {one.written.reversion}" if one.written else ""
        against = f" against {one.reference}" if one.reference else ""
        console.print(
            f"{one.point}: {one.verdict.value}, {one.value:.7g} {one.unit}{against}, {one.quality}{test}",
            highlight=False,
            soft_wrap=True,
        )
    counts = ", ".join(f"{number} {word}" for word, number in closed.counts().items() if number)
    console.print(f"{counts}; signed: {path} and {readable}", highlight=False, soft_wrap=True)
    console.print(f"public key {signer.public_key}", highlight=False, soft_wrap=True)


def _verify(path: Path, public_key: str, *, json: bool) -> None:
    """Say whether a sheet is as it was signed, and end."""
    from aios.commission.signed import verify_sheet

    try:
        found = verify_sheet(path, public_key)
    except OSError as missing:
        end(Exit.NOT_THERE, f"no sheet: {missing}")
    if json:
        as_json({"file": str(path), "faults": found.faults, "public_key": found.public_key})
    else:
        for fault in found.faults:
            console.print(f"{path}: {fault}", highlight=False, soft_wrap=True)
        if not found.faults:
            console.print(
                f"{path}: as it was signed with {found.public_key}", highlight=False, soft_wrap=True
            )
    raise typer.Exit(int(Exit.FINDINGS if found.faults else Exit.OK))


def _progress(folder: Path, site: Site) -> Path:
    return folder / PLACE / f"{site.name}.under_way.json"


def _place(folder: Path, site: Site, closed: Sheet) -> Path:
    at = datetime.fromtimestamp(closed.ended_ns / 1e9, tz=UTC).strftime("%Y%m%d-%H%M%S")
    return folder / PLACE / f"{site.name}-{at}.json"
