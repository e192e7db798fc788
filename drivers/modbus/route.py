"""Routes: how to reach a device, as plain values. Devices with the same route share one wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

import msgspec

from drivers.modbus.client import open_serial
from drivers.modbus.framing import MBAP, RTU, Framing
from drivers.modbus.tls import Tls
from kernel.site import Device

_FAST_BAUD: Final = 19200
_FAST_GAP_S: Final = 0.00175
"""From 19200 baud on, the silence between frames is fixed. Source: Modbus over Serial Line V1.02, 2.5.1.1."""
_GATEWAY_GAP_S: Final = 0.005
"""Silence on a serial line behind a TCP port, whose baud rate is not known here: 3.5 characters at 7700."""


class Route(Protocol):
    """One wire, hashable. `connect` opens it for a protocol."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def framing(self) -> Framing:
        """How frames lie on it."""
        ...

    @property
    def gap_s(self) -> float:
        """Silence between two frames, seconds."""
        ...

    @property
    def can_drop(self) -> bool:
        """Whether there is a connection to drop."""
        ...

    async def connect(self, listening: Callable[[], asyncio.Protocol]) -> None:
        """Open it.

        Raises:
            OSError: it cannot be opened.
        """
        ...


class TcpRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A TCP port: Modbus TCP, Modbus/TCP Security, or a gateway that passes RTU frames to a serial line."""

    host: str
    port: int
    rtu: bool = False
    """Whether RTU frames go through it."""
    tls: Tls | None = None
    """How it is secured; None where it is not."""

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    @property
    def framing(self) -> Framing:
        """MBAP, unless RTU frames go through."""
        return RTU if self.rtu else MBAP

    @property
    def gap_s(self) -> float:
        """Seconds; Modbus TCP needs none."""
        return _GATEWAY_GAP_S if self.rtu else 0.0

    @property
    def can_drop(self) -> bool:
        """It can."""
        return True

    async def connect(self, listening: Callable[[], asyncio.Protocol]) -> None:
        """Connect, and send small requests at once from now on."""
        secured = {} if self.tls is None else self.tls.arguments(self.host)
        transport, _ = await asyncio.get_running_loop().create_connection(
            listening, self.host, self.port, **secured
        )
        with suppress(OSError):  # it may be closed in this very moment
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class SerialRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A serial port with 8 data bits."""

    path: str
    baud: int = 19200
    parity: str = "even"
    stop_bits: int = 1

    @property
    def name(self) -> str:
        """The path of the port."""
        return self.path

    @property
    def framing(self) -> Framing:
        """RTU."""
        return RTU

    @property
    def gap_s(self) -> float:
        """Seconds of 3.5 characters of 11 bits, as the standard counts them.

        >>> round(SerialRoute(path="/dev/ttyS0", baud=9600).gap_s, 5)
        0.00401
        """
        return _FAST_GAP_S if self.baud >= _FAST_BAUD else 3.5 * 11 / self.baud

    @property
    def can_drop(self) -> bool:
        """There is no connection: it is a wire."""
        return False

    async def connect(self, listening: Callable[[], asyncio.Protocol]) -> None:
        """Open the port for us alone."""
        await open_serial(listening, self.path, baud=self.baud, parity=self.parity, stop_bits=self.stop_bits)


def route_of(device: Device) -> Route:
    """Return how to reach a device.

    Raises:
        LookupError: its protocol is none of ours.
    """
    match device.protocol:
        case "modbus-tcp" | "modbus-rtu-tcp":
            return TcpRoute(host=device.host, port=device.port, rtu=device.protocol == "modbus-rtu-tcp")
        case "modbus-tls":
            tls = Tls(
                ca=device.ca, certificate=device.certificate, key=device.key, server_name=device.server_name
            )
            return TcpRoute(host=device.host, port=device.port, tls=tls)
        case "modbus-rtu":
            return SerialRoute(
                path=device.serial, baud=device.baud, parity=device.parity, stop_bits=device.stop_bits
            )
    raise LookupError(f"{device.protocol} is no kind of Modbus")
