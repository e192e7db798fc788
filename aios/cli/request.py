"""`aios request`: a person asks for a value on a point."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import console
from aios.cli.telling import answered


def request(  # noqa: PLR0917 - typer reads its options from the arguments
    point: Annotated[str, typer.Argument(help="Writable point, such as cb14/close.")],
    value: Annotated[float, typer.Argument(help="Value, in the unit of the point; 1 for a pulse.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.")],
    person: Annotated[str, typer.Option(help="Who asks; your login name unless given.")] = "",
    key: Annotated[
        str, typer.Option(help="Idempotency key: sent again with it, the request has no second effect.")
    ] = "",
    validity_s: Annotated[
        float, typer.Option(help="How long the wish stands, operational seconds; at most 3600.")
    ] = 600.0,
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the gateway's answer as JSON.")] = False,
) -> None:
    """Ask for a value on a point: arbiter and policy decide, and the journal remembers."""
    from kernel.shell.wire import PutRequest, Repeated

    who = person or getpass.getuser()
    asked = PutRequest(point=point, value=value, person=who, reason=reason, validity_s=validity_s, key=key)
    answer = answered(folder, asked, json=json)
    if json:
        return
    if isinstance(answer, Repeated):
        what = f"{answer.stage}, {answer.why}" if answer.why else answer.stage
        console.print(f"heard before; it is {what} {answer.command}".rstrip(), highlight=False)
        return
    console.print("taken; `aios journal --kind request` tells what becomes of it", highlight=False)
