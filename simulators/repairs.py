"""Repairs of a world: whatever one part has mended, everything that suffers is told of, and the truth too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kernel.site import Site
from simulators.devices.abilities import Mends
from simulators.devices.bank import WorldSide
from simulators.faults.fault import Fault
from simulators.faults.repair import mended
from simulators.part import Part


class Repairs:
    """The faults of a world as repairs leave them; tells parts and devices of each repair."""

    def __init__(
        self, site: Site, faults: Sequence[Fault], parts: Sequence[Part], banks: Mapping[str, WorldSide]
    ) -> None:
        """Take who is to be told.

        Args:
            site: says which device stands at which asset.
            faults: of the scenario.
            parts: in the order in which they are told: what failed before what is switched on for it again.
            banks: simulated devices by name.
        """
        self.faults = tuple(faults)
        """With the ends that repairs gave them."""
        self._parts = tuple(parts)
        self._assets = {device.name: device.asset for device in site.devices}
        self._banks = [(self._assets[name], bank) for name, bank in banks.items() if isinstance(bank, Mends)]

    def tell(self, now_ns: int) -> None:
        """Tell of what was mended at the end of the last stretch."""
        for asset in [asset for part in self._parts for asset in part.mended()]:
            for part in self._parts:
                part.mend(asset, now_ns)
            for where, bank in self._banks:
                if where == asset:
                    bank.mend(asset, now_ns)
            self.faults = mended(self.faults, asset, now_ns, self._assets)
