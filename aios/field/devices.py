"""A field without a world: the devices of a field file on their sockets, up to thousands in one process."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from kernel.point import NANOSECONDS
from kernel.ports import Clock
from simulators.field.file import DeviceField
from simulators.field.server import FieldServers

AT_A_TIME: Final = 4
"""Devices that measure before requests are answered again: about a millisecond."""
_SPARE: Final = 100
"""Files that a process needs besides its sockets."""
_log: Final = structlog.get_logger(__name__)


async def serve(
    field: DeviceField, clock: Clock, folder: Path, on_ready: Callable[[dict[str, int]], None]
) -> None:
    """Serve every device until cancelled.

    Args:
        field: its devices.
        clock: operational time.
        folder: where the birth-death number of Sparkplug is kept.
        on_ready: told the port of each Modbus device by name, when all listen.

    Raises:
        RuntimeError: a port is taken.
    """
    allow_sockets(2 * len(field.served))
    for one in field.served:
        one.sense(clock.now_ns())
    async with FieldServers(field.modbus, clock, tls=field.tls) as servers, asyncio.TaskGroup() as tasks:
        if field.node is not None and field.sparkplug:
            from simulators.field.sparkplug_session import SparkplugSession  # noqa: PLC0415 - few need MQTT

            session = SparkplugSession(field.node, field.sparkplug, clock, folder)
            tasks.create_task(session.run(), name="sparkplug")
        tasks.create_task(_move(field, clock), name="measuring")
        on_ready(servers.ports)


async def _move(field: DeviceField, clock: Clock) -> None:
    """Let devices measure what moves, all of them once a period."""
    every_ns = round(field.every_s * NANOSECONDS)
    moving = [one for one in field.served if one.moves]
    while True:
        await clock.sleep_until(clock.now_ns() // every_ns * every_ns + every_ns)
        for first in range(0, len(moving), AT_A_TIME):
            now_ns = clock.now_ns()
            for one in moving[first : first + AT_A_TIME]:
                one.sense(now_ns)
            await asyncio.sleep(0)


def allow_sockets(number: int) -> None:
    """Let this process have so many sockets, where the machine allows it; else say what will fail."""
    wanted = number + _SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    if hard < wanted:
        _log.warning("field.too_few_files", allowed=hard, wanted=wanted, remedy=f"ulimit -Hn {wanted}")


def age_s() -> float:
    """Return how long ago this process began, seconds."""
    began = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began / os.sysconf("SC_CLK_TCK")


def memory_mb() -> float:
    """Return the most memory that this process has held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
