"""When a bad wire does what: standing faults, and those that come round, until it is told to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aios.testing.fault_proxy import FaultProxy
from aios.testing.wire_faults import WireFaults

_Round = Coroutine[Any, Any, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Standing faults of both directions, and the periods of those that come round; 0 means never."""

    to_device: WireFaults
    to_client: WireFaults
    reset_s: float = 0.0
    half_open_s: float = 0.0
    partition_s: float = 0.0
    down_s: float = 0.0
    lasting_s: float = 5.0
    """How long half-open, partition and down last each time, seconds."""
    ending_s: float = 0.0
    """When the proxy ends by itself, seconds; 0 means at a signal."""

    def run(self, wire: FaultProxy, ready: Callable[[], None]) -> None:
        """Run a proxy in a loop of its own until it ends.

        Raises:
            OSError: its port is taken.
        """
        asyncio.run(run_proxy(wire, self, ready))


async def run_proxy(wire: FaultProxy, timetable: Timetable, ready: Callable[[], None]) -> None:
    """Run a proxy by a timetable until its end, SIGINT or SIGTERM; both end it in order.

    Raises:
        OSError: its port is taken.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with wire:
        _stand(wire, timetable)
        ready()
        async with asyncio.TaskGroup() as group:
            rounds = [group.create_task(task) for task in _rounds(wire, timetable)]
            try:
                async with asyncio.timeout(timetable.ending_s or None):
                    await ended.wait()
            except TimeoutError:  # its own end, as asked for
                pass
            for task in rounds:
                task.cancel()


def _stand(wire: FaultProxy, timetable: Timetable) -> None:
    wire.clear()
    wire.to_device.faults, wire.to_client.faults = timetable.to_device, timetable.to_client


def _rounds(wire: FaultProxy, timetable: Timetable) -> list[_Round]:
    turn = asyncio.Lock()  # one of them at a time: lifting one would lift another

    async def begin(what: Callable[[], Awaitable[None] | None], every_s: float, lasting_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            async with turn:
                begun = what()
                if begun is not None:
                    await begun
                await asyncio.sleep(lasting_s)
                await wire.up()
                _stand(wire, timetable)

    async def reset() -> None:
        while True:
            await asyncio.sleep(timetable.reset_s)
            wire.reset()

    lasting_s = timetable.lasting_s
    planned: list[_Round] = []
    if timetable.reset_s:
        planned.append(reset())
    if timetable.half_open_s:
        planned.append(begin(wire.half_open, timetable.half_open_s, lasting_s))
    if timetable.partition_s:
        planned.append(begin(wire.partition, timetable.partition_s, lasting_s))
    if timetable.down_s:
        planned.append(begin(wire.down, timetable.down_s, lasting_s))
    return planned
