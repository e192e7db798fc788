"""`aios audit`: what an auditor takes with him, and how he checks it without a gateway."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli import audit_hold
from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from kernel.journal.checkpoints import Checkpoint

app = typer.Typer(no_args_is_help=True, help="A span of the command journal for an auditor; legal hold.")
GATEWAY = typer.Option(help="Folder of the gateway.")
app.add_typer(audit_hold.app, name="hold")
FROM = typer.Option(
    "--from", help="First moment, ISO 8601, UTC where no offset is named; from the beginning."
)
TO = typer.Option("--to", help="Moment before which it ends; now where it is left out.")
_LAST_NS = 2**63 - 1


def span_ns(begin: str, until: str) -> tuple[int, int]:
    """Return a span of time in nanoseconds since 1970 UTC, or end with what is wrong about it."""
    from aios.replay.incidents import NotPinned, moment_ns

    try:
        from_ns = moment_ns(begin, "UTC") if begin else 0
        to_ns = moment_ns(until, "UTC") if until else _LAST_NS
    except NotPinned as error:
        end(Exit.USAGE, str(error))
    if to_ns <= from_ns:
        end(Exit.USAGE, f"--to {until} is not after --from {begin}")
    return from_ns, to_ns


@app.command("export")
def export_span(
    out: Annotated[Path, typer.Argument(help="Folder to write; it must be new or empty.")],
    begin: Annotated[str, FROM] = "",
    until: Annotated[str, TO] = "",
    folder: Annotated[Path, GATEWAY] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write what was exported as JSON.")] = False,
) -> None:
    """Write every entry of a span with the chain's hashes, as JSON Lines and CSV, signed by the gateway."""
    from aios.audit.export import NotEmpty, NothingThen, export

    from_ns, to_ns = span_ns(begin, until)
    try:
        paper = export(folder, out, from_ns=from_ns, to_ns=to_ns)
    except (FileNotFoundError, NothingThen) as error:
        end(Exit.NOT_THERE, str(error))
    except (NotEmpty, OSError, ValueError) as error:
        end(Exit.FAILED, f"nothing was exported: {error}")
    if json:
        as_json(paper)
    else:
        said = f"{out}: entries {paper.span.first} to {paper.span.last} of {paper.site or folder}"
        console.print("\n".join((said, *paper.findings)), highlight=False, soft_wrap=True)
    raise typer.Exit(int(Exit.FINDINGS if paper.findings else Exit.OK))


@app.command("verify")
def verify_export(
    out: Annotated[Path, typer.Argument(help="Folder of the export.")],
    key: Annotated[
        str, typer.Option(help="The gateway's public key, hexadecimal, as its log names it at every start.")
    ] = "",
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder into which the gateway's checkpoints were copied.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Check an export with nothing but its files: chain, digests, signatures, checkpoints."""
    from aios.audit.check import check, unanchored

    if not out.is_dir():
        end(Exit.NOT_THERE, f"no folder {out}")
    kept = _checkpoints(checkpoints)
    findings = check(out, public_key=key, checkpoints=kept)
    if json:
        as_json({"findings": findings, "checkpoints": len(kept)})
    elif findings:
        console.print("\n".join(findings), highlight=False, soft_wrap=True)
    else:
        with_key = "" if key else "; the key is the export's own: name the one you were told with --key"
        open_end = unanchored(out)
        behind = f"; {open_end} entries are newer than its last checkpoint" if open_end else ""
        console.print(f"the export is whole{behind}{with_key}", highlight=False, soft_wrap=True)
    raise typer.Exit(int(Exit.FINDINGS if findings else Exit.OK))


def _checkpoints(folder: Path | None) -> tuple[Checkpoint, ...]:
    """Read the checkpoints that left the box, or end with what is wrong with them."""
    import msgspec

    from kernel.journal.checkpoints import exported

    if folder is None:
        return ()
    if not folder.is_dir():
        end(Exit.NOT_THERE, f"no folder {folder}")
    try:
        return exported(folder)
    except msgspec.MsgspecError as error:
        end(Exit.FINDINGS, f"a file in {folder} is no checkpoint: {error}")
