"""Hang a real gateway and measure: when its device is safe, when it is killed, when its successor works."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aios.site import site_of
from benchmarks.kill9.site import SITE
from kernel.shell.clock import SystemClock
from simulators.devices.inverter import Inverter
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers
from tests.system.watched.hanging import WANTED_KW
from tests.system.watched.unit import Unit

WATCHDOG_S = 2.0
TICK_S = 0.2
ROOT = Path(__file__).parents[3]


@dataclass
class Hung:
    """What came of a hang; seconds after it."""

    safe_s: float | None
    """When the device stood on its safe value; None where it never did."""
    killed_s: float | None
    ready_s: float | None
    """When the successor was ready."""
    exits: list[int]


def site_text(ports: dict[str, int], switch: Path) -> str:
    """The site of the kills at a slower tick, with the hanging agent."""
    text = SITE.replace("base_tick_s = 0.04", f"base_tick_s = {TICK_S}").replace("0.04", str(TICK_S))
    text = text.replace("INVERTER", str(ports["inverter"])).replace("BREAKER", str(ports["breaker"]))
    text = text.replace('"restless"', '"hanging"').replace("renew_s = 1.0", "renew_s = 0.6")
    text = text.replace("reversion_s = 4.0", "reversion_s = 2.0")
    return text.replace("[policies]", f'[loop.settings]\nswitch = "{switch}"\n\n[policies]')


def install(folder: Path) -> None:
    """Make the agent known the way any plug-in does: by an entry point."""
    made = folder / "plugin" / "aios_hanging-0.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: aios-hanging\nVersion: 0\n")
    (made / "entry_points.txt").write_text("[aios.agents]\nhanging = tests.system.watched.hanging:make\n")


@asynccontextmanager
async def watched(folder: Path, module: Sequence[str]) -> AsyncIterator[tuple[Unit, Inverter, Path]]:
    """A gateway under the stand-in, its devices served here."""
    switch, clock = folder / "hang", SystemClock()
    install(folder)
    sys.path.insert(0, str(folder / "plugin"))
    try:
        site = site_of(site_text({"inverter": 0, "breaker": 0}, switch))
    finally:
        sys.path.remove(str(folder / "plugin"))
    banks = {device: make_bank(device, site.asset[device.asset]) for device in site.devices}
    inverter = next(bank for device, bank in banks.items() if device.name == "inverter")
    assert isinstance(inverter, Inverter)
    async with FieldServers(banks, clock) as servers:
        file = folder / "site.toml"
        file.write_text(site_text(servers.ports, switch))
        unit = Unit(
            command=[sys.executable, "-m", *module, "run", str(file), "--folder", str(folder / "gateway")],
            folder=folder,
            watchdog_s=WATCHDOG_S,
            environment={"PYTHONPATH": os.pathsep.join([str(folder / "plugin"), str(ROOT)])},
        )
        running = asyncio.ensure_future(unit.run())
        try:
            yield unit, inverter, switch
        finally:
            unit.stopping = True
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def hang(folder: Path, module: Sequence[str] = ("aios",), within_s: float = 12.0) -> Hung:
    """Hang a gateway that controls, and watch."""
    async with watched(folder, module) as (unit, inverter, switch):
        await unit.until("READY", within_s=60.0)
        await _stands(inverter, WANTED_KW, 20.0)
        switch.touch()
        while switch.exists():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.005)
        begin = time.monotonic()
        safe = asyncio.ensure_future(_stands(inverter, 0.0, within_s))
        try:
            ready = await unit.until("READY", after=begin, within_s=within_s)
        except TimeoutError:
            ready = None
        safe_at = await safe
        return Hung(
            safe_s=None if safe_at is None else safe_at - begin,
            killed_s=unit.kills[0] - begin if unit.kills else None,
            ready_s=None if ready is None else ready - begin,
            exits=unit.exits,
        )


async def _stands(inverter: Inverter, power_kw: float, within_s: float) -> float | None:
    """Wait until a power stands on the device; return when."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        inverter._advance(time.time_ns())
        if inverter._setpoint_kw == power_kw:
            return time.monotonic()
        await asyncio.sleep(0.01)
    return None
