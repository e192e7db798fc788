"""`aios device write`: a value on a point, through the gate of the running gateway and no other way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end
from aios.cli.telling import ROOT, Json, Key, Person, Reason, Where, me

if TYPE_CHECKING:
    from aios.devices.ask_gateway import Asked


def write(  # noqa: PLR0917 - typer reads its options from the arguments
    point: Annotated[str, typer.Argument(help="Writable point of the site, such as pv1/active_power_limit.")],
    value: Annotated[float, typer.Argument(help="Value, in the unit of the point; 1 for a pulse.")],
    reason: Reason,
    person: Person = "",
    validity_s: Annotated[
        float, typer.Option(help="How long the wish stands, operational seconds; at most 3600.")
    ] = 60.0,
    wait_s: Annotated[float, typer.Option(min=0.0, help="How long to wait for its end, seconds.")] = 15.0,
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Ask the running gateway for a value and wait for the read-back; 1 where it was not done."""
    asked = _ask(point, value, person=person, reason=reason, validity_s=validity_s, wait_s=wait_s, key=key,
                 folder=folder)  # fmt: skip
    if json:
        as_json(asked)
    else:
        console.print(f"{point} {value:g}: {asked.words}", highlight=False, soft_wrap=True)
        if asked.command:
            console.print(f"`aios explain {asked.command}` tells its way", highlight=False)
    raise typer.Exit(int(Exit.OK if asked.done else Exit.FINDINGS))


def _ask(
    point: str,
    value: float,
    *,
    person: str,
    reason: str,
    validity_s: float,
    wait_s: float,
    key: str,
    folder: Where,
) -> Asked:
    from aios.devices.ask_gateway import follow
    from kernel.shell.socket import GatewayAway
    from kernel.shell.wire import PutRequest

    if ":" in point or "/" not in point or point.startswith("/"):
        end(
            Exit.USAGE,
            f"{point} is no point of a site: nothing is written to a device past the gate. Add the device "
            "to a site file, start its gateway with `aios run`, and name the point, such as pv1/limit",
        )
    wish = PutRequest(
        point=point, value=value, person=me(person), reason=reason, validity_s=validity_s, key=key
    )
    try:
        return follow(folder, wish, wait_s=wait_s)
    except GatewayAway as away:
        end(
            Exit.NOT_THERE,
            f"{away}. Nothing was written: only a running gateway writes, after its gate has permitted it; "
            f"start it with `aios run SITE --folder {folder}`",
        )
