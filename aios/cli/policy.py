"""`aios policy`: bundles of policies are tested, built, signed, verified, listed and tried on a recording."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli import policy_acts
from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.out import as_json, console, end, moment

if TYPE_CHECKING:
    from policies.shadow import Compared
    from policies.shelf.manifest import SignedBundle

app = typer.Typer(help="Signed, versioned policy bundles.", no_args_is_help=True)
app.command("shadow")(policy_acts.shadow)
app.command("promote")(policy_acts.promote)
app.command("rollback")(policy_acts.rollback)
SiteArgument = Annotated[
    Path, typer.Argument(metavar="SITE", help="Site file, or the name of a shipped one.")
]
Changes = Annotated[
    Path | None, typer.Argument(help="Folder of NAME.rego and NAME.json that take the place of shipped ones.")
]
BundleFile = Annotated[Path, typer.Argument(metavar="BUNDLE", help="File of a bundle.")]
Root = Annotated[Path, typer.Option(help="Folder of the gateway.")]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]
SHOWN = 40
"""Rows of a table that are printed; --json has all."""


@app.command("test")
def run_tests(site: SiteArgument, changes: Changes = None, json: Json = False) -> None:
    """Run the `test_` rules of a site's policies, and those of a folder in their place."""
    from aios.shelf.making import run_tests as run
    from policies.bundle import BundleRefused

    try:
        found = run(read_site(site_path(site)), changes)
    except FileNotFoundError as error:
        end(Exit.NOT_THERE, str(error))
    except BundleRefused as refused:
        end(Exit.FINDINGS, str(refused))
    failed = [one for one in found if not one.passed]
    if json:
        as_json(found)
    else:
        for one in failed:
            console.print(f"{one.module} {one.rule}: {one.why}", highlight=False, soft_wrap=True)
        console.print(f"{len(found)} tests, {len(failed)} failed", highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if failed or not found else Exit.OK))


@app.command("build")
def build(
    site: SiteArgument,
    out: Annotated[Path, typer.Option(help="File of the bundle; it is not signed yet.")],
    changes: Changes = None,
    version: Annotated[str, typer.Option(help="What people call it; the day if left out.")] = "",
    reason: Annotated[str, typer.Option(help="Why it is made; it stands in the manifest.")] = "",
    person: Annotated[str, typer.Option(help="Who makes it; your login name unless named.")] = "",
    json: Json = False,
) -> None:
    """Build a bundle of the policies that a site names, changed by those of a folder."""
    from aios.shelf.making import make
    from policies.bundle import BundleRefused

    now_ns = time.time_ns()
    try:
        bundle, manifest = make(
            read_site(site_path(site)),
            changes,
            version=version or moment(now_ns, "UTC")[:10],
            made_by=person or getpass.getuser(),
            made_at_ns=now_ns,
            reason=reason,
        )
        _write(out, bundle)
    except FileNotFoundError as error:
        end(Exit.NOT_THERE, str(error))
    except BundleRefused as refused:
        end(Exit.FINDINGS, str(refused))
    if json:
        as_json(manifest)
    else:
        words = f"{out} is bundle {manifest.revision} of {len(manifest.names)} policies; it is not signed yet"
        console.print(words, highlight=False, soft_wrap=True)


@app.command("sign")
def sign(
    bundle: BundleFile,
    key: Annotated[Path, typer.Option(help="Private half of a key, as `aios keys new` made it.")],
    name: Annotated[str, typer.Option(help="Name of the key; that of its file if left out.")] = "",
    json: Json = False,
) -> None:
    """Sign a bundle in its file: every byte of its manifest, and so the digest of every policy."""
    from aios.remote.command_keys import read_private_key
    from kernel.journal.signing import Signer
    from policies.bundle import BundleRefused
    from policies.shelf.sealing import manifest_in, signed

    found = _read(bundle)
    try:
        done = signed(found, name or key.stem, Signer(read_private_key(key)))
        _write(bundle, done)
        manifest = manifest_in(done)
    except FileNotFoundError as error:
        end(Exit.NOT_THERE, f"no file {error.filename}")
    except BundleRefused as refused:
        end(Exit.FINDINGS, str(refused))
    except (OSError, ValueError) as error:
        end(Exit.FAILED, str(error))
    if json:
        as_json({"revision": manifest.revision, "key": done.key, "signature": done.signature})
    else:
        console.print(f"bundle {manifest.revision} is signed with key {done.key}", highlight=False)


@app.command("verify")
def verify(bundle: BundleFile, site: SiteArgument, json: Json = False) -> None:
    """Say whether a site would take a bundle: signature, digests, revision, its policies and its safe set."""
    from aios.shelf.making import verified
    from policies.bundle import BundleRefused

    try:
        found, revision = verified(read_site(site_path(site)), _read(bundle), now_ns=time.time_ns())
    except BundleRefused as refused:
        if json:
            as_json({"good": False, "findings": refused.findings})
        end(Exit.FINDINGS, str(refused))
    if json:
        as_json({"good": True, "manifest": found.manifest, "signer": found.signer, "judges_as": revision})
    else:
        words = f"bundle {found.manifest.revision}, signed by {found.signer}, would judge as {revision}"
        console.print(words, highlight=False, soft_wrap=True)


@app.command("list")
def list_(folder: Root = DEFAULT_ROOT, json: Json = False) -> None:
    """Say which bundles stand on the shelf of a gateway, and where each of them is."""
    from aios.shelf.listed import listed
    from policies.bundle import BundleRefused

    try:
        found = listed(folder)
    except BundleRefused as refused:
        end(Exit.FINDINGS, str(refused))
    if json:
        as_json(found)
        return
    for one in found:
        by = f"made by {one.made_by}, signed with {one.key or 'no key'}" if one.revision else "as they ship"
        why = f"; {one.by}: {one.why}" if one.by else ""
        revision = one.revision or "shipped policies"
        console.print(f"{one.place:<10} {revision:<17} {by}{why}", highlight=False, soft_wrap=True)


@app.command("explain")
def explain(
    command: Annotated[str, typer.Argument(help="Id of a command or refusal of a recorded run.")],
    folder: Root = DEFAULT_ROOT,
    json: Json = False,
) -> None:
    """Say what each policy said of one command, judged again by the bundle of then."""
    import asyncio

    from aios.shelf.explained import explained

    try:
        found = asyncio.run(explained(folder, command))
    except (FileNotFoundError, LookupError) as error:
        end(Exit.NOT_THERE, str(error))
    if json:
        as_json(found)
        return
    console.print(f"{command} on {found.point}, policies {found.revision}", highlight=False)
    for one in found.policies:
        console.print(f"  {one.policy}: {one.said}", highlight=False, soft_wrap=True)


@app.command("what-if")
def what_if(
    candidate: Annotated[Path, typer.Argument(help="A bundle, its revision on the shelf, or a folder.")],
    site: SiteArgument,
    folder: Root = DEFAULT_ROOT,
    json: Json = False,
) -> None:
    """Say on which commands of the newest recorded day a bundle would have said something else."""
    import asyncio

    from aios.shelf.making import candidate_at
    from aios.shelf.recorded import compared_on_record
    from kernel.journal.recorder import RecordingDamaged
    from policies.bundle import BundleRefused

    try:
        active, other = candidate_at(candidate, read_site(site_path(site)), folder)
        found = asyncio.run(compared_on_record(folder, active, other))
    except FileNotFoundError as error:
        end(Exit.NOT_THERE, str(error))
    except (BundleRefused, RecordingDamaged) as refused:
        end(Exit.FINDINGS, str(refused))
    if json:
        as_json(found)
        return
    show(found)


def show(found: Compared) -> None:
    """Print where two bundles differ."""
    from rich.table import Table

    table = Table("ticks", "time (UTC)", "command", "point", "value", "was", "would be", "rule", "reason")
    for row in found.rows[:SHOWN]:
        ticks = f"{row.tick}" if row.tick == row.until_tick else f"{row.tick} to {row.until_tick}"
        at = moment(row.at_ns, "UTC")
        words = (row.command, row.point, f"{row.value:g}", row.was, row.would_be, row.rule, row.reason)
        table.add_row(ticks, at, *words)
    console.print(table)
    if len(found.rows) > SHOWN:
        console.print(f"... {len(found.rows) - SHOWN} rows more; --json has all", highlight=False)
    console.print(
        f"{found.candidate} beside {found.active}: {found.commands} commands in {found.ticks} ticks, "
        f"{found.differing} judged otherwise, {found.loosened} let through further",
        highlight=False,
        soft_wrap=True,
    )
    if found.loosening:
        console.print(f"a loosening: {found.loosening}", highlight=False, soft_wrap=True)


def _read(path: Path) -> SignedBundle:
    from policies.bundle import BundleRefused
    from policies.shelf.sealing import LARGEST, read_bundle

    try:
        with path.open("rb") as file:
            return read_bundle(file.read(LARGEST), str(path))
    except FileNotFoundError:
        end(Exit.NOT_THERE, f"no file {path}")
    except BundleRefused as refused:
        end(Exit.FINDINGS, str(refused))
    except OSError as error:
        end(Exit.FAILED, str(error))


def _write(path: Path, bundle: SignedBundle) -> None:
    import msgspec

    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(msgspec.json.encode(bundle))
    fresh.replace(path)
