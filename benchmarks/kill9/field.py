"""The field of the kills: two devices on real sockets, in a process that lives through all kills."""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from aios.site import site_of
from benchmarks.kill9.site import install_agent, site_text
from drivers.modbus.entry import Table
from kernel.shell.clock import ScaledClock
from simulators.devices.bank import Bank, Executed
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the devices say at the end."""

    setpoints: tuple[Executed, ...]
    pulses: tuple[Executed, ...]
    executions: int
    """Register of the inverter: set-points executed."""
    duplicates: int
    """Register of the inverter: set-points that came a second time and were not executed."""
    operations: int
    """Register of the breaker: pulses executed."""


def serve(folder: Path, start_ns: int, epoch_ns: int, line: Connection) -> None:
    """Serve the devices until something is said on `line`; then send the evidence and end."""
    install_agent(folder)
    clock = ScaledClock(start_ns=start_ns, factor=1.0, real_start_ns=epoch_ns)
    asyncio.run(_serve(clock, line))


async def _serve(clock: ScaledClock, line: Connection) -> None:
    site = site_of(site_text({"inverter": 0, "breaker": 0}))
    banks = {device: make_bank(device, site.asset[device.asset]) for device in site.devices}
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with FieldServers(banks, clock) as servers:
        line.send(servers.ports)
        loop.add_reader(line.fileno(), asked.set)
        await asked.wait()
        loop.remove_reader(line.fileno())
    by_name = {device.name: bank for device, bank in banks.items()}
    said = _evidence(by_name["inverter"], by_name["breaker"], clock.now_ns())
    line.send(msgspec.json.encode(said))


def _evidence(inverter: Bank, breaker: Bank, now_ns: int) -> Evidence:
    return Evidence(
        setpoints=inverter.journal,
        pulses=breaker.journal,
        executions=_counter(inverter, 6, now_ns),
        duplicates=_counter(inverter, 8, now_ns),
        operations=_counter(breaker, 0, now_ns),
    )


def _counter(bank: Bank, address: int, now_ns: int) -> int:
    """Read a 32-bit counter from the input registers, as any client would."""
    high, low = bank.read(Table.INPUT, address, 2, now_ns)
    return high << 16 | low
