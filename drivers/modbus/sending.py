"""One write request to one link: by the function it needs, or not at all."""

from __future__ import annotations

from collections.abc import Callable

from drivers.modbus.link import Link, LinkDown, MaskWriter
from drivers.modbus.writes import Write


async def send(link: Link, unit: int, request: Write, still_valid: Callable[[], bool]) -> None:
    """Send a request once, unless it is no longer valid when the bytes would leave.

    Raises:
        LinkDown: nothing was written; also where the link cannot write bits of a register.
        Broadcast, Lapsed, NoAnswer, BadEcho, DeviceException: as `Link.write`.
    """
    if request.mask is None:
        await link.write(unit, request.table, request.address, request.values, still_valid)
    elif isinstance(link, MaskWriter):
        await link.mask_write(unit, request.address, request.values[0], request.mask, still_valid)
    else:
        raise LinkDown("this link cannot write bits of a register (function 22)")
