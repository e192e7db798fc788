"""A bad wire in the same process: frames as on a socket, disturbed by the same code, under any clock.

The faults of a scenario are conditions of a wire (`simulators.faults.bytes`). `wire_faults` says them in the
words of the fault proxy; this link puts the bytes of each request and each answer through them, and judges
what is left by the rules of the real link.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aios.testing.tape import Tape
from aios.testing.wire_faults import Disturbed, WireFaults, disturb
from drivers.modbus.client import mask_body, read_body, write_body
from drivers.modbus.direct import DirectLink
from drivers.modbus.entry import BIT_TABLES, Table
from drivers.modbus.frame import INCOMPLETE, MASKED, numbers_in
from drivers.modbus.framing import MBAP
from drivers.modbus.link import BadEcho, DeviceException, LinkDown, NoAnswer, always
from simulators.faults.bytes import SOUND, WireCondition

_TRANSACTIONS: Final = 0xFFFF


def wire_faults(condition: WireCondition, *, timeout_s: float) -> tuple[WireFaults, WireFaults]:
    """Return a condition in the words of the fault proxy: of requests, and of answers.

    Args:
        condition: of the wire; a silent device is no fault of the wire and is left out.
        timeout_s: how long an answer is waited for; one that is out of order comes after it.
    """
    blind = {"half_open": condition.half_open, "hold": condition.partition}
    to_client = WireFaults(
        latency_s=condition.delay_s,
        drop=condition.loss,
        reset=condition.reset,
        garbage=condition.garbage,
        duplicate=condition.duplicate,
        late=condition.out_of_order,
        late_s=2.0 * timeout_s,
        replay=condition.replay,
        **blind,
    )
    return WireFaults(drop=condition.loss, **blind), to_client


class BadWire:
    """A link to a device in the same process whose bytes suffer what its condition says."""

    def __init__(self, device: DirectLink, *, unit: int, timeout_s: float, seed: str) -> None:
        """Put a wire before a device; it is sound until told otherwise.

        Args:
            device: executes what arrives.
            unit: of the device.
            timeout_s: how long an answer is waited for.
            seed: of the dice.
        """
        self._device = device
        self._unit = unit
        self._timeout_s = timeout_s
        self._dice = random.Random(seed)  # noqa: S311  # it plays dice, it hides nothing
        self._tape = Tape()
        self._condition = SOUND
        self._faults = wire_faults(SOUND, timeout_s=timeout_s)
        self._number = 0

    @property
    def condition(self) -> WireCondition:
        """How the wire is."""
        return self._condition

    @condition.setter
    def condition(self, condition: WireCondition) -> None:
        if condition != self._condition:
            self._condition = condition
            self._faults = wire_faults(condition, timeout_s=self._timeout_s)
        self._device.silent = condition.silent

    async def open(self) -> None:
        """There is nothing to connect."""

    async def ready(self, unit: int | None = None) -> None:  # noqa: ARG002  # a role
        """Connect.

        Raises:
            LinkDown: there is no way to the device.
        """
        if self._condition.partition:
            raise LinkDown("there is no way to the device")

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return `count` registers or bits, as they arrive."""

        async def execute() -> bytes:
            return _read_answer(table, await self._device.read(unit, table, address, count), asked)

        asked = read_body(table, address, count)
        return numbers_in(await self._exchange(unit, asked, execute), count)

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        """Write registers or bits once."""

        async def execute() -> bytes:
            await self._device.write(unit, table, address, values, still_valid)
            return asked[:5]

        asked = write_body(table, address, values)
        await self._exchange(unit, asked, execute)

    async def mask_write(
        self, unit: int, address: int, bits: int, mask: int, still_valid: Callable[[], bool] = always
    ) -> None:
        """Write some bits of one holding register once."""

        async def execute() -> bytes:
            await self._device.mask_write(unit, address, bits, mask, still_valid)
            return asked[:7] if asked[0] == MASKED else asked[:5]

        asked = mask_body(address, bits, mask)
        await self._exchange(unit, asked, execute)

    async def close(self) -> None:
        """There is nothing to let go of."""

    async def _exchange(self, unit: int, asked: bytes, execute: Callable[[], Awaitable[bytes]]) -> bytes:
        """Carry one request there and its answer back.

        Raises:
            LinkDown, NoAnswer, BadEcho, DeviceException, Lapsed: as a real link.
        """
        await self.ready()
        self._number = self._number % _TRANSACTIONS + 1
        request = MBAP.frame(asked, unit, self._number)
        self._pass(disturb(self._faults[0], request, self._dice), self._faults[0])
        answer = MBAP.frame(await _executed(execute, asked), unit, self._number)
        arrived = self._pass(disturb(self._faults[1], self._taped(answer), self._dice), self._faults[1])
        fault = MBAP.fault(request, arrived)
        if fault is INCOMPLETE:
            raise NoAnswer(f"nothing whole in {self._timeout_s:g} s")
        if fault is not None:
            raise BadEcho(fault)
        body = MBAP.body(arrived)
        if body[0] & 0x80:
            raise DeviceException(body[1])
        return body

    def _taped(self, answer: bytes) -> bytes:
        """Record an answer, or put a recorded one in its place."""
        if self._faults[1].replay:
            return self._tape.instead_of(answer, self._faults[1].replay)
        self._tape.note(answer)
        return answer

    def _pass(self, piece: Disturbed, faults: WireFaults) -> bytes:
        """Return what arrives in time.

        Raises:
            NoAnswer: nothing does.
        """
        if faults.half_open or not piece.content or piece.delay_s >= self._timeout_s:
            why = (
                "the connection was reset" if "reset" in piece.befell else f"nothing in {self._timeout_s:g} s"
            )
            raise NoAnswer(why)
        return piece.content


async def _executed(execute: Callable[[], Awaitable[bytes]], asked: bytes) -> bytes:
    """Let the device execute a request; a refusal is an answer too."""
    try:
        return await execute()
    except DeviceException as refusal:
        return bytes([asked[0] | 0x80, refusal.code])


def _read_answer(table: Table, numbers: Sequence[int], asked: bytes) -> bytes:
    """Return the answer to a read, function code first."""
    if table in BIT_TABLES:
        size = -(-len(numbers) // 8)
        packed = sum(bit << place for place, bit in enumerate(numbers)).to_bytes(size, "little")
    else:
        packed = struct.pack(f">{len(numbers)}H", *numbers)
    return bytes([asked[0], len(packed)]) + packed
