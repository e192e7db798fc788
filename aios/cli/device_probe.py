"""`aios device probe`: what a device is, and its register map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end
from aios.cli.reaching import (
    GAP_S,
    TIMEOUT_S,
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
    UnitId,
    asked,
    device_from,
)

if TYPE_CHECKING:
    from aios.devices.probe import Probed


def probe(
    target: Target,
    *,
    write: Annotated[Path | None, typer.Option(help="File for the register map that follows.")] = None,
    models: Annotated[
        str, typer.Option(help="SunSpec models that go into the map, such as 103,123; all unless named.")
    ] = "",
    unit: UnitId = 1,
    protocol: Protocol = "",
    timeout_s: Timeout = TIMEOUT_S,
    gap_s: Gap = GAP_S,
    baud: Baud = 19200,
    parity: Parity = "even",
    stop_bits: StopBits = 1,
    ca: Ca = None,
    certificate: Certificate = None,
    key: PrivateKey = None,
    json: Annotated[bool, typer.Option("--json", help="Write what was found as JSON.")] = False,
) -> None:
    """Ask a device what it is: SunSpec models, shipped maps that fit, and a register map to begin with."""
    from aios.devices.probe import probe as ask
    from aios.devices.reach import looking_at

    device = device_from(
        target, unit=unit, protocol=protocol, timeout_s=timeout_s, baud=baud, parity=parity,
        stop_bits=stop_bits, ca=ca, certificate=certificate, key=key,
    )  # fmt: skip
    try:
        wanted = frozenset(int(number) for number in models.split(",") if number.strip())
    except ValueError:
        end(Exit.USAGE, f"{models} is no list of models, such as 103,123")

    async def run() -> Probed:
        link = looking_at(device, gap_s=gap_s)
        try:
            with console.status("probing", spinner="line") as status:
                return await ask(link, unit, target=target, models=wanted, tell=status.update)
        finally:
            await link.close()

    found = asked(run())
    if json:
        as_json(found)
    else:
        _tell(found)
    if write is not None:
        _write(found, write)


def _tell(found: Probed) -> None:
    named = ", ".join(f"{word} {text}" for word, text in found.identity.items())
    console.print(f"{found.target} unit {found.unit}: {named or 'says no name'}", highlight=False)
    if found.identification:
        console.print(f"no device identification (43/14): {found.identification}", highlight=False)
    if found.base is None:
        console.print("no SunSpec: the marker stands at none of 40000, 0 and 50000", highlight=False)
    else:
        console.print(f"SunSpec at register {found.base}, {len(found.models)} models:", highlight=False)
    for model in found.models:
        fault = f"  {model.fault}" if model.fault else ""
        console.print(
            f"  {model.id:>5}  at {model.address:>5}  {model.points:>3} points  {model.title}{fault}",
            highlight=False,
        )
    for fit in found.fits:
        console.print(
            f"  map {fit.map}: {fit.score:.2f}, {fit.answered} of {fit.requests} requests answered, "
            f"{fit.plausible} of {fit.values} values plausible",
            highlight=False,
        )
        if fit.score > 0.0:
            console.print(f"      {'; '.join(fit.evidence)}", highlight=False, soft_wrap=True)
    for line in (*found.faults, *found.notes):
        console.print(f"  {line}", highlight=False, soft_wrap=True)


def _write(found: Probed, path: Path) -> None:
    from aios.devices.probe import write_map
    from drivers.modbus.map import load_map
    from drivers.modbus.map_file import MapInvalid

    if not found.text:
        end(Exit.FINDINGS, "no map was written: the device is no SunSpec device, and no shipped map fits")
    if path.suffix != ".toml":
        end(Exit.USAGE, f"{path}: a register map is a .toml file")
    try:
        write_map(found, path)
    except MapInvalid as mistake:
        end(Exit.FAILED, f"no map was written: {mistake}")
    entries = load_map(path.resolve()).entries
    writable = [entry.quantity for entry in entries if entry.writing is not None]
    told = f"{path}: {len(entries)} points, {len(writable)} writable ({', '.join(writable) or 'none'})"
    console.print(told, highlight=False, soft_wrap=True)
