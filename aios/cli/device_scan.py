"""`aios device scan`: who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end, errors
from aios.cli.reaching import (
    Baud,
    Ca,
    Certificate,
    Gap,
    Parity,
    PrivateKey,
    Protocol,
    StopBits,
    Target,
    Timeout,
    asked,
    device_from,
)

if TYPE_CHECKING:
    from aios.devices.scan import Scan


def scan(
    target: Target,
    *,
    units: Annotated[str, typer.Option(help="Units to ask, such as 1-10,40.")] = "1-247",
    protocol: Protocol = "",
    timeout_s: Timeout = 0.3,
    gap_s: Gap = 0.05,
    baud: Baud = 19200,
    parity: Parity = "even",
    stop_bits: StopBits = 1,
    ca: Ca = None,
    certificate: Certificate = None,
    key: PrivateKey = None,
    json: Annotated[bool, typer.Option("--json", help="Write who was found as JSON.")] = False,
) -> None:
    """Ask every unit for one register, slowly, and say who answered; 1 where nobody did."""
    from rich.progress import Progress

    from aios.devices.reach import looking_at
    from aios.devices.scan import scan as look_around
    from aios.devices.scan import units_of

    device = device_from(
        target, protocol=protocol, timeout_s=timeout_s, baud=baud, parity=parity,
        stop_bits=stop_bits, ca=ca, certificate=certificate, key=key,
    )  # fmt: skip
    try:
        wanted = units_of(units)
    except ValueError as mistake:
        end(Exit.USAGE, str(mistake))

    async def run() -> Scan:
        link = looking_at(device, gap_s=gap_s)
        try:
            await link.ready()
            with Progress(console=errors, transient=True) as progress:
                bar = progress.add_task("unit", total=len(wanted))
                return await look_around(link, wanted, target=target, tell=lambda _: progress.advance(bar))
        finally:
            await link.close()

    found = asked(run())
    if json:
        as_json(found)
    else:
        for one in found.found:
            console.print(f"unit {one.unit}: {one.answer}", highlight=False)
        console.print(
            f"{len(found.found)} of {found.asked} units answer {found.note}".rstrip(), highlight=False
        )
    raise typer.Exit(int(Exit.OK if found.found else Exit.FINDINGS))
