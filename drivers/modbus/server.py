"""The server side of Modbus, for simulators and tests: one of the two files that know pymodbus.

It is no product for a plant network: pymodbus calls its own server a testing tool.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer, ModbusTlsServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.modbus.bank import IllegalAddress, IllegalValue, RegisterBank
from drivers.modbus.client import PARITY
from drivers.modbus.frame import ECHOED, TABLE_OF
from drivers.modbus.framing import MBAP, RTU, Framing
from kernel.ports import Clock

if TYPE_CHECKING:
    import ssl

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class Silence(StrEnum):
    """How a served device is away."""

    NONE = "none"
    NO_ANSWER = "no_answer"
    """It accepts connections; requests are lost, neither executed nor answered."""
    LOST_REPLY = "lost_reply"
    """Requests are executed, their answers are lost."""
    CLOSED = "closed"
    """Nobody listens on its port; where other units share it, the same as `no_answer`."""


class _Server:
    """What listens on a port or a serial line, and answers for one or several units."""

    def __init__(
        self, banks: Mapping[int, RegisterBank], clock: Clock, framing: Framing, listen: Callable[..., Any]
    ) -> None:
        self._registers = _Registers(banks, clock)
        self._silence = dict.fromkeys(banks, Silence.NONE)
        self._framing = framing
        self._listen = listen
        self._server: Any = None

    async def open(self) -> Any:
        """Listen; return pymodbus' server."""
        unused = SimDevice(id=1, simdata=[SimData(address=0, datatype=DataType.REGISTERS)])
        server = self._listen(unused, trace_packet=self._inspect)
        server.context = self._registers
        await server.serve_forever(background=True)
        self._server = server
        return server

    async def silence(self, how: Silence, unit: int | None = None) -> None:
        """Let one unit or all go away, or come back with fresh connections: what was lost stays lost."""
        whole = unit is None or len(self._silence) == 1
        if how is Silence.CLOSED and whole:
            await self.close()
        elif self._server is None:
            await self.open()
        elif how is Silence.NONE and whole:
            for connection in list(self._server.active_connections.values()):
                connection.close()
        self._silence.update(dict.fromkeys(self._silence if unit is None else (unit,), how))

    async def close(self) -> None:
        """Stop listening and close all connections."""
        server, self._server = self._server, None
        if server is not None:
            await server.shutdown()
            await asyncio.sleep(0)  # the transports close their sockets in the next turn of the loop

    def _inspect(self, sending: bool, frame: bytes) -> bytes:  # noqa: FBT001 - pymodbus calls it so
        at = self._framing.head - 1
        unit = frame[at] if len(frame) > at else None
        silence = Silence.NONE if unit is None else self._silence.get(unit, Silence.NONE)
        if silence is Silence.NONE or (silence is Silence.LOST_REPLY and not sending):
            return frame
        if sending or self._framing.numbered:
            return b""
        return frame[:-1] + bytes([frame[-1] ^ 0xFF])  # or pymodbus would keep it before what comes next


class TcpServer:
    """Serves register banks on a TCP port: Modbus TCP, RTU frames over TCP, or TLS."""

    def __init__(
        self,
        bank: RegisterBank | Mapping[int, RegisterBank],
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        unit: int = 1,
        rtu: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare to listen.

        Args:
            bank: the registers of `unit`, or of several units by their number.
            clock: operational time.
            host: address to listen at.
            port: 0 takes a free one.
            unit: whose registers `bank` holds, where it is one.
            rtu: RTU frames instead of those of Modbus TCP; unknown units are then silent, as on a line.
            tls: certificate and demands on clients; None for no TLS.
        """
        banks = bank if isinstance(bank, Mapping) else {unit: bank}
        self._host, self._rtu, self._tls = host, rtu, tls
        self._server = _Server(banks, clock, RTU if rtu else MBAP, self._listening)
        self.port = port
        """Port it listens on; 0 until `open` has found a free one."""

    async def open(self) -> None:
        """Listen.

        Raises:
            RuntimeError: the port is taken.
        """
        server = await self._server.open()
        self.port = server.transport.sockets[0].getsockname()[1]

    async def silence(self, how: Silence, unit: int | None = None) -> None:
        """Let one unit or all go away, or come back with fresh connections: what was lost stays lost."""
        await self._server.silence(how, unit)

    async def close(self) -> None:
        """Stop listening and close all connections."""
        await self._server.close()

    def _listening(self, unused: SimDevice, **more: Any) -> Any:
        address = (self._host, self.port)
        if self._tls is not None:  # its own TLS framer takes every packet for a whole frame
            return ModbusTlsServer(
                unused, address=address, sslctx=self._tls, framer=FramerType.SOCKET, **more
            )
        framer = FramerType.RTU if self._rtu else FramerType.SOCKET
        return ModbusTcpServer(
            unused, address=address, framer=framer, ignore_missing_devices=self._rtu, **more
        )


class SerialServer:
    """Serves register banks on a serial line, RTU frames; units it does not have stay silent."""

    def __init__(
        self,
        banks: Mapping[int, RegisterBank],
        clock: Clock,
        path: str,
        *,
        baud: int = 19200,
        parity: str = "even",
        stop_bits: int = 1,
    ) -> None:
        self._path, self._baud, self._parity, self._stop_bits = path, baud, parity, stop_bits
        self._server = _Server(banks, clock, RTU, self._listening)
        self.port = 0
        """A serial line has none."""

    async def open(self) -> None:
        """Listen.

        Raises:
            RuntimeError: the line cannot be opened.
        """
        await self._server.open()

    async def silence(self, how: Silence, unit: int | None = None) -> None:
        """Let one unit or all go away, or come back."""
        await self._server.silence(how, unit)

    async def close(self) -> None:
        """Let go of the line."""
        await self._server.close()

    def _listening(self, unused: SimDevice, **more: Any) -> Any:
        return ModbusSerialServer(
            unused,
            port=self._path,
            baudrate=self._baud,
            parity=PARITY[self._parity],
            stopbits=self._stop_bits,
            reconnect_delay=0,
            ignore_missing_devices=True,
            **more,
        )


class _Registers:
    """Answers pymodbus' server in place of its own simulator core, with the exact bit addresses."""

    def __init__(self, banks: Mapping[int, RegisterBank], clock: Clock) -> None:
        self._banks = banks
        self._clock = clock
        self._echo: list[int] = []

    async def async_getValues(  # noqa: N802 - pymodbus calls it so
        self, device_id: int, function: int, address: int, count: int = 1
    ) -> list[int] | ExcCodes:
        """Read the bank; functions 5 and 6 ask what to echo, which is what was written."""
        bank = self._bank(device_id)
        if function in ECHOED:
            return self._echo
        try:
            return bank.read(TABLE_OF[function], address, count, self._clock.now_ns())
        except IllegalAddress:
            return ExcCodes.ILLEGAL_ADDRESS

    async def async_setValues(  # noqa: N802 - pymodbus calls it so
        self, device_id: int, function: int, address: int, values: Sequence[int]
    ) -> ExcCodes | None:
        """Write the bank."""
        bank, table = self._bank(device_id), TABLE_OF[function]
        self._echo = [int(value) for value in values]
        try:
            bank.write(table, address, self._echo, self._clock.now_ns())
        except IllegalAddress:
            return ExcCodes.ILLEGAL_ADDRESS
        except IllegalValue:
            return ExcCodes.ILLEGAL_VALUE
        return None

    def _bank(self, unit: int) -> RegisterBank:
        try:
            return self._banks[unit]
        except KeyError:
            raise NoSuchIdException(f"unit {unit} is not served here") from None
