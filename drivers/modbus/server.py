"""The server side of Modbus, for simulators and tests: one protocol object a connection.

It is no product for a plant network: it keeps no access list, and whoever connects may write. TLS demands a
client certificate where its context does (`tls.server_side`).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from drivers.modbus.answering import NAMELESS, Answers
from drivers.modbus.bank import RegisterBank
from drivers.modbus.client import open_serial
from drivers.modbus.link import NO_ANSWER_BEHIND
from drivers.modbus.naming import Identification
from drivers.modbus.requests import Ask, NoModbus, Taken, take_mbap, take_rtu
from kernel.ports import Clock

if TYPE_CHECKING:
    import ssl

Names = Mapping[int, Identification]
"""How the devices of one port or line name themselves, by unit; one that is not there does not."""
_BACKLOG: Final = 128
"""Connections that may wait to be accepted on one port."""


class Silence(StrEnum):
    """How a served device is away."""

    NONE = "none"
    NO_ANSWER = "no_answer"
    """It accepts connections; requests are lost, neither executed nor answered."""
    LOST_REPLY = "lost_reply"
    """Requests are executed, their answers are lost."""
    CLOSED = "closed"
    """Nobody listens on its port; where other units share it, the same as `no_answer`."""


class _Units:
    """The devices behind one port or line, and who of them is away."""

    def __init__(self, banks: Mapping[int, RegisterBank], clock: Clock, names: Names, *, alone: bool) -> None:
        """Answer for devices by their unit; where they are alone on a line, others stay silent."""
        self._answers = {unit: Answers(bank, names.get(unit, NAMELESS)) for unit, bank in banks.items()}
        self._silence = dict.fromkeys(banks, Silence.NONE)
        self._clock = clock
        self._alone = alone
        self.quiet = True
        """Whether every device answers."""
        self.requests = 0

    def __len__(self) -> int:
        return len(self._answers)

    def ask(self, unit: int, body: bytes) -> bytes | None:
        """Return what a device says to a request; None for silence."""
        self.requests += 1
        answers = self._answers.get(unit)
        if answers is None:
            return None if self._alone else bytes((body[0] | 0x80, NO_ANSWER_BEHIND))
        if self.quiet:
            return answers.to(body, self._clock.now_ns())
        how = self._silence[unit]
        if how in {Silence.NO_ANSWER, Silence.CLOSED}:
            return None
        said = answers.to(body, self._clock.now_ns())
        return said if how is Silence.NONE else None

    def silence(self, how: Silence, unit: int | None) -> None:
        """Let one unit or all go away or come back."""
        self._silence.update(dict.fromkeys(self._silence if unit is None else (unit,), how))
        self.quiet = all(one is Silence.NONE for one in self._silence.values())


class _Connection(asyncio.Protocol):
    """One client, or one line."""

    __slots__ = ("_ask", "_rest", "_server", "_take", "_transport")

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._ask, self._take = server.units.ask, server.take
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self._transport)

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        try:
            answers, self._rest = self._take(self._rest + data if self._rest else data, self._ask)
        except NoModbus:
            self._transport.close()
            return
        if answers:
            self._transport.write(answers)

    def pause_writing(self) -> None:
        """Hear no more of a client that does not take its answers."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Hear it again."""
        self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio calls it so
        """Forget it."""
        self._server.connections.discard(self._transport)


class _Server(ABC):
    """What is the same on a port and on a line."""

    def __init__(self, banks: Mapping[int, RegisterBank], clock: Clock, names: Names, *, rtu: bool) -> None:
        self.units = _Units(banks, clock, names, alone=rtu)
        self.take: Callable[[bytes, Ask], Taken] = take_rtu if rtu else take_mbap
        self.connections: set[asyncio.Transport] = set()
        self._listens = False
        self.port = 0

    @property
    def requests(self) -> int:
        """Requests that have come, answered or not."""
        return self.units.requests

    async def open(self) -> None:
        """Listen.

        Raises:
            RuntimeError: the port is taken, or the line cannot be opened.
        """
        try:
            await self._listen()
        except OSError as error:
            raise RuntimeError(f"cannot listen: {error}") from error
        self._listens = True

    async def silence(self, how: Silence, unit: int | None = None) -> None:
        """Let one unit or all go away, or come back with fresh connections: what was lost stays lost."""
        whole = unit is None or len(self.units) == 1
        if how is Silence.CLOSED and whole:
            await self.close()
        elif not self._listens:
            await self.open()
        elif how is Silence.NONE and whole:
            await self._renew()
        self.units.silence(how, unit)

    async def close(self) -> None:
        """Stop listening and close all connections."""
        self._listens = False
        self._stop()
        await self._hang_up()

    @abstractmethod
    async def _listen(self) -> None:
        """Begin to accept."""

    @abstractmethod
    def _stop(self) -> None:
        """Accept no more."""

    @abstractmethod
    async def _renew(self) -> None:
        """Let clients begin anew."""

    async def _hang_up(self) -> None:
        for connection in tuple(self.connections):
            connection.abort()
        await asyncio.sleep(0)  # the transports close their sockets in the next turn of the loop


class TcpServer(_Server):
    """Serves register banks on a TCP port: Modbus TCP, RTU frames over TCP, or TLS."""

    def __init__(  # noqa: PLR0913  # all that a port has
        self,
        bank: RegisterBank | Mapping[int, RegisterBank],
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        unit: int = 1,
        rtu: bool = False,
        tls: ssl.SSLContext | None = None,
        names: Names = MappingProxyType({}),
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
            names: how the devices name themselves, by unit.
        """
        super().__init__(bank if isinstance(bank, Mapping) else {unit: bank}, clock, names, rtu=rtu)
        self._host, self._tls = host, tls
        self._listening: asyncio.Server | None = None
        self.port = port
        """Port it listens on; 0 until `open` has found a free one."""

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            lambda: _Connection(self), self._host, self.port, ssl=self._tls, backlog=_BACKLOG
        )
        self.port = self._listening.sockets[0].getsockname()[1]

    def _stop(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    async def _renew(self) -> None:
        await self._hang_up()


class SerialServer(_Server):
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
        names: Names = MappingProxyType({}),
    ) -> None:
        super().__init__(banks, clock, names, rtu=True)
        self._path, self._baud, self._parity, self._stop_bits = path, baud, parity, stop_bits

    async def _listen(self) -> None:
        await open_serial(
            lambda: _Connection(self),
            self._path,
            baud=self._baud,
            parity=self._parity,
            stop_bits=self._stop_bits,
        )

    def _stop(self) -> None:
        """Nothing more to do: a line has no port, and its connection is hung up."""

    async def _renew(self) -> None:
        """Nothing to do: a line has no connections to renew."""
