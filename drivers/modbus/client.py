"""The client side of Modbus: one of the two files that know pymodbus.

pymodbus does not follow semantic versioning, so it is pinned exactly and stands behind our roles.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from drivers.modbus.entry import BIT_TABLES, Table
from drivers.modbus.frame import INCOMPLETE, fault_of_reply
from drivers.modbus.link import BadEcho, DeviceException, Lapsed, LinkDown, NoAnswer, always, refuse_broadcast

# It logs every lost request; our driver says once that a device is away and once that it is back.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

SHORTEST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0
"""Bounds of the pause between two attempts to connect, real seconds."""
RETRIES: Final = 0
"""How often a request is sent again: never. A repeated pulse would be a second operation."""
_MOST_RUBBISH: Final = 1 << 20
"""More bytes than a loop hands over at once."""

_Call = Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]]


class TcpLink:
    """One connection to one Modbus TCP server; one request under way at a time, each sent once.

    A time-out, a wrong answer or a cancelled caller drops the connection: a late answer can then
    never be taken for that of the next request. Reconnection happens at the next request, after a
    pause that doubles from 0.1 s to at most 2 s. All times here are real, they do not scale.
    """

    def __init__(self, host: str, port: int, *, timeout_s: float = 1.0) -> None:
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self._client: AsyncModbusTcpClient | None = None
        self._request = b""
        self._pause_s = 0.0
        self._next_attempt_s = 0.0

    async def open(self) -> None:
        """Try to connect; a device that is away is not an error."""
        with suppress(LinkDown):
            await self.ready()

    async def ready(self) -> None:
        """Connect where there is no connection; this may take the whole time-out."""
        async with self._lock:
            await self._connected()

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return `count` registers, or bits as 0 and 1."""

        def call(client: AsyncModbusTcpClient) -> Awaitable[ModbusPDU]:
            ask: dict[Table, Any] = {
                Table.COIL: client.read_coils,
                Table.DISCRETE: client.read_discrete_inputs,
                Table.INPUT: client.read_input_registers,
                Table.HOLDING: client.read_holding_registers,
            }
            reply: Awaitable[ModbusPDU] = ask[table](address, count=count, device_id=unit)
            return reply

        reply = await self._transact(unit, call)
        return [int(bit) for bit in reply.bits[:count]] if table in BIT_TABLES else list(reply.registers)

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        """Write registers or bits once; return when the device has acknowledged exactly them."""

        def call(client: AsyncModbusTcpClient) -> Awaitable[ModbusPDU]:
            coils = table is Table.COIL
            tell: Any = client.write_coils if coils else client.write_registers
            content: Any = [bool(value) for value in values] if coils else list(values)
            if len(values) == 1:
                tell, content = client.write_coil if coils else client.write_register, content[0]
            reply: Awaitable[ModbusPDU] = tell(address, content, device_id=unit)
            return reply

        await self._transact(unit, call, still_valid)

    async def close(self) -> None:
        """Close the connection, after the request under way."""
        async with self._lock:
            self._drop()
        await asyncio.sleep(0)  # the transport closes its socket in the next turn of the loop

    async def _transact(self, unit: int, call: _Call, still_valid: Callable[[], bool] = always) -> ModbusPDU:
        """Send one request once and return its checked answer."""
        refuse_broadcast(unit)
        async with self._lock:
            client = await self._connected()
            self._request = b""
            if not still_valid():
                raise Lapsed
            try:
                reply = await call(client)
            except ModbusException as failure:
                self._drop()
                raise NoAnswer(f"{self._host}:{self._port}: nothing in {self._timeout_s} s") from failure
            except BaseException:  # also a cancelled caller: the answer may still come, to nobody
                self._drop()
                raise
        if reply.isError():
            raise DeviceException(reply.exception_code)
        return reply

    async def _connected(self) -> AsyncModbusTcpClient:
        """Return a client with an open connection, making one if it is time to try."""
        if self._client is not None and _is_open(self._client):
            return self._client
        self._drop()
        now_s = asyncio.get_running_loop().time()
        if now_s < self._next_attempt_s:
            raise LinkDown(f"{self._host}:{self._port} is away; next attempt is due later")
        client = self._new_client()
        if not await client.connect() or not _without_delay(client):
            client.close()
            self._pause_s = min(max(2 * self._pause_s, SHORTEST_PAUSE_S), LONGEST_PAUSE_S)
            self._next_attempt_s = asyncio.get_running_loop().time() + self._pause_s
            raise LinkDown(f"{self._host}:{self._port} cannot be reached")
        self._pause_s, self._client = 0.0, client
        return client

    def _new_client(self) -> AsyncModbusTcpClient:
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            timeout=self._timeout_s,
            retries=RETRIES,
            reconnect_delay=0,  # when to connect again is decided here
            trace_packet=self._inspect,
            trace_connect=lambda up: None if up else self._fail(NoAnswer("the connection was closed")),
        )
        # pymodbus silently forgets what is longer than a frame; here it must be seen and judged
        client.ctx.max_buffer_size = _MOST_RUBBISH
        return client

    def _inspect(self, sending: bool, frame: bytes) -> bytes:  # noqa: FBT001 - pymodbus calls it so
        """Let only an answer through that belongs to the request; the rest ends the transaction."""
        if sending:
            self._request = frame
            return frame
        fault = fault_of_reply(self._request, frame)
        if fault is None:
            return frame
        if fault is not INCOMPLETE:
            self._fail(BadEcho(f"{self._host}:{self._port}: {fault}"))
        return b""

    def _fail(self, failure: Exception) -> None:
        """End the transaction under way, if any, without waiting for its time-out."""
        if self._client is None or not self._lock.locked():
            return
        waiting = self._client.ctx.response_future
        if self._request and not waiting.done():
            waiting.set_exception(failure)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _is_open(client: AsyncModbusTcpClient) -> bool:
    """Tell whether a request can leave; pymodbus keeps transports that have closed meanwhile."""
    transport: Any = client.ctx.transport
    return transport is not None and not transport.is_closing()


def _without_delay(client: AsyncModbusTcpClient) -> bool:
    """Send small requests at once from now on; False where the peer has closed already."""
    with suppress(OSError):  # it may go in this very moment
        if _is_open(client):
            raw: Any = client.ctx.transport.get_extra_info("socket")
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return True
    return False
