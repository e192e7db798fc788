"""`aios request`: a person asks for a value on a point."""

from __future__ import annotations

from typing import Annotated

import typer

from aios.cli.out import console
from aios.cli.telling import ROOT, VALIDITY_S, Json, Key, Person, Reason, Validity, Where, answered, wish


def request(  # noqa: PLR0917 - typer reads its options from the arguments
    point: Annotated[str, typer.Argument(help="Writable point, such as cb14/close, or a sum.")],
    value: Annotated[float, typer.Argument(help="Value, in the unit of the point; 1 for a pulse.")],
    reason: Reason,
    person: Person = "",
    key: Key = "",
    validity_s: Validity = VALIDITY_S,
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Ask for a value on a point: arbiter and policy decide, and the journal remembers."""
    from kernel.shell.wire import Repeated

    asked = wish(point, value, person=person, reason=reason, validity_s=validity_s, key=key)
    answer = answered(folder, asked, json=json)
    if json:
        return
    if isinstance(answer, Repeated):
        what = f"{answer.stage}, {answer.why}" if answer.why else answer.stage
        console.print(f"heard before; it is {what} {answer.command}".rstrip(), highlight=False)
        return
    console.print("taken; `aios journal --kind request` tells what becomes of it", highlight=False)
