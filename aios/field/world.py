"""The field process: the simulated substation behind its devices' real sockets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from aios.field.bad_wires import BadWires
from aios.field.until_told import until_told
from drivers.modbus.server import Silence
from kernel.ports import Clock
from kernel.site import Site
from simulators.field.plant import Plant, build_plant
from simulators.field.server import FieldServers
from simulators.scenario import Scenario, silent_devices

if TYPE_CHECKING:
    import ssl

    from aios.field.world_course import WorldCourse
    from simulators.networks.network import Network

STEP_S: Final = 60.0
"""The world moves this often, operational seconds, unless the site's base tick is shorter."""
TRUTH: Final = "truth.json"


class Field:
    """Lets the world run and its devices answer."""

    def __init__(
        self,
        site: Site,
        scenario: Scenario,
        clock: Clock,
        root: Path,
        *,
        tls: ssl.SSLContext | None = None,
        course: Callable[[Network, int], WorldCourse] | None = None,
    ) -> None:
        """Build the world of a scenario; what really happens is written to `truth.json` in `root`.

        Args:
            site: with its devices.
            scenario: of the world.
            clock: operational time.
            root: folder for the truth.
            tls: what devices with `modbus-tls` show and demand.
            course: makes what takes the course of the grid; it is written at the end of the scenario.

        Raises:
            ValueError: the site has such devices, and nothing says what they show.
        """
        self.plant: Plant = build_plant(site, scenario)
        self._course = None if course is None else course(self.plant.network, scenario.end_ns)
        self._scenario = scenario
        self._clock = clock
        self._root = root
        self._step_ns = round(min(STEP_S, site.base_tick_s) * 1e9)
        self._wires = BadWires(site.devices, scenario.faults)
        self._servers = FieldServers(self._wires.behind(self.plant.banks), clock, tls=tls)

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
                    if self._course is not None:
                        self._course.take(self.plant.world)
                    silent = await self._silence(silent)
                    self._wires.set(self._clock.now_ns())
                    if self._clock.now_ns() >= self._scenario.end_ns:
                        self.write_truth()
                        self._write_course()
            finally:
                self.write_truth()
                await self._wires.close()

    def write_truth(self) -> None:
        """Write down what really happened until now."""
        path = self._root / TRUTH
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self.plant.world.truth))
        fresh.rename(path)

    def _write_course(self) -> None:
        """Write down the course of the grid, once."""
        if self._course is not None:
            self._course.write(self._root, self.plant.world)
            self._course = None

    async def _silence(self, before: frozenset[str]) -> frozenset[str]:
        """Let devices go away and come back as the scenario says."""
        now = silent_devices(self._scenario, self._clock.now_ns())
        for device in now - before:
            await self._servers.silence(device)
        for device in before - now:
            await self._servers.silence(device, Silence.NONE)
        return now


async def run_field(field: Field, on_ready: Callable[[dict[str, int]], None], for_s: float = 0.0) -> None:
    """Run a field until the process is told to end, or for some real seconds; 0 for no end."""
    await until_told(field.run(on_ready), for_s)
