"""What a walk works with: a clock, a gateway to ask, a way to each device; tests put others there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aios.devices.ask_gateway import Asked
from aios.devices.reach import looking_at
from drivers.modbus.link import Link
from kernel.ports import Clock
from kernel.shell.wire import PutRequest
from kernel.site import Device

Follow = Callable[[Path, PutRequest, float], Asked]
"""Asks the gateway of a folder for a value and waits so many seconds for what becomes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """How a walk reaches what is outside of it."""

    clock: Clock
    follow: Follow
    link: Callable[[Device], Link] = looking_at
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
