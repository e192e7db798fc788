"""`aios network`: bring a network in from somewhere else, look at it, check it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end, errors

if TYPE_CHECKING:
    from simulators.networks.folder import Stored
    from simulators.networks.importers.source import Taken, Wanted

app = typer.Typer(help="Networks: import, show and check them.", no_args_is_help=True)
Named = Annotated[Path, typer.Argument(help="Folder of an import, a network file, or a shipped network.")]
Moment = Annotated[
    str,
    typer.Option("--at", help="Moment, ISO 8601 with an offset; not given: the highest load of the year."),
]
Json = Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")]


@app.callback()
def network() -> None:
    """Import networks from pandapower, SimBench, OpenDSS or CSV; show and check them."""


@app.command("import")
def import_network(
    source: Annotated[
        str,
        typer.Argument(
            help="File of pandapower (.json) or OpenDSS (.dss), SimBench code, CSV folder, network file."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Folder that network, profiles and record are written to.")
    ],
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", help="Kind of element that may stay behind, such as ward; repeatable."),
    ] = None,
    fixed_gens: Annotated[
        bool,
        typer.Option(
            "--fixed-gens", help="Carry generators that hold a voltage with the kvar of this moment."
        ),
    ] = False,
    tolerance_pu: Annotated[
        float,
        typer.Option("--tolerance-pu", help="Largest difference of a voltage that is accepted.", min=0.0),
    ] = 1e-5,
    json: Json = False,
) -> None:
    """Import a network, compare its voltages with those of its origin, and write it as files to edit."""
    from simulators.networks.folder import keep
    from simulators.networks.importers.source import Wanted

    wanted = Wanted(leave_out=frozenset(leave_out or ()), fixed_gens=fixed_gens, tolerance_pu=tolerance_pu)
    taken = _take(source, wanted)
    record = taken.record(wanted)
    keep(out, taken.imported.network, taken.profiles, record)
    if json:
        as_json({"folder": str(out), "record": record, "counts": _counts(taken)})
        return
    for left in taken.imported.left_out:
        console.print(f"left out: {left}", highlight=False, soft_wrap=True)
    for note in taken.imported.notes:
        console.print(f"note: {note}", highlight=False, soft_wrap=True)
    told = ", ".join(f"{count} {kind}" for kind, count in _counts(taken).items() if count)
    console.print(f"{taken.imported.network.name}: {told}", highlight=False, soft_wrap=True)
    if taken.agreement is not None:
        console.print(f"against {record.version}: {taken.agreement}", highlight=False, soft_wrap=True)
    if record.licence:
        console.print(f"licence of the data: {record.licence}", highlight=False, soft_wrap=True)
    console.print(f"written to {out}", highlight=False, soft_wrap=True)


@app.command("show")
def show(network: Named, at: Moment = "", json: Json = False) -> None:
    """Draw a network as a tree from its source, with voltages and loadings of one moment."""
    from simulators.sight import solved_at, tree_of

    stored = _open(network)
    seen = solved_at(stored.network, stored.profiles, _moment(at))
    if json:
        as_json(seen)
        return
    from aios.cli.network_tree import draw

    draw(seen, tree_of(stored.network), console)
    if seen.failure:
        end(Exit.FINDINGS, f"no solution: {seen.failure}")


@app.command("check")
def check(
    network: Named,
    at: Moment = "",
    tolerance_pu: Annotated[
        float,
        typer.Option("--tolerance-pu", help="Largest difference of a voltage that is accepted.", min=0.0),
    ] = 1e-5,
    json: Json = False,
) -> None:
    """Solve a network, say what is outside its limits, and compare it with its origin where that is here."""
    from simulators.networks.importers.again import compared_again
    from simulators.sight import solved_at

    stored = _open(network)
    seen = solved_at(stored.network, stored.profiles, _moment(at))
    findings = [*seen.findings]
    again = compared_again(stored) if stored.record is not None else None
    if again is not None and again.agreement is not None and not again.agreement.within(tolerance_pu):
        findings.append(f"{again.agreement}; allowed is {tolerance_pu:g} pu")
    if json:
        as_json({"moment": seen.moment, "findings": findings, "origin": again})
    else:
        for finding in findings:
            console.print(finding, highlight=False, soft_wrap=True)
        console.print(f"{len(findings)} findings at {seen.moment}", highlight=False)
        if again is not None:
            console.print(again.words, highlight=False, soft_wrap=True)
    raise typer.Exit(int(Exit.FINDINGS if findings else Exit.OK))


def _take(source: str, wanted: Wanted) -> Taken:
    """Read what was named, or end with everything that keeps it from being read."""
    from simulators.networks.file import NetworkInvalid
    from simulators.networks.importers.agreement import Disagrees
    from simulators.networks.importers.imported import ImportRefused
    from simulators.networks.importers.pandapower_net import NotInstalled
    from simulators.networks.importers.source import UnknownForm, take
    from simulators.physics.opendss_extra import NoOpenDss
    from simulators.profiles.from_csv import ProfilesInvalid

    try:
        with errors.status(f"reading {source}"):
            return take(source, wanted)
    except ImportRefused as refused:
        for one in refused.refused:
            errors.print(str(one), highlight=False, soft_wrap=True)
        end(Exit.FINDINGS, f"{len(refused.refused)} elements cannot be carried; nothing was written")
    except (NetworkInvalid, ProfilesInvalid) as invalid:
        for error in invalid.errors:
            errors.print(f"{invalid.path}: {error}", highlight=False, soft_wrap=True)
        end(Exit.FINDINGS, f"{len(invalid.errors)} mistakes; nothing was written")
    except Disagrees as far:
        end(Exit.FINDINGS, f"{far}; nothing was written (--tolerance-pu accepts more)")
    except (NotInstalled, NoOpenDss) as missing:
        end(Exit.FAILED, str(missing))
    except (UnknownForm, OSError) as absent:
        end(Exit.NOT_THERE, str(absent))


def _open(network: Path) -> Stored:
    from simulators.networks.file import NetworkInvalid
    from simulators.networks.folder import NoNetwork, open_network

    try:
        return open_network(network)
    except NoNetwork as absent:
        end(Exit.NOT_THERE, str(absent))
    except NetworkInvalid as invalid:
        for error in invalid.errors:
            errors.print(f"{invalid.path}: {error}", highlight=False, soft_wrap=True)
        end(Exit.FINDINGS, f"{len(invalid.errors)} mistakes")
    except ValueError as broken:
        end(Exit.FINDINGS, str(broken))


def _moment(text: str) -> int | None:
    """Return a moment, nanoseconds since 1970 UTC; None where none was given."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        end(Exit.USAGE, f"{text} is no moment: write 2016-01-15T18:00:00+01:00")
    if moment.tzinfo is None:
        end(Exit.USAGE, f"{text} has no offset: write 2016-01-15T18:00:00+01:00")
    return round(moment.timestamp()) * 1_000_000_000


def _counts(taken: Taken) -> dict[str, int]:
    network = taken.imported.network
    kinds = ("buses", "transformers", "lines", "couplers", "switches", "capacitors", "loads", "generators")
    found = {kind: len(getattr(network, kind)) for kind in (*kinds, "batteries")}
    return found | {"profiles": len(taken.profiles.names)}
