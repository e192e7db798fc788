"""A real gateway under the stand-in for systemd, with its devices served in this process."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aios.site import site_of
from benchmarks.kill9.site import SITE
from kernel.shell.clock import SystemClock
from simulators.devices.inverter import Inverter
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers
from tests.reliability.watched import patient as patience
from tests.reliability.watched.unit import Unit

WATCHDOG_S = 2.0
TICK_S = 0.2
ROOT = Path(__file__).parents[3]


def stretch() -> float:
    """Return by how much limits of real time stretch: 1 on a machine of our own, more on one that others use.

    It is the number of processes that want to run for each core, over the last minute. A promise of seconds
    can only be tried alone; beside other tests it can still be seen that it is kept in proportion.
    """
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


FORECAST_S = 10.0
LEARNING = f"""
[[loop]]
agent = "forecast"
kind = "load_forecast"
period_s = {FORECAST_S}
deadline_s = {FORECAST_S}
priority = "operation"
settings = {{ points = ["bat1/active_power"] }}
"""
"""A loop in a worker, whose agent runs in machine code: with an empty cache it compiles first."""


def site_text(ports: dict[str, int], switch: Path, reversion_s: float) -> str:
    """The site of the kills at a slower tick, with the hanging agent."""
    text = SITE.replace("base_tick_s = 0.04", f"base_tick_s = {TICK_S}").replace("0.04", str(TICK_S))
    text = text.replace("INVERTER", str(ports["inverter"])).replace("BREAKER", str(ports["breaker"]))
    text = text.replace('"restless"', '"hanging"').replace(
        "renew_s = 1.0", f"renew_s = {0.3 * reversion_s:g}"
    )
    text = text.replace("reversion_s = 4.0", f"reversion_s = {reversion_s}")
    return text.replace("[policies]", f'[loop.settings]\nswitch = "{switch}"\n\n[policies]')


def install(folder: Path) -> None:
    """Make the agent known the way any plug-in does: by an entry point."""
    made = folder / "plugin" / "aios_hanging-0.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: aios-hanging\nVersion: 0\n")
    (made / "entry_points.txt").write_text(
        "[aios.agents]\nhanging = tests.reliability.watched.hanging:make\n"
    )


@asynccontextmanager
async def watched(
    folder: Path,
    module: Sequence[str] = ("aios",),
    *,
    reversion_s: float = 2.0,
    beside: str = "",
    patient: bool = False,
) -> AsyncIterator[tuple[Unit, Inverter, Path]]:
    """A gateway under the stand-in, its devices served here; `beside` adds loops to its site.

    With `patient` nothing of it is overdue on a busy machine: for claims that are not about time.
    """
    switch, clock = folder / "hang", SystemClock()
    install(folder)
    sys.path.insert(0, str(folder / "plugin"))
    try:
        site = site_of(site_text({"inverter": 0, "breaker": 0}, switch, reversion_s) + beside)
    finally:
        sys.path.remove(str(folder / "plugin"))
    banks = {device: make_bank(device, site.asset[device.asset]) for device in site.devices}
    inverter = next(bank for device, bank in banks.items() if device.name == "inverter")
    assert isinstance(inverter, Inverter)
    async with FieldServers(banks, clock) as servers:
        file = folder / "site.toml"
        text = site_text(servers.ports, switch, reversion_s) + beside
        if patient:
            module = (patience.__name__,)
            text = text.replace("stale_s = 0.5", f"stale_s = {patience.STALE_S:g}")
        file.write_text(text)
        unit = Unit(
            command=[sys.executable, "-m", *module, "run", str(file), "--folder", str(folder / "gateway")],
            folder=folder,
            watchdog_s=patience.WATCHDOG_S if patient else WATCHDOG_S,
            environment={
                "PYTHONPATH": os.pathsep.join([str(folder / "plugin"), str(ROOT)]),
                "NUMBA_CACHE_DIR": str(folder / "compiled"),
            },
        )
        unit.field = servers
        running = asyncio.ensure_future(unit.run())
        try:
            yield unit, inverter, switch
        finally:
            unit.stopping = True
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def stands(inverter: Inverter, power_kw: float, within_s: float) -> float | None:
    """Wait until a power stands on the device; return when."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        inverter._advance(time.time_ns())
        if inverter._setpoint_kw == power_kw:
            return time.monotonic()
        await asyncio.sleep(0.01)
    return None
