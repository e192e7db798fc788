"""The server side of Modbus, for simulators and tests: one of the two files that know pymodbus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.modbus.bank import IllegalAddress, IllegalValue, RegisterBank
from drivers.modbus.entry import Table
from drivers.modbus.frame import ECHOED, TABLE_OF
from kernel.ports import Clock

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class Silence(StrEnum):
    """How a served device is away."""

    NONE = "none"
    NO_ANSWER = "no_answer"
    """It accepts connections; requests are lost, neither executed nor answered."""
    LOST_REPLY = "lost_reply"
    """Requests are executed, their answers are lost."""
    CLOSED = "closed"
    """Nobody listens on its port."""


class TcpServer:
    """Serves a register bank as one Modbus TCP device, for tests and for the demonstration.

    It is no product for a plant network: pymodbus calls its own server a testing tool.
    """

    def __init__(
        self, bank: RegisterBank, clock: Clock, *, host: str = "127.0.0.1", port: int = 0, unit: int = 1
    ) -> None:
        self._registers = _Registers(bank, clock, unit)
        self._host = host
        self._silence = Silence.NONE
        self._server: Any = None
        self.port = port
        """Port it listens on; 0 until `open` has found a free one."""

    async def open(self) -> None:
        """Listen.

        Raises:
            RuntimeError: the port is taken.
        """
        unused = SimDevice(id=1, simdata=[SimData(address=0, datatype=DataType.REGISTERS)])
        server: Any = ModbusTcpServer(unused, address=(self._host, self.port), trace_packet=self._inspect)
        server.context = self._registers
        await server.serve_forever(background=True)
        self.port = server.transport.sockets[0].getsockname()[1]
        self._server = server

    async def silence(self, how: Silence) -> None:
        """Go away, or come back with fresh connections: what was lost stays lost."""
        if how is Silence.CLOSED:
            await self.close()
        elif self._server is None:
            await self.open()
        elif how is Silence.NONE:
            for connection in list(self._server.active_connections.values()):
                connection.close()
        self._silence = how

    async def close(self) -> None:
        """Stop listening and close all connections."""
        server, self._server = self._server, None
        if server is not None:
            await server.shutdown()
            await asyncio.sleep(0)  # the transports close their sockets in the next turn of the loop

    def _inspect(self, sending: bool, frame: bytes) -> bytes:  # noqa: FBT001 - pymodbus calls it so
        if self._silence is Silence.NONE or (self._silence is Silence.LOST_REPLY and not sending):
            return frame
        return b""


class _Registers:
    """Answers pymodbus' server in place of its own simulator core, with the exact bit addresses."""

    def __init__(self, bank: RegisterBank, clock: Clock, unit: int) -> None:
        self._bank = bank
        self._clock = clock
        self._unit = unit
        self._echo: list[int] = []

    async def async_getValues(  # noqa: N802 - pymodbus calls it so
        self, device_id: int, function: int, address: int, count: int = 1
    ) -> list[int] | ExcCodes:
        """Read the bank; functions 5 and 6 ask what to echo, which is what was written."""
        if function in ECHOED:
            return self._echo
        table = self._table(device_id, function)
        try:
            return self._bank.read(table, address, count, self._clock.now_ns())
        except IllegalAddress:
            return ExcCodes.ILLEGAL_ADDRESS

    async def async_setValues(  # noqa: N802 - pymodbus calls it so
        self, device_id: int, function: int, address: int, values: Sequence[int]
    ) -> ExcCodes | None:
        """Write the bank."""
        table = self._table(device_id, function)
        self._echo = [int(value) for value in values]
        try:
            self._bank.write(table, address, self._echo, self._clock.now_ns())
        except IllegalAddress:
            return ExcCodes.ILLEGAL_ADDRESS
        except IllegalValue:
            return ExcCodes.ILLEGAL_VALUE
        return None

    def _table(self, device_id: int, function: int) -> Table:
        if device_id != self._unit:
            raise NoSuchIdException(f"unit {device_id} is not served here")
        return TABLE_OF[function]
