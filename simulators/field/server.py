"""All devices of a substation on their ports, in one loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from drivers.modbus.route import route_of
from drivers.modbus.server import SerialServer, Silence, TcpServer
from kernel.ports import Clock
from kernel.site import Device
from simulators.devices.bank import Bank
from simulators.devices.name import name_of

if TYPE_CHECKING:
    import ssl


class FieldServers:
    """Serves each bank as the Modbus device that the site file describes; units of one wire share its server.

    `async with FieldServers(banks, clock) as servers:` listens; leaving it closes every port.
    """

    def __init__(
        self, banks: Mapping[Device, Bank], clock: Clock, *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Prepare to listen.

        Args:
            banks: the registers of each device.
            clock: operational time.
            tls: what devices with `modbus-tls` show and demand.
        """
        self._servers: dict[str, TcpServer | SerialServer] = {}
        self._unit = {device.name: device.unit for device in banks}
        for devices in _sharing(banks):
            server = _server(devices, {device.unit: banks[device] for device in devices}, clock, tls)
            self._servers.update((device.name, server) for device in devices)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen on every port, or on none.

        Raises:
            RuntimeError: a port is taken; the message names the device.
        """
        async with AsyncExitStack() as opened:
            for server, name in {server: name for name, server in reversed(self._servers.items())}.items():
                try:
                    await server.open()
                except RuntimeError as failure:
                    raise RuntimeError(f"device {name} cannot listen on port {server.port}") from failure
                opened.push_async_callback(server.close)
            self._open = opened.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every port."""
        await self._open.aclose()

    @property
    def ports(self) -> dict[str, int]:
        """Port of each device by name; where the site file says 0, the free one that was found."""
        return {name: server.port for name, server in self._servers.items()}

    async def silence(self, device: str, how: Silence = Silence.NO_ANSWER) -> None:
        """Let a device go away, or come back with `Silence.NONE`.

        Raises:
            KeyError: no such device is served.
        """
        await self._servers[device].silence(how, self._unit[device])


def _sharing(devices: Iterable[Device]) -> list[list[Device]]:
    """Put together the devices of each wire; a device without a port of its own choice is alone."""
    wires: dict[object, list[Device]] = {}
    for device in devices:
        alone = not device.port and not device.serial
        wires.setdefault(device.name if alone else route_of(device), []).append(device)
    return list(wires.values())


def _server(
    devices: Sequence[Device], banks: Mapping[int, Bank], clock: Clock, tls: ssl.SSLContext | None
) -> TcpServer | SerialServer:
    """Make the server of a wire.

    Raises:
        ValueError: a device speaks TLS and nothing says what it shows.
    """
    device, names = devices[0], {one.unit: name_of(one.map) for one in devices}
    if device.protocol == "modbus-rtu":
        return SerialServer(
            banks,
            clock,
            device.serial,
            baud=device.baud,
            parity=device.parity,
            stop_bits=device.stop_bits,
            names=names,
        )
    secured = device.protocol == "modbus-tls"
    if secured and tls is None:
        raise ValueError(
            f"device {device.name} speaks TLS, and nothing says what it shows: --ca, --certificate, --key"
        )
    return TcpServer(
        banks,
        clock,
        host=device.host,
        port=device.port,
        rtu=device.protocol == "modbus-rtu-tcp",
        tls=tls if secured else None,
        names=names,
    )
