"""A substation that changes at known moments: its devices on sockets, and the gateway that reads them.

The devices are served by who measures, so that the moment of a change is known to the microsecond; gateway
and control room are processes of their own, as they are in the field.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aios
from aios.demo.stage import free_offset
from aios.processes import Stage
from aios.site import site_of
from kernel.ports import Clock
from kernel.shell.clock import SystemClock
from simulators.devices.bank import Bank
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers

NORD: Final = Path(aios.__file__).parent / "sites" / "nord.toml"
SCAN_S: Final = 0.5
"""Base tick of the site, in which every device is read once: the slowest that the promise is made for."""
WATCHED: Final = "f12/active_power"
"""The point whose changes are timed."""
STEP_KW: Final = 10.0
"""By which it changes: every page shows as much."""
READY_S: Final = 120.0
_SWAY_S: Final = 0.2
"""Real seconds between two movements of everything else: no page stands still."""
_CALM: Final[Mapping[str, float]] = {
    "active_power": 3200.0,
    "reactive_power": 400.0,
    "voltage": 20.3,
    "current": 95.0,
    "top_oil_temperature": 61.0,
    "ambient_temperature": 12.0,
    "load_factor": 0.6,
    "fan_current": 6.3,
}


def site_text(scan_s: float) -> str:
    """Return the shipped site, read every `scan_s` real seconds on free ports."""
    text = NORD.read_text(encoding="utf-8")
    offset = free_offset(tuple(int(port) for port in re.findall(r"(?m)^port = (\d+)$", text)))
    moved = re.sub(r"(?m)^port = (\d+)$", lambda found: f"port = {int(found[1]) + offset}", text)
    return re.sub(r"(?m)^base_tick_s = [\d.]+", f"base_tick_s = {scan_s}", moved, count=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Devices that do as they are told."""

    banks: Mapping[str, Bank]
    """By the asset that they are at; of two at one asset the last."""
    clock: Clock
    gateway: Stage
    """The process that reads them."""

    def change(self, number: int) -> float:
        """Let the watched point jump; return when, seconds since 1970 UTC."""
        self.banks["f12"].sense({"active_power": value_kw(number)}, self.clock.now_ns())
        return self.clock.now_ns() / 1e9

    def trip(self, *, closed: bool) -> float:
        """Let a breaker open or close; return when, seconds since 1970 UTC."""
        self.banks["cb13"].sense({"position": 2.0 if closed else 1.0}, self.clock.now_ns())
        return self.clock.now_ns() / 1e9

    async def sway(self) -> None:
        """Let everything else move a little, until cancelled."""
        dice, angle = random.Random(7), 0.0
        while True:
            angle += 0.05
            for asset in ("grid", "f11", "f13", "f14", "t1", "t2"):
                level = (9.0 if asset == "grid" else 3.0) + math.sin(angle) + dice.uniform(-0.2, 0.2)
                values = {"active_power": 1000 * level, "current": 30 * level, "voltage": 20 + level / 10}
                self.banks[asset].sense(values, self.clock.now_ns())
            await asyncio.sleep(_SWAY_S)


def value_kw(number: int) -> float:
    """Return the value after a change, another one for each."""
    return 2000.0 + STEP_KW * number


@asynccontextmanager
async def changing_plant(folder: Path, scan_s: float = SCAN_S) -> AsyncIterator[Plant]:
    """Serve the devices and run a gateway on them, whose folder and site file lie in a folder."""
    file, clock = folder / "site.toml", SystemClock()
    text = site_text(scan_s)
    file.write_text(text, encoding="utf-8")
    site = site_of(text, file=str(file), folder=NORD.parent)
    banks = {device: make_bank(device, site.asset[device.asset]) for device in site.devices}
    for bank in banks.values():
        bank.sense(_CALM, clock.now_ns())
    gateway = Stage("gateway", ["aios", "run", str(file), "--folder", str(folder)], folder / "gateway.log")
    served = {device.asset: bank for device, bank in banks.items()}
    plant = Plant(banks=served, clock=clock, gateway=gateway)
    async with FieldServers(banks, clock):
        swaying = asyncio.create_task(plant.sway())
        await gateway.start()
        try:
            await gateway.ready(READY_S)
            yield plant
        finally:
            swaying.cancel()
            await gateway.stop()
