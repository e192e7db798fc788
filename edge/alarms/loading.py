"""Is a transformer loaded or heated beyond what it may be?

Load current over rated current: beyond 1 it ages faster than planned, beyond the limit of normal cyclic
loading it must be relieved at once. Hot spot and top oil against the limits of the same mode of loading.

Source: IEC 60076-7 (2018), limits of normal cyclic loading of medium power transformers, in `rules.toml`;
a test holds that they are those by which assets are assessed (`edge/maintenance/thermal.toml`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words, found
from kernel.asset import Asset
from kernel.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """One value of one transformer and what it may be."""

    condition: str
    asset: Asset
    row: int
    per_unit: float
    """What the value is multiplied with before it is held against the limit."""
    limit: float
    near: float
    """Below this it is well within."""
    unit: str
    what: str


class TransformerLimits(SeenAtOnce):
    """Loading, hot spot and top oil of every transformer that shows them."""

    period_s = 10.0

    def __init__(self, site: Site) -> None:
        """Find the limits of a site."""
        self._site = site
        self._limits = tuple(
            limit for asset in site.assets if asset.kind == "transformer" for limit in _limits(site, asset)
        )
        self.definitions: tuple[Definition, ...] = tuple(
            defined(limit.condition, limit.asset.name) for limit in self._limits
        )

    def look(self, frame: Frame) -> Overs:
        """Return what is near its limit or beyond it."""
        overs: dict[int, float | None] = {}
        values, good = frame.values, frame.good
        for number, limit in enumerate(self._limits):
            if good is not None and not good[limit.row]:
                overs[number] = None
            elif (value := values[limit.row] * limit.per_unit) > limit.near:
                overs[number] = value - limit.limit
        return overs

    def words(self, number: int, frame: Frame) -> Words:
        """Say the value and its limit."""
        limit = self._limits[number]
        value = frame.values[limit.row] * limit.per_unit
        title = limit.asset.called
        text = f"{limit.what} of {title} is {value:.0f} {limit.unit}, limit {limit.limit:.0f} {limit.unit}"
        point = self._site.points[limit.row]
        seen = found(point, limit.row, frame, limit=limit.limit / limit.per_unit)
        return Words(text=text, evidence=(seen,), point=point.name)


def _limits(site: Site, asset: Asset) -> Iterator[_Limit]:
    kva = asset.ratings.get("power_kva")
    kv = asset.ratings.get("secondary_kv") or asset.ratings.get("voltage_kv")
    amperes = asset.ratings.get("rated_current_a") or (kva / (math.sqrt(3.0) * kv) if kva and kv else None)
    ways = [
        ("hot_spot", "hot_spot_temperature", 1.0, "degC", "hot spot"),
        ("top_oil", "top_oil_temperature", 1.0, "degC", "top oil"),
    ]
    if amperes:
        per_ampere = 100.0 / amperes
        ways = [
            ("transformer_loading", "load_current", per_ampere, "%", "loading"),
            ("transformer_overload", "load_current", per_ampere, "%", "loading"),
            *ways,
        ]
    for condition, quantity, per_unit, unit, what in ways:
        rule = defined(condition, "").rule
        row = site.row.get(f"{asset.name}/{quantity}")
        if row is not None:
            limit = rule.limits["percent" if unit == "%" else "temperature_c"]
            yield _Limit(
                condition=condition,
                asset=asset,
                row=row,
                per_unit=per_unit,
                limit=limit,
                near=limit - 2.0 * rule.deadband,
                unit=unit,
                what=what,
            )
