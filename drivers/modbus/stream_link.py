"""One wire to one or several devices, over any route: one request at a time, each sent once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from drivers.modbus.client import mask_body, read_body, write_body
from drivers.modbus.conversation import Conversation
from drivers.modbus.entry import Table
from drivers.modbus.frame import numbers_in
from drivers.modbus.identification import identification_body, objects_in
from drivers.modbus.late_answers import LateAnswers
from drivers.modbus.link import (
    DeviceException,
    Lapsed,
    LinkDown,
    always,
    refuse_broadcast,
)
from drivers.modbus.route import Route, TcpRoute

SHORTEST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0
"""Bounds of the pause between two attempts to connect, real seconds."""
_OBJECTS: Final = 64
"""Texts by which a device names itself that are taken."""
_TRANSACTIONS: Final = 0xFFFF
"""Transaction numbers go round after so many."""


class StreamLink:
    """A link over a route. It never repeats a request: a repeated pulse would be a second operation.

    A time-out, a wrong answer or a cancelled caller drops the connection where there is one to drop; where
    frames carry no transaction number, `LateAnswers` keeps the next request away from what may still come.
    Reconnection happens at the next request, after a pause that doubles from 0.1 s to at most 2 s. All
    times here are real, they do not scale.
    """

    def __init__(self, route: Route, *, timeout_s: float = 1.0) -> None:
        self._route = route
        self._framing = route.framing
        self._timeout_s = timeout_s
        self._patience_s: dict[int, float] = {}
        self._lock = asyncio.Lock()
        self._talk: Conversation | None = None
        self._late = None if route.framing.numbered else LateAnswers(route.framing.fault, gap_s=route.gap_s)
        self._stirred = asyncio.Event()
        """Set when something came that nobody waited for."""
        self._transaction = 0
        self._pause_s = 0.0
        self._next_attempt_s = 0.0

    def wait_for(self, unit: int, timeout_s: float) -> None:
        """Give one unit another time to answer than the others, real seconds."""
        self._patience_s[unit] = timeout_s

    async def open(self) -> None:
        """Try to connect; a device that is away is not an error."""
        with suppress(LinkDown):
            await self.ready()

    async def ready(self, unit: int | None = None) -> None:
        """Connect where there is no connection, and wait until a unit may be asked.

        Either may take the whole time-out, the second twice that.
        """
        async with self._lock:
            await self._connected()
            if unit is not None:
                await self._settled(unit)

    def due_s(self, unit: int | None = None) -> float:
        """Return when a request may leave, seconds of the loop; what is over is in the past."""
        return 0.0 if self._late is None else self._late.due_s(unit, asyncio.get_running_loop().time())

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return `count` registers, or bits as 0 and 1."""
        return numbers_in(await self._transact(unit, read_body(table, address, count)), count)

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        """Write registers or bits once; return when the device has acknowledged exactly them."""
        await self._transact(unit, write_body(table, address, values), still_valid)

    async def mask_write(
        self, unit: int, address: int, bits: int, mask: int, still_valid: Callable[[], bool] = always
    ) -> None:
        """Write some bits of one holding register once; the device keeps the others as they are."""
        await self._transact(unit, mask_body(address, bits, mask), still_valid)

    async def identify(self, unit: int) -> dict[str, str]:
        """Return how a device names itself by function 43/14: maker, product code, revision ...

        Raises:
            LinkDown, NoAnswer, BadEcho: as for a read.
            DeviceException: it does not know the function.
        """
        found: dict[str, str] = {}
        first: int | None = 0
        while first is not None and len(found) < _OBJECTS:
            texts, following = objects_in(await self._transact(unit, identification_body(first)))
            found |= texts
            first = following if following is not None and following > first else None
        return found

    async def close(self) -> None:
        """Close the connection, after the request under way."""
        async with self._lock:
            self._drop()
        await asyncio.sleep(0)  # the transport closes its socket in the next turn of the loop

    async def _transact(self, unit: int, body: bytes, still_valid: Callable[[], bool] = always) -> bytes:
        """Send one request once and return what its checked answer says."""
        refuse_broadcast(unit)
        async with self._lock:
            talk = await self._connected()
            await self._settled(unit)
            if not still_valid():
                raise Lapsed
            answer = self._framing.body(await self._exchanged(talk, unit, body))
        if answer[0] & 0x80:
            raise DeviceException(answer[1])
        return answer

    async def _exchanged(self, talk: Conversation, unit: int, body: bytes) -> bytes:
        """Send and wait; see to it that what comes later answers nothing else."""
        self._transaction = self._transaction % _TRANSACTIONS + 1
        request = self._framing.frame(body, unit, self._transaction)
        timeout_s = self._patience_s.get(unit, self._timeout_s)
        if self._late is None:
            try:
                return await talk.exchange(request, timeout_s)
            except BaseException:  # also a cancelled caller: the answer may still come, to nobody
                self._drop()
                raise
        return await self._exchanged_unnumbered(self._late, talk, request, timeout_s)

    async def _exchanged_unnumbered(
        self, late: LateAnswers, talk: Conversation, request: bytes, timeout_s: float
    ) -> bytes:
        loop = asyncio.get_running_loop()
        sent_s = loop.time()
        try:
            return await talk.exchange(request, timeout_s)
        except BaseException:  # also a cancelled caller: the answer may still come, to nobody
            late.give_up(request, sent_s=sent_s, timeout_s=timeout_s)
            if self._route.can_drop or not talk.is_open:
                self._drop()
            raise
        finally:
            late.spoke(loop.time())

    async def _settled(self, unit: int) -> None:
        """Let what may still come pass by before a unit is asked.

        Raises:
            LinkDown: somebody goes on talking; nothing left.
        """
        if (late := self._late) is None:
            return
        loop = asyncio.get_running_loop()
        longest_s = max(loop.time(), late.due_s(unit, loop.time())) + self._timeout_s
        while (wait_s := late.due_s(unit, loop.time()) - loop.time()) > 0.0:
            if loop.time() >= longest_s:
                raise LinkDown(f"{self._route.name} is never silent: somebody talks unasked")
            self._stirred.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._stirred.wait()

    def _strayed(self, data: bytes) -> None:
        """Something came that nobody waits for."""
        if self._late is not None:
            self._late.heard(data, asyncio.get_running_loop().time())
            self._stirred.set()

    async def _connected(self) -> Conversation:
        """Return an open connection, making one if it is time to try."""
        if self._talk is not None and self._talk.is_open:
            return self._talk
        self._drop()
        loop = asyncio.get_running_loop()
        if loop.time() < self._next_attempt_s:
            raise LinkDown(f"{self._route.name} is away; next attempt is due later")
        talk = Conversation(self._route.name, self._framing.fault, self._strayed)
        cause = await self._opened(talk)
        if cause or not talk.is_open:
            talk.drop()
            self._pause_s = min(max(2 * self._pause_s, SHORTEST_PAUSE_S), LONGEST_PAUSE_S)
            self._next_attempt_s = loop.time() + self._pause_s
            raise LinkDown(f"{self._route.name} cannot be reached: {cause or 'it closed at once'}")
        self._pause_s, self._talk, self._transaction = 0.0, talk, 0
        return talk

    async def _opened(self, talk: Conversation) -> str:
        """Open the route; return why it did not open, empty where it did."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._route.connect(lambda: talk)
        except TimeoutError:
            return f"nothing in {self._timeout_s:g} s"
        except OSError as error:  # of sockets, serial ports and TLS alike
            return str(error)
        except BaseException:  # also a cancelled caller, who will not use what has just opened
            talk.drop()
            raise
        return ""

    def _drop(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.drop()


def tcp_link(host: str, port: int, *, timeout_s: float = 1.0) -> StreamLink:
    """Return a link to a Modbus TCP server."""
    return StreamLink(TcpRoute(host=host, port=port), timeout_s=timeout_s)
