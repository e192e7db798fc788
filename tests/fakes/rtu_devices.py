"""Devices on one RTU line in virtual time: each answers as late as it is told to, or never."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from drivers.modbus.client import rtu_frame
from drivers.modbus.framing import RTU

WRITES = (5, 6, 15, 16)


@dataclass
class RtuDevices:
    """A route to a line; what left is kept with its time, seconds of the loop."""

    takes_s: dict[int, float | None] = field(default_factory=dict)
    """By unit; None is no answer at all, a unit that is left out takes 0.01 s."""
    name: str = "line"
    framing = RTU
    gap_s: float = 0.002
    can_drop: bool = False
    sent: list[tuple[float, int, bytes]] = field(default_factory=list)
    """When a request left, to which unit, and its bytes."""
    wires: list[_Wire] = field(default_factory=list)

    async def connect(self, listening: Callable[[], asyncio.Protocol]) -> None:
        listener = listening()
        self.wires.append(_Wire(self, listener))
        listener.connection_made(self.wires[-1])

    def asked(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.sent.append((loop.time(), request[0], request))
        takes_s = self.takes_s.get(request[0], 0.01)
        if takes_s is not None:
            loop.call_later(takes_s, self.say, rtu_frame(_answer(request), request[0]))

    def say(self, frame: bytes) -> None:
        """Put something on the wire, asked or unasked."""
        cast("asyncio.Protocol", self.wires[-1].listener).data_received(frame)


class _Wire(asyncio.Transport):
    def __init__(self, devices: RtuDevices, listener: asyncio.Protocol) -> None:
        super().__init__()
        self.listener = listener
        self._devices = devices
        self._gone = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._devices.asked(bytes(data))

    def is_closing(self) -> bool:
        return self._gone

    def abort(self) -> None:
        self._gone = True


def _answer(request: bytes) -> bytes:
    """Return registers of 0 to a read, the first five bytes to a write."""
    if request[1] in WRITES:
        return request[1:6]
    count = int.from_bytes(request[4:6], "big")
    return bytes([request[1], 2 * count]) + bytes(2 * count)
