"""A trial write: through the gate, read back, then left alone until the device falls back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from aios.commission.compare import agrees
from aios.commission.look import Look
from aios.commission.means import Means
from aios.commission.sheet import WriteTest
from drivers.modbus.map import load_map
from kernel.point import Point, Writing
from kernel.shell.socket import GatewayAway
from kernel.shell.wire import PutRequest
from kernel.site import Device

MARGIN_S: Final = 5.0
"""Time beyond wish and timer in which a fall-back must be seen, seconds."""
EVERY_S: Final = 0.5
"""Pause between two looks for it, seconds."""
Looks = Callable[[Sequence[str]], Awaitable[tuple[Look, ...]]]


class WriteTests:
    """Writes as one person, to one gateway."""

    def __init__(
        self,
        folder: Path,
        *,
        who: str,
        means: Means,
        wish_s: float,
        look: Looks,
        devices: Sequence[Device] = (),
    ) -> None:
        self._folder = folder
        self._who = who
        self._means = means
        self._wish_s = wish_s
        self._look = look
        self._devices = {device.name: device for device in devices}

    async def run(self, point: Point, value: float, *, reversion: bool) -> WriteTest:
        """Write a value and say what became of it; a gateway that is away is an outcome like any other."""
        wish = PutRequest(
            point=point.name,
            value=value,
            person=self._who,
            reason="test write at commissioning",
            validity_s=self._wish_s,
        )
        try:
            asked = await asyncio.to_thread(self._means.follow, self._folder, wish, self._wish_s + MARGIN_S)
        except GatewayAway as away:
            return WriteTest(value=value, outcome="not written", command="", detail=str(away), read_back=None)
        reverted, seen = None, ""
        if reversion and asked.done and point.writing is not None:
            reverted, seen = await self._reversion(point, point.writing, value)
        return WriteTest(
            value=value,
            outcome=asked.outcome or asked.stage,
            command=asked.command,
            detail=asked.detail or asked.why,
            read_back=asked.read_back,
            reverted=reverted,
            reversion=seen,
        )

    async def _reversion(self, point: Point, writing: Writing, value: float) -> tuple[bool | None, str]:
        """Wait for the fall-back, and say what was seen."""
        back = writing.reversion_value
        if writing.reversion_s is None or back is None:
            return None, "the point has no reversion"
        if agrees(value, back, writing.tolerance):
            return None, f"{value:g} is what it falls back to anyway"
        enabling = self._enabling(point)
        waited_s, longest_s = 0.0, self._wish_s + writing.reversion_s + MARGIN_S
        while waited_s < longest_s:
            await self._means.pause(EVERY_S)
            waited_s += EVERY_S
            shown, *rest = await self._look([point.name, *enabling])
            if shown.good and agrees(shown.value, back, writing.tolerance):
                return True, f"back at {shown.value:g} {point.unit} after {waited_s:g} s"
            for (name, held), one in zip(enabling.items(), rest, strict=True):
                if one.good and one.value != held:
                    return True, f"{name} is {one.state or f'{one.value:g}'} after {waited_s:g} s"
        return False, f"not within {longest_s:g} s"

    def _enabling(self, point: Point) -> dict[str, float]:
        """Return the points that show what is written beside the value, with what they hold in force."""
        device = self._devices.get(point.source)
        if device is None:
            return {}
        entries = load_map(device.map).by_quantity
        entry = entries[point.quantity]
        held = {(entry.table, fixed.address): fixed.value for fixed in entry.companions.fixed}
        asset = point.asset
        return {
            f"{asset}/{one.quantity}": held[one.table, one.slot.address]
            for one in entries.values()
            if one is not entry and one.states and (one.table, one.slot.address) in held
        }
