"""A turn on the clock: system time, or a scaled day whose epoch all processes of a run are told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aios.processes import hear_line, say_ready
from kernel.ports import Clock
from kernel.shell.clock import ScaledClock, SystemClock
from kernel.site import Site
from simulators.scenario import scenario_of


@dataclass(slots=True)
class Turn:
    """The clock of this process, and what it does when everything is ready."""

    clock: Clock
    _waiting: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def of(cls, site: Site, factor: float) -> Turn:
        """Take the system clock for factor 0, else the scaled clock of the site's scenario."""
        if not factor:
            return cls(SystemClock())
        return cls(ScaledClock(start_ns=scenario_of(site).start_ns, factor=factor))

    def ready(self, **facts: object) -> None:
        """Say that this process is ready; on a scaled clock, wait for the epoch in the background."""
        say_ready(**facts)
        if isinstance(self.clock, ScaledClock):
            task = asyncio.get_running_loop().create_task(self._begin(self.clock), name="epoch")
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def _begin(self, clock: ScaledClock) -> None:
        line = await hear_line()
        if line:
            clock.begin(int(line))
