"""All devices of a substation on their ports, in one loop."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from drivers.modbus.server import Silence, TcpServer
from kernel.ports import Clock
from kernel.site import Device
from simulators.devices.bank import Bank


class FieldServers:
    """Serves each bank as the Modbus TCP device that the site file describes.

    `async with FieldServers(banks, clock) as servers:` listens; leaving it closes every port.
    """

    def __init__(self, banks: Mapping[Device, Bank], clock: Clock) -> None:
        self._servers = {
            device.name: TcpServer(bank, clock, host=device.host, port=device.port, unit=device.unit)
            for device, bank in banks.items()
        }
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen on every port, or on none.

        Raises:
            RuntimeError: a port is taken; the message names the device.
        """
        async with AsyncExitStack() as opened:
            for name, server in self._servers.items():
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
        await self._servers[device].silence(how)
