"""The field process: the simulated substation behind its devices' real sockets."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from aios.bad_wires import BadWires
from drivers.modbus.server import Silence
from kernel.ports import Clock
from kernel.site import Site
from simulators.field.plant import Plant, build_plant
from simulators.field.server import FieldServers
from simulators.scenario import Scenario, silent_devices

STEP_S: Final = 60.0
"""The world moves this often, operational seconds, unless the site's base tick is shorter."""
TRUTH: Final = "truth.json"


class Field:
    """Lets the world run and its devices answer."""

    def __init__(self, site: Site, scenario: Scenario, clock: Clock, root: Path) -> None:
        """Build the world of a scenario; what really happens is written to `truth.json` in `root`."""
        self.plant: Plant = build_plant(site, scenario)
        self._scenario = scenario
        self._clock = clock
        self._root = root
        self._step_ns = round(min(STEP_S, site.base_tick_s) * 1e9)
        self._wires = BadWires(site.devices, scenario.faults)
        self._servers = FieldServers(self._wires.behind(self.plant.banks), clock)

    async def run(self, on_ready: Callable[[dict[str, int]], None]) -> None:
        """Serve until cancelled."""
        async with self._servers as servers:
            on_ready(await self._wires.open(servers.ports))
            silent: frozenset[str] = frozenset()
            try:
                while True:
                    now_ns = self._clock.now_ns()
                    await self._clock.sleep_until(now_ns // self._step_ns * self._step_ns + self._step_ns)
                    self.plant.world.advance(self._clock.now_ns())
                    silent = await self._silence(silent)
                    self._wires.set(self._clock.now_ns())
                    if self._clock.now_ns() >= self._scenario.end_ns:
                        self.write_truth()
            finally:
                self.write_truth()
                await self._wires.close()

    def write_truth(self) -> None:
        """Write down what really happened until now."""
        path = self._root / TRUTH
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self.plant.world.truth))
        fresh.rename(path)

    async def _silence(self, before: frozenset[str]) -> frozenset[str]:
        """Let devices go away and come back as the scenario says."""
        now = silent_devices(self._scenario, self._clock.now_ns())
        for device in now - before:
            await self._servers.silence(device)
        for device in before - now:
            await self._servers.silence(device, Silence.NONE)
        return now


async def run_field(field: Field, on_ready: Callable[[dict[str, int]], None]) -> None:
    """Run a field until the process is told to end."""
    running = asyncio.create_task(field.run(on_ready), name="field")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    await asyncio.gather(running, return_exceptions=True)
    if not running.cancelled() and (error := running.exception()) is not None:
        raise error
