"""The walk: one point after the other is read, compared, and where agreed written through the gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import msgspec

from aios.commission.compare import NoReference, agrees, reference_of, tolerance_of
from aios.commission.look import Look, device_of, look_at, of_gateway
from aios.commission.means import Means
from aios.commission.person import Again, Person
from aios.commission.progress import Progress
from aios.commission.readings import Reading
from aios.commission.sheet import PointResult, Verdict
from aios.commission.trial_write import WriteTests
from aios.folder import Folder
from aios.local import asked_snapshot
from drivers.modbus.link import Link
from kernel.point import Point
from kernel.site import Device, Site

MODBUS: Final = "modbus-"
"""Beginning of the protocols whose registers can be shown."""
SERIAL: Final = ("modbus-rtu", "modbus-rtu-tcp")
"""Wires with one master: while its gateway runs, nobody else asks on them."""
Save = Callable[[Progress], None]


class Walk:
    """Walks a site for one person."""

    def __init__(
        self,
        site: Site,
        folder: Path,
        *,
        who: str,
        person: Person,
        means: Means,
        wish_s: float,
    ) -> None:
        self._site = site
        self._folder = folder
        self._who = who
        self._person = person
        self._means = means
        self._tests = WriteTests(
            folder, who=who, means=means, wish_s=wish_s, look=self._looks, devices=site.devices
        )
        self._links: dict[str, Link] = {}

    async def run(self, progress: Progress, save: Save) -> Progress:
        """Walk what is not done yet, and keep what is done after every point.

        Raises:
            Interrupted: the person stops here.
        """
        done = {result.point for result in progress.results}
        try:
            for name in names_in(self._site, progress.scope):
                if name not in done:
                    result = await self._point(self._site.point(name))
                    progress = msgspec.structs.replace(progress, results=(*progress.results, result))
                    save(progress)
        finally:
            for link in self._links.values():
                await link.close()
        return progress

    async def _point(self, point: Point) -> PointResult:
        while True:
            (look,) = await self._looks([point.name])
            at_ns = self._means.clock.wall_ns()
            try:
                said = self._person.reading(point, look)
                break
            except Again:
                continue
        result = self._compared(point, look, said, at_ns)
        if said.write is None or point.writing is None:
            return result
        test = await self._tests.run(point, said.write, reversion=said.reversion)
        return msgspec.structs.replace(result, written=test)

    def _compared(self, point: Point, look: Look, said: Reading, at_ns: int) -> PointResult:
        verdict, tolerance, note = Verdict.NOT_COMPARED, 0.0, said.note
        if not look.good:
            verdict = Verdict.NOT_READABLE
        elif said.reference:
            try:
                wanted = reference_of(point, said.reference)
            except NoReference as mistake:
                note = f"{note}; {mistake}" if note else str(mistake)
            else:
                tolerance = tolerance_of(point, wanted, resolution=look.resolution, given=said.tolerance)
                verdict = Verdict.AGREES if agrees(look.value, wanted, tolerance) else Verdict.DIFFERS
        return PointResult(
            point=point.name,
            unit=point.unit,
            verdict=verdict,
            value=look.value,
            state=look.state,
            quality=look.quality,
            at_ns=at_ns,
            by=self._who,
            raw=look.raw,
            reference=said.reference,
            tolerance=tolerance,
            note=note,
        )

    async def _looks(self, names: Sequence[str]) -> tuple[Look, ...]:
        """Read points of one device: from the device where that disturbs nobody, else from the gateway."""
        device = device_of(self._site, self._site.point(names[0]))
        lives = Folder(root=self._folder).socket.exists()
        if device.protocol.startswith(MODBUS) and not (lives and device.protocol in SERIAL):
            found = await look_at(self._site, names, self._means.clock, self._link(device))
            return tuple(found[name] for name in names)
        seen = await asked_snapshot(self._folder)
        return tuple(of_gateway(seen, name) for name in names)

    def _link(self, device: Device) -> Link:
        if device.name not in self._links:
            self._links[device.name] = self._means.link(device)
        return self._links[device.name]


def names_in(site: Site, scope: str) -> list[str]:
    """Return the points of a site that devices serve and a pattern names."""
    devices = {device.name for device in site.devices}
    names = (point.name for point in site.points if point.source in devices)
    return [name for name in names if any(fnmatchcase(name, part) for part in scope.split(","))]
