"""Assets: the things that exist in a substation, and where they hang in the network."""

from __future__ import annotations

import msgspec


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that exists: a feeder, transformer, breaker, battery.

    >>> Asset(name="t1", kind="transformer", ratings={"power_kw": 25000.0}).rating("power_kw")
    25000.0
    """

    name: str
    """Short name, the first part of the names of its points."""
    kind: str
    """One of: connection, busbar, transformer, feeder, breaker, battery, load, plant, capacitor, heat_pump,
    cooling, charging_point."""
    title: str = ""
    """What people call it, for pages and reports."""
    upstream: str = ""
    """Name of the asset that feeds this one; empty at the grid connection."""
    zone: str = ""
    """Isolation zone, to which work permits refer."""
    ratings: dict[str, float] = {}
    """Ratings by name with the unit in the name, such as `power_kw` or `energy_kwh`."""
    customers: int = 0
    """Customers who lose supply when this asset trips."""

    @property
    def called(self) -> str:
        """Return what people call it; its name where it has no title.

        >>> Asset(name="t1", kind="transformer").called
        't1'
        """
        return self.title or self.name

    def rating(self, name: str) -> float:
        """Return a rating.

        Raises:
            KeyError: the site file does not give it; the message names asset and rating.
        """
        try:
            return self.ratings[name]
        except KeyError:
            raise KeyError(f"asset {self.name} has no rating {name}; has {sorted(self.ratings)}") from None
