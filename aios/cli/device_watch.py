"""`aios device watch`: the values of one device, live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aios.cli.exits import Exit
from aios.cli.files import read_site, site_path
from aios.cli.looking import show
from aios.cli.out import end
from aios.cli.reaching import TIMEOUT_S, Protocol, Timeout, UnitId, asked, device_from
from aios.cli.telling import ROOT, Where

if TYPE_CHECKING:
    from rich.table import Table

    from aios.devices.watch import Shown
    from kernel.point import Point
    from kernel.site import Device, Site

WIDE: Final = 130
"""Columns for a look that nobody resizes a window for."""
Look = Callable[[], Sequence["Shown"]]


def watch(
    where: Annotated[str, typer.Argument(help="Site file, or the register map of a device.")],
    device: Annotated[str, typer.Argument(help="Device of the site, or HOST[:PORT] beside a map.")],
    *,
    every_s: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    unit: UnitId = 1,
    protocol: Protocol = "",
    timeout_s: Timeout = TIMEOUT_S,
    folder: Where = ROOT,
    json: Annotated[bool, typer.Option("--json", help="Look once and write it as JSON.")] = False,
) -> None:
    """Watch value, unit, age and quality of a device's points until Ctrl-C; what changed has a star."""
    from aios.devices.target import is_target

    if is_target(device):
        found = device_from(device, unit=unit, protocol=protocol, timeout_s=timeout_s, map_=where)
        look, title = _direct(found, _points_of(found)), f"{where} at {device}"
    else:
        look, title = _at_site(read_site(site_path(Path(where))), device, folder)
    show(look, _drawn(title), width=WIDE, every_s=every_s, once=once, json=json)


def _at_site(site: Site, name: str, folder: Path) -> tuple[Look, str]:
    """Watch through the gateway where one lives; it alone should ask the device then."""
    from aios.devices.watch import of_gateway
    from aios.local import lives, snapshot

    device = next((one for one in site.devices if one.name == name), None)
    if device is None:
        known = ", ".join(one.name for one in site.devices)
        end(Exit.NOT_THERE, f"no device {name} at {site.name}; there are {known}")
    if lives(folder):
        return lambda: of_gateway(snapshot(folder), site, name), f"{name}, as its gateway knows it"
    points = [point for point in site.points if point.source == name]
    return _direct(device, points), f"{name}, asked directly: no gateway lives in {folder}"


def _points_of(device: Device) -> list[Point]:
    from drivers.modbus.map import load_map
    from drivers.modbus.map_file import MapInvalid

    try:
        return list(load_map(device.map).points(device.asset, device.name))
    except (FileNotFoundError, MapInvalid) as mistake:
        end(Exit.NOT_THERE, str(mistake))


def _direct(device: Device, points: Sequence[Point]) -> Look:
    """Read the device itself, with the driver that the gateway has, through a link that only reads."""
    from aios.devices.reach import looking_at
    from aios.devices.watch import of_block
    from drivers.modbus.driver import make
    from kernel.shell.clock import SystemClock

    async def read() -> Sequence[Shown]:
        clock = SystemClock()
        driver = make(device, points, range(len(points)), clock, looking_at(device, gap_s=0.0))
        try:
            return of_block(await driver.read(), points, clock.now_ns())
        finally:
            await driver.close()

    return lambda: asked(read())


def _drawn(title: str) -> Callable[[Sequence[Shown], Sequence[Shown]], Table]:
    """Lay out a look, with a star at what has changed since the one before."""
    from aios.devices.watch import marked, table_of

    return lambda seen, before: table_of(marked(seen, before), title)
