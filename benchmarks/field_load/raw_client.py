"""The least that a client can do: an asyncio protocol that sends a request and sees its answer come."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import cast

from benchmarks.field_load.devices import HOST, REGISTERS

_ANSWER = 9 + 2 * REGISTERS
"""Bytes of an answer with its header."""


class RawClient(asyncio.Protocol):
    """Sends without waiting and calls for every answer; nothing is checked, nothing is decoded."""

    def __init__(self, answered: Callable[[int], None]) -> None:
        """Tell `answered` the transaction number of each answer."""
        self._answered = answered
        self._rest = b""
        self._sent = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> int:
        """Ask for the registers; return the number of the transaction."""
        self._sent = self._sent % 0xFFFF + 1
        self._transport.write(struct.pack(">HHHBBHH", self._sent, 0, 6, 1, 3, 0, REGISTERS))
        return self._sent

    def data_received(self, data: bytes) -> None:
        """Tell of what is whole."""
        data = self._rest + data
        whole = len(data) // _ANSWER * _ANSWER
        for at in range(0, whole, _ANSWER):
            self._answered(data[at] << 8 | data[at + 1])
        self._rest = data[whole:]

    def close(self) -> None:
        """Let go."""
        self._transport.close()


async def raw_client(port: int, answered: Callable[[int], None]) -> RawClient:
    """Connect to a device."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: RawClient(answered), HOST, port)
    return client
