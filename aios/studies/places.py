"""Where a fault can show in a gateway: the points of what it befalls, and of what hangs on that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kernel.site import Site
from simulators.faults.catalogue import row_of
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.faults.timeline import FaultSpan

Stood = Fault | FaultSpan
"""A fault, as it was planned or as it truly was."""
ALARM, ORDER, QUALITY, STATE, RECEIPT = "alarm", "repair order", "quality", "state", "receipt"
"""Ways to answer a fault, as the catalogue names them."""
_POSITION: Final = "position"
_READ: Final = frozenset({"device", "device or point"})
"""Targets whose own points show what ails them."""


class Places:
    """Knows the points and assets of a site by what a fault can befall."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._asset = {device.name: device.asset for device in site.devices}
        self._names: dict[tuple[FaultKind, str], frozenset[str]] = {}

    def asset(self, target: str) -> str:
        """Return the asset that a target is, or belongs to; empty where the site knows none."""
        own = self._asset.get(target, target.partition("/")[0])
        return own if own in self._site.asset else ""

    def points(self, kind: FaultKind, target: str) -> frozenset[str]:
        """Return the names of the points on which the catalogue's answer to a fault can be looked for.

        Of a meter those are its own; of anything else all in its zone, and all that hangs behind it.
        """
        if (kind, target) not in self._names:
            own = row_of(kind).target in _READ
            near = frozenset[str]() if own else self._near(self.asset(target))
            self._names[kind, target] = frozenset(
                point.name
                for point in self._site.points
                if target in {point.source, point.name} or point.asset in near
            )
        return self._names[kind, target]

    def _near(self, name: str) -> frozenset[str]:
        """Return an asset with those of its zone, and all downstream of it."""
        asset = self._site.asset.get(name)
        if asset is None:
            return frozenset()
        near = {name, *(one.name for one in self._site.assets if asset.zone and one.zone == asset.zone)}
        while more := {one.name for one in self._site.assets if one.upstream in near} - near:
            near |= more
        return frozenset(near)


class Watched:
    """The points of a site that are looked at in a run, for what its faults make of them."""

    def __init__(self, site: Site, faults: Iterable[Stood]) -> None:
        """Find them.

        Args:
            site: of the run.
            faults: that are planned.
        """
        places, faults = Places(site), tuple(faults)
        targets = {fault.target for fault in faults}
        shown = {
            how: frozenset[str]().union(
                *(places.points(one.kind, one.target) for one in faults if row_of(one.kind).seen_in == how)
            )
            for how in (QUALITY, STATE, RECEIPT)
        }
        own = {point.name for point in site.points if targets & {point.source, point.name}}
        self.quality = shown[QUALITY] | own
        """Whose quality tells; that of what is befallen itself always does."""
        self.state = frozenset(name for name in shown[STATE] if name.endswith(f"/{_POSITION}"))
        """Whose position tells."""
        self.commanded = shown[RECEIPT]
        """Whose receipts tell."""
