"""Busbars as the site's model has them: what feeds each, and what hangs on it.

A busbar is behind an asset that others name as their `upstream` (a transformer, a busbar, the connection).
What hangs on it is found by going down to the first asset whose power is measured; what cannot carry power,
such as a breaker, is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kernel.asset import Asset
from kernel.site import Site

POWER: Final = "active_power"
SOURCES: Final = frozenset({"battery", "plant"})
"""Kinds whose power is positive when they feed in; all others draw positive power."""
FEEDING: Final = frozenset({"connection", "busbar", "transformer"})
"""Kinds behind which everything that hangs there stands in the site file."""
CARRYING: Final = frozenset({"connection", "busbar", "transformer", "feeder", "battery", "plant", "load"})
"""Kinds that carry power: without a measurement of theirs no balance closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One measured way on or off a busbar."""

    asset: Asset
    row: int
    """Of its active power."""
    sign: float
    """1.0 where it draws positive power, -1.0 where it feeds in."""

    @property
    def power(self) -> str:
        """Name of the point of its active power."""
        return f"{self.asset.name}/{POWER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Busbar:
    """What hangs behind one asset."""

    behind: Asset
    branches: tuple[Branch, ...]
    transformers: tuple[Asset, ...]
    """Transformers between the asset's own measurement and the branches."""
    capacitors: tuple[Asset, ...]
    """Banks that feed reactive power into it."""
    closed: bool
    """Whether everything that hangs there is measured."""


def busbars(site: Site) -> tuple[Busbar, ...]:
    """Return the busbar behind every asset that feeds others, in the order of the site file.

    Behind a feeder there is none: customers whom the site does not name hang there too.
    """
    feeding = {asset.upstream for asset in site.assets if asset.upstream}
    return tuple(
        _busbar(site, asset) for asset in site.assets if asset.name in feeding and asset.kind in FEEDING
    )


def _busbar(site: Site, behind: Asset) -> Busbar:
    branches: list[Branch] = []
    between: list[Asset] = []
    banks: list[Asset] = []
    closed = True
    waiting = list(_below(site, behind))
    while waiting:
        asset = waiting.pop(0)
        row = site.row.get(f"{asset.name}/{POWER}")
        below = list(_below(site, asset))
        if asset.kind == "capacitor":
            banks.append(asset)
        elif row is not None:
            sign = -1.0 if asset.kind in SOURCES else 1.0
            branches.append(Branch(asset=asset, row=row, sign=sign))
        elif below:
            between += [asset] if asset.kind == "transformer" else []
            waiting += below
        elif asset.kind in CARRYING:
            closed = False
    return Busbar(
        behind=behind,
        branches=tuple(branches),
        transformers=tuple(between),
        capacitors=tuple(banks),
        closed=closed and bool(branches),
    )


def _below(site: Site, asset: Asset) -> Iterator[Asset]:
    return (one for one in site.assets if one.upstream == asset.name)
