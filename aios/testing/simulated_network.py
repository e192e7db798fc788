"""The network between gateway and devices: it loses, delays, duplicates and cuts, by the faults of a run.

A request that left goes its way whatever becomes of the gateway: it may reach the device after the gateway
gave up waiting, or after it died. Two limits are stated rather than hidden. The network delivers or loses
within `LATEST_S` of a fault's delay, which is shorter than any feedback time. And it duplicates no write to a
device without a sequence register: nobody can promise one execution of a pulse over such a wire.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from aios.testing.injected import OF_THE_NETWORK, Faults, Kind
from drivers.modbus.bank import Refusal
from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException, Lapsed, LinkDown, NoAnswer, always
from simulators.devices.bank import Bank

ONE_WAY_S: Final = (0.001, 0.012)
"""Shortest and longest way of a healthy network, seconds."""
TIMEOUT_S: Final = 1.0
"""How long a link waits for an answer, seconds."""


class SimulatedDevice(Bank, Protocol):
    """A device as the network reaches it; it may be away."""

    @property
    def name(self) -> str:
        """Name of the device."""
        ...

    @property
    def numbers_writes(self) -> bool:
        """Tell whether it has a sequence register."""
        ...

    def is_there(self) -> bool:
        """Tell whether it answers at all."""


class SimulatedNetwork:
    """All wires of a site; outlives gateways."""

    def __init__(self, faults: Faults, seed: int, now_ns: Callable[[], int]) -> None:
        """Carry by the faults of a run; `now_ns` is true time."""
        self._faults = faults
        self._dice = random.Random(f"network {seed}")
        self._now_ns = now_ns

    def is_cut(self, device: str) -> bool:
        """Tell whether no connection stands."""
        return self._faults.acting(Kind.NETWORK_PARTITION, device) is not None

    def is_well(self, device: str) -> bool:
        """Tell whether no fault acts between gateway and device."""
        return not any(self._faults.acting(kind, device) for kind in OF_THE_NETWORK)

    def _way_s(self, device: str) -> float | None:
        """Return how long one way takes, None where what goes it is lost."""
        loss = self._faults.acting(Kind.NETWORK_LOSS, device)
        if self.is_cut(device) or (loss is not None and self._dice.random() < loss.amount):
            return None
        delay = self._faults.acting(Kind.NETWORK_DELAY, device)
        more_s = self._dice.uniform(0.0, delay.amount) if delay is not None else 0.0
        return self._dice.uniform(*ONE_WAY_S) + more_s

    def ask(
        self, device: SimulatedDevice, work: Callable[[int], list[int]], *, may_repeat: bool
    ) -> asyncio.Future[list[int]]:
        """Carry a request there and its answer back; the future may never be done."""
        answer: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self._go(device, work, answer)
        if may_repeat and self._faults.acting(Kind.NETWORK_TWICE, device.name):
            self._go(device, work, answer)
        return answer

    def _go(
        self, device: SimulatedDevice, work: Callable[[int], list[int]], answer: asyncio.Future[list[int]]
    ) -> None:
        there_s = self._way_s(device.name)
        if there_s is not None:
            asyncio.get_running_loop().call_later(there_s, self._arrive, device, work, answer)

    def _arrive(
        self, device: SimulatedDevice, work: Callable[[int], list[int]], answer: asyncio.Future[list[int]]
    ) -> None:
        if not device.is_there():
            return
        said: list[int] | DeviceException
        try:
            said = work(self._now_ns())
        except Refusal as refusal:
            said = DeviceException(refusal.code)
        back_s = self._way_s(device.name)
        if back_s is not None and self._faults.acting(Kind.NETWORK_HALF_OPEN, device.name) is None:
            asyncio.get_running_loop().call_later(back_s, _tell, answer, said)


def _tell(answer: asyncio.Future[list[int]], said: list[int] | DeviceException) -> None:
    if answer.done():  # given up, or told already
        return
    if isinstance(said, DeviceException):
        answer.set_exception(said)
    else:
        answer.set_result(said)


class SimulatedLink:
    """One gateway's connection to one device, over the simulated network."""

    def __init__(self, network: SimulatedNetwork, device: SimulatedDevice) -> None:
        """Connect to a device."""
        self._network = network
        self._device = device

    async def open(self) -> None:
        """There is nothing to prepare."""

    async def ready(self, unit: int | None = None) -> None:  # noqa: ARG002 - the role gives it
        """Tell whether a connection stands.

        Raises:
            LinkDown: there is none.
        """
        if self._network.is_cut(self._device.name):
            raise LinkDown("no route to the device")

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:  # noqa: ARG002
        """Return `count` registers or bits."""
        return await self._ask(lambda now_ns: self._device.read(table, address, count, now_ns))

    async def write(
        self,
        unit: int,  # noqa: ARG002
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        """Write registers or bits once."""
        if not still_valid():
            raise Lapsed

        def work(now_ns: int) -> list[int]:
            self._device.write(table, address, values, now_ns)
            return []

        await self._ask(work, may_repeat=self._device.numbers_writes)

    async def close(self) -> None:
        """What left goes its way."""

    async def _ask(self, work: Callable[[int], list[int]], *, may_repeat: bool = True) -> list[int]:
        await self.ready()
        answer = self._network.ask(self._device, work, may_repeat=may_repeat)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await answer
        except TimeoutError:
            raise NoAnswer(f"nothing within {TIMEOUT_S:g} s") from None
