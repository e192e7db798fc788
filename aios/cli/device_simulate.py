"""`aios device simulate`: one simulated device on a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.duration import seconds
from aios.cli.exits import Exit
from aios.cli.out import console, end

if TYPE_CHECKING:
    from drivers.modbus.bank import RegisterBank


def simulate(
    kind: Annotated[str, typer.Argument(help="sunspec, or the register map of a device that only measures.")],
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 finds a free one.")
    ] = 1502,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    rating_kw: Annotated[float, typer.Option(min=0.1, max=600.0, help="Of the inverter.")] = 50.0,
    available_kw: Annotated[float, typer.Option(min=0.0, help="What the sun gives the inverter.")] = 40.0,
    value: Annotated[
        list[str] | None, typer.Option(help="What a measuring device shows, QUANTITY=NUMBER.")
    ] = None,
    for_: Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 2h; else until Ctrl-C.")] = "0",
) -> None:
    """Stand up a device to try things on: a SunSpec inverter with timers, or a measuring device."""
    import asyncio

    from drivers.modbus.server import TcpServer
    from kernel.shell.clock import SystemClock
    from simulators.devices.name import name_of

    bank = _inverter(rating_kw, available_kw) if kind == "sunspec" else _sensor(kind, value or [])

    async def serve() -> None:
        server = TcpServer(bank, SystemClock(), host=host, port=port, names={1: name_of(kind)})
        await server.open()
        console.print(f"{kind} answers at {host}:{server.port}, unit 1", highlight=False)
        try:
            await asyncio.sleep(seconds(for_) or 1e9)
        finally:
            await server.close()

    try:
        asyncio.run(serve())
    except RuntimeError as taken:
        end(Exit.FAILED, f"port {port} cannot be listened on: {taken}")
    except KeyboardInterrupt:
        return


def _inverter(rating_kw: float, available_kw: float) -> RegisterBank:
    from simulators.devices.sunspec_inverter import SunSpecInverter

    return SunSpecInverter(rating_kw=rating_kw, available_kw=available_kw)


def _sensor(kind: str, given: list[str]) -> RegisterBank:
    from drivers.modbus.map import load_map
    from drivers.modbus.map_file import MapInvalid
    from simulators.devices.sensor import Sensor

    try:
        register_map = load_map(kind)
    except (FileNotFoundError, MapInvalid) as mistake:
        end(Exit.NOT_THERE, str(mistake))
    sensor = Sensor(register_map)
    shown: dict[str, float] = {}
    for pair in given:
        quantity, _, number = pair.partition("=")
        if quantity not in register_map.by_quantity:
            end(Exit.USAGE, f"{kind} has no {quantity}; it has {', '.join(register_map.by_quantity)}")
        try:
            shown[quantity] = float(number)
        except ValueError:
            end(Exit.USAGE, f"{pair}: {number} is no number")
    sensor.sense(shown, 0)
    return sensor
