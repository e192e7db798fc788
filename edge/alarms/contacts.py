"""Are the contacts of a breaker worn by what they have interrupted?

A relay that watches a breaker adds up 1 / N(I) for each interruption, N being how many of a current the maker
allows; at 100 % the contacts are to be replaced. Two limits: one to plan the work, one to do it.

Source: breaker monitor of numerical relays (SEL instruction manuals, "breaker contact wear monitor"). Limits:
our choice, in `rules.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words, found
from kernel.asset import Asset
from kernel.site import Site

CONDITIONS: Final = ("contact_wear", "contacts_worn")
NEAR_PERCENT: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Contacts:
    condition: str
    asset: Asset
    row: int
    limit: float


class ContactWear(SeenAtOnce):
    """Wear of the contacts of every breaker that shows it."""

    period_s = 60.0

    def __init__(self, site: Site) -> None:
        """Find the breakers whose wear is shown."""
        self._site = site
        self._contacts = tuple(
            _Contacts(condition, asset, row, defined(condition, "").rule.limits["percent"])
            for asset in site.assets
            if (row := site.row.get(f"{asset.name}/contact_wear")) is not None
            for condition in CONDITIONS
        )
        self.definitions: tuple[Definition, ...] = tuple(
            defined(one.condition, one.asset.name) for one in self._contacts
        )

    def look(self, frame: Frame) -> Overs:
        """Return the contacts that are near a limit or beyond it."""
        overs: dict[int, float | None] = {}
        for number, one in enumerate(self._contacts):
            if not frame.holds((one.row,)):
                overs[number] = None
            elif (over := frame.values[one.row] - one.limit) > -NEAR_PERCENT:
                overs[number] = over
        return overs

    def words(self, number: int, frame: Frame) -> Words:
        """Say how worn they are."""
        one = self._contacts[number]
        title, point = one.asset.called, self._site.points[one.row]
        used = frame.values[one.row]
        text = f"contacts of {title} have used {used:.0f} % of their life, limit {one.limit:.0f} %"
        evidence = (found(point, one.row, frame, limit=one.limit),)
        return Words(text=text, evidence=evidence, point=point.name)
