"""`aios map`: register maps, seen and checked before any device is connected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from drivers.modbus.entry import Entry, Slot
    from drivers.modbus.map import RegisterMap
    from drivers.modbus.map_fault import MapFault

app = typer.Typer(help="Register maps: what lies where in a device.", no_args_is_help=True)
JSON = Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")]


@app.callback()
def register_map() -> None:
    """Show and check register maps."""


@app.command("list")
def shipped(json: JSON = False) -> None:
    """List the maps that come with the product, and against how many further sources each was checked."""
    from drivers.modbus.map import SHIPPED, load_map

    maps = [load_map(path.stem) for path in sorted(SHIPPED.glob("*.toml"))]
    if json:
        shown = ("name", "title", "source", "checked")
        as_json([{key: getattr(one, key) for key in shown} for one in maps])
        return
    for one in maps:
        against = f"checked against {len(one.checked)} more" if one.checked else "one source only"
        console.print(f"{one.name:<22} {one.title} ({len(one.entries)} points; {against})", highlight=False)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="File of a register map.")],
    json: JSON = False,
) -> None:
    """Find every mistake in a register map, each with its place."""
    from drivers.modbus.map_file import MapInvalid, read_map_file

    if not file.is_file():
        end(Exit.NOT_THERE, f"there is no file {file}")
    faults: tuple[MapFault, ...] = ()
    try:
        read_map_file(file)
    except MapInvalid as found:
        faults = found.faults
    if json:
        as_json(faults)
    else:
        for fault in faults:
            console.print(f"{fault.where}: {fault.text}", highlight=False, soft_wrap=True)
        console.print(f"{len(faults)} mistakes", highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if faults else Exit.OK))


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="Name of a shipped map, or path of a file.")],
    json: JSON = False,
) -> None:
    """Show a map: source, texts, scale registers, and every point with register, type, order and scale."""
    from drivers.modbus.map import load_map
    from drivers.modbus.map_file import MapInvalid

    try:
        one = load_map(name)
    except FileNotFoundError as absent:
        end(Exit.NOT_THERE, str(absent))
    except MapInvalid as found:
        end(Exit.FINDINGS, str(found))
    if json:
        as_json(one)
        return
    console.print(f"{one.title}\nsource: {one.source}", highlight=False, soft_wrap=True)
    for source in one.checked:
        console.print(f"checked: {source}", highlight=False, soft_wrap=True)
    for line in _lines(one):
        console.print(line, highlight=False, soft_wrap=True)


@app.command("schema")
def schema() -> None:
    """Write the JSON Schema of a map's file, for editors that check while one types."""
    from drivers.modbus.map_form import schema as schema_of_maps

    as_json(schema_of_maps())


def _lines(one: RegisterMap) -> list[str]:
    texts = [f"text {text.name}: {text.table} {text.address}..{text.end - 1}" for text in one.identity]
    scales = [f"scale {factor.name}: {factor.table} {_register(factor.slot)}" for factor in one.factors]
    name = one.identification
    if name.maker:
        texts.append(f"names itself (43/14) {name.maker}, {name.product_code}, {name.revision}")
    return [*texts, *scales, *(_point(entry) for entry in one.entries)]


def _point(entry: Entry) -> str:
    states = ", ".join(f"{code} {state}" for code, state in entry.states.items())
    parts = [
        f"{entry.quantity:<28}",
        f"{entry.unit:<5}",
        f"{entry.table:<8}",
        f"{_register(entry.slot):<34}",
        f"{entry.poll:<7}",
        entry.access if entry.writing else "",
        states,
        entry.source,
    ]
    return " ".join(part for part in parts if part).rstrip()


def _register(slot: Slot) -> str:
    """Return address, type and what makes a value of it.

    >>> from drivers.modbus.map import load_map
    >>> _register(load_map("carlo_gavazzi_em340").by_quantity["voltage_l1"].slot)
    '0 i32 CDAB x0.1'
    """
    words = [str(slot.address), str(slot.encoding)]
    if slot.end - slot.address > 1 and slot.encoding != "double_point":
        words.append(str(slot.order))
    if slot.bits is not None:
        first, count = slot.bits
        words.append(f"bit {first}" if count == 1 else f"bits {first}..{first + count - 1}")
    if slot.scale != 1.0:
        words.append(f"x{slot.scale:g}")
    if slot.offset:
        words.append(f"{slot.offset:+g}")
    if slot.factor is not None:
        words.append(f"by {slot.factor.name}")
    return " ".join(words)
