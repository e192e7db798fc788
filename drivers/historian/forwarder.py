"""The historian process: moves the outbox into every sink, each at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from drivers.historian.backoff import Backoff, pause
from drivers.historian.delivery import Delivery, Moved, Standing
from drivers.historian.outbox_reader import OutboxReader
from drivers.historian.retired import retire_readers, take_back
from drivers.historian.sink import Sink
from kernel.ports import Clock

__all__ = ["Forwarder", "Standing", "run_forwarder"]


class Forwarder:
    """One lane for each sink: a dead broker holds nothing of the database back."""

    def __init__(
        self,
        directory: Path,
        sinks: Sequence[Sink],
        *,
        clock: Clock,
        poll_s: float = 0.25,
        backoff: Backoff | None = None,
    ) -> None:
        self._clock, self._poll_s, self._backoff = clock, poll_s, backoff or Backoff()
        retire_readers(directory, keep=[sink.name for sink in sinks])
        self.deliveries = [Delivery(_reader(directory, sink), sink) for sink in sinks]

    async def run(self) -> None:
        """Forward until cancelled; cancellation loses nothing, the cursor stands before the open batch."""
        async with asyncio.TaskGroup() as group:
            for delivery in self.deliveries:
                group.create_task(self._keep_moving(delivery))

    def standing(self) -> tuple[Standing, ...]:
        """Return how each sink keeps up."""
        return tuple(delivery.standing() for delivery in self.deliveries)

    async def close(self) -> None:
        """Close all readers and sinks."""
        for delivery in self.deliveries:
            await delivery.close()

    async def _keep_moving(self, delivery: Delivery) -> None:
        while True:
            moved = await delivery.step()
            if moved is Moved.IDLE:
                await pause(self._clock, self._poll_s)
            elif moved is Moved.HELD:
                await pause(self._clock, self._backoff.pause_s(delivery.failures))
            await asyncio.sleep(0)  # a sink that answers at once must not starve the other deliveries


def _reader(directory: Path, sink: Sink) -> OutboxReader:
    """Open the reader of a sink; one that had been retired has back what it refused."""
    reader = OutboxReader(directory, sink.name, most_rows=sink.most_rows)
    take_back(directory, sink.name, reader.quarantine)
    return reader


async def run_forwarder(
    directory: Path,
    sinks: Sequence[Sink],
    *,
    clock: Clock,
    poll_s: float = 0.25,
    on_standing: Callable[[tuple[Standing, ...]], None] | None = None,
    standing_every_s: float = 5.0,
) -> None:
    """Forward an outbox into sinks until cancelled, then close them.

    Args:
        directory: directory of the outbox.
        sinks: each has a name of its own, under which its cursor is kept.
        clock: gives pauses between looks at an empty outbox and after failures.
        poll_s: pause before an empty outbox is looked at again, real seconds.
        on_standing: receives how the sinks keep up, now and then.
        standing_every_s: pause between two such reports, real seconds.
    """
    forwarder = Forwarder(directory, sinks, clock=clock, poll_s=poll_s)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(forwarder.run())
            while on_standing is not None:
                on_standing(forwarder.standing())
                await pause(clock, standing_every_s)
    finally:
        await forwarder.close()
