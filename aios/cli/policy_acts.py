"""`aios policy shadow`, `promote` and `rollback`: what people do with a bundle at a running gateway."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end
from aios.cli.telling import ROOT, Json, Key, Person, Reason, Role, Where, me, tell

Bundle = Annotated[str, typer.Argument(metavar="BUNDLE", help="File of a signed bundle, or its revision.")]
Assets = Annotated[
    list[str] | None,
    typer.Option(
        "--asset", help="What it says counts for commands of this asset only; give it again for more."
    ),
]
Approver = Annotated[str, typer.Option(help="Who agrees to a bundle that permits more; never its signer.")]


def shadow(
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.")] = "",
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="File or revision; none to look.")] = "",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Ask a bundle beside the active one; without one, say where the one that is asked so differs."""
    if not bundle:
        _look(folder, json=json)
        return
    if not reason:
        end(Exit.USAGE, "a shadow needs a --reason: it stands in the journal")
    _act("shadow", _on_shelf(bundle, folder), reason, (person, role, key), folder, json=json)


def promote(  # noqa: PLR0917 - typer reads its options from the arguments
    bundle: Bundle,
    reason: Reason,
    asset: Assets = None,
    approver: Approver = "",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Let what a bundle says count: for the commands of some assets, else for all from the next tick on."""
    revision, told = _on_shelf(bundle, folder), (person, role, key)
    _act("promote", revision, reason, told, folder, assets=tuple(asset or ()), approver=approver, json=json)


def rollback(
    reason: Reason,
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """End what is tried; where nothing is, let the bundle before take the active one's place again."""
    _act("rollback", "", reason, (person, role, key), folder, json=json)


def _act(
    step: str,
    revision: str,
    reason: str,
    told: tuple[str, str, str],
    folder: Path,
    *,
    assets: tuple[str, ...] = (),
    approver: str = "",
    json: bool,
) -> None:
    from kernel.instruction import BundleAct, BundleStep

    person, role, key = told
    act = BundleAct(
        key=key or f"{step}-{secrets.token_hex(6)}",
        person=me(person),
        role=role,
        reason=reason,
        step=BundleStep(step),
        revision=revision,
        assets=assets,
        approver=approver,
    )
    words = f"{step} {revision}".strip() + ": taken; `aios journal --kind instruction` has it"
    tell(folder, act, words, json=json)


def _on_shelf(bundle: str, folder: Path) -> str:
    """Put a bundle that is a file on the shelf; the gateway judges it there."""
    from aios.folder import Folder
    from policies.bundle import BundleRefused
    from policies.shelf.sealing import LARGEST, read_bundle
    from policies.shelf.shelf import Shelf

    path = Path(bundle)
    if not path.is_file():
        return bundle
    try:
        with path.open("rb") as file:
            return Shelf(Folder(root=folder).shelf).put(read_bundle(file.read(LARGEST), bundle))
    except BundleRefused as refused:
        end(Exit.FINDINGS, str(refused))
    except OSError as error:
        end(Exit.FAILED, str(error))


def _look(folder: Path, *, json: bool) -> None:
    from aios.cli.policy import show
    from aios.shelf.beside import found_beside

    found = found_beside(folder)
    if found is None:
        end(Exit.NOT_THERE, f"no bundle was asked beside the active one in {folder}")
    if json:
        as_json(found)
        return
    console.print(f"since it is asked beside: {found.requests} requests", highlight=False)
    show(found)
