"""`aios device write`: a value on a point, through the gate of the running gateway and no other way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end
from aios.cli.telling import ROOT, VALIDITY_S, Json, Key, Person, Reason, Validity, Where, wish

if TYPE_CHECKING:
    from aios.devices.ask_gateway import Asked
    from kernel.shell.wire import PutRequest


def write(  # noqa: PLR0917 - typer reads its options from the arguments
    point: Annotated[str, typer.Argument(help="Writable point of the site, such as pv1/active_power_limit.")],
    value: Annotated[float, typer.Argument(help="Value, in the unit of the point; 1 for a pulse.")],
    reason: Reason,
    person: Person = "",
    validity_s: Validity = VALIDITY_S,
    wait_s: Annotated[float, typer.Option(min=0.0, help="How long to wait for its end, seconds.")] = 15.0,
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Ask the running gateway for a value and wait for the read-back; 1 where it was not done."""
    _refuse_addresses(point)
    wished = wish(point, value, person=person, reason=reason, validity_s=validity_s, key=key)
    asked = _ask(wished, wait_s=wait_s, folder=folder)
    if json:
        as_json(asked)
    else:
        console.print(f"{point} {value:g}: {asked.words}", highlight=False, soft_wrap=True)
        if asked.command:
            console.print(f"`aios explain {asked.command}` tells its way", highlight=False)
    raise typer.Exit(int(Exit.OK if asked.done else Exit.FINDINGS))


def _refuse_addresses(point: str) -> None:
    """End where what is named is no point of a device: its address, or a sum, which several devices make."""
    if ":" in point or "/" not in point or point.startswith("/"):
        end(
            Exit.USAGE,
            f"{point} is no point of a device: nothing is written to a device past the gate. Add it to a "
            "site file, start its gateway with `aios run`, and name the point, such as pv1/limit; "
            "ask for a sum with `aios request`",
        )


def _ask(wished: PutRequest, *, wait_s: float, folder: Where) -> Asked:
    from aios.devices.ask_gateway import follow
    from kernel.shell.socket import GatewayAway

    try:
        return follow(folder, wished, wait_s=wait_s)
    except GatewayAway as away:
        end(
            Exit.NOT_THERE,
            f"{away}. Nothing was written: only a running gateway writes, after its gate has permitted it; "
            f"start it with `aios run SITE --folder {folder}`",
        )
