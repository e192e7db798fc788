"""Options that say how a device is reached, the same in every command that asks one."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from aios.cli.exits import Exit
from aios.cli.out import end

if TYPE_CHECKING:
    from kernel.site import Device

Result = TypeVar("Result")
Target = Annotated[str, typer.Argument(help="HOST, HOST:PORT or the path of a serial port.")]
UnitId = Annotated[int, typer.Option("--unit", min=1, max=247, help="Unit identifier of the device.")]
Protocol = Annotated[
    str, typer.Option(help="modbus-tcp, modbus-rtu, modbus-rtu-tcp or modbus-tls; a path is modbus-rtu.")
]
Timeout = Annotated[float, typer.Option(min=0.01, max=60.0, help="Seconds to wait for an answer.")]
Gap = Annotated[float, typer.Option(min=0.0, help="Least seconds between an answer and the next request.")]
Baud = Annotated[int, typer.Option(help="Of a serial port.")]
Parity = Annotated[str, typer.Option(help="Of a serial port: even, odd or none.")]
StopBits = Annotated[int, typer.Option(min=1, max=2, help="Of a serial port.")]
Ca = Annotated[Path | None, typer.Option(help="For TLS: PEM file of whom we believe.")]
Certificate = Annotated[Path | None, typer.Option(help="For TLS: PEM file of who we are.")]
PrivateKey = Annotated[Path | None, typer.Option("--key", help="For TLS: PEM file of its private key.")]
TIMEOUT_S: Final = 1.0
GAP_S: Final = 0.02


def device_from(target: str, **options: Any) -> Device:
    """Return the device that the options describe, or end with what is wrong with them."""
    from aios.devices.target import NoTarget, device_at

    given: dict[str, Any] = {
        name: str(value) if isinstance(value, Path) else value for name, value in options.items()
    }
    try:
        return device_at(target, **{name: value for name, value in given.items() if value is not None})
    except NoTarget as mistake:
        end(Exit.USAGE, str(mistake))


def asked(work: Coroutine[Any, Any, Result]) -> Result:
    """Run what asks a device; end with one line where it does not answer."""
    import asyncio

    from aios.logs import log_to_stderr
    from drivers.modbus.link import FAILURES

    log_to_stderr()
    try:
        return asyncio.run(work)
    except (*FAILURES, LookupError, OSError) as failure:
        end(Exit.FAILED, f"no answer: {failure}")
