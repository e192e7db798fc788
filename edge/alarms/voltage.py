"""The voltage of every busbar against what customers are promised, and against the site's own band.

A busbar's voltage is the median of what the meters on it show, so that one bad meter neither raises nor hides
an alarm.

Source: EN 50160, supply voltage variations: within 10 % of nominal (memory). The narrower band is the site's:
rating `voltage_band_percent` of the asset that feeds the busbar.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge.alarms.busbars import busbars
from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words, all_found, middle
from kernel.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One busbar, or the connection itself."""

    asset: str
    title: str
    rows: tuple[int, ...]
    """Of the voltages that are measured there."""
    nominal_kv: float
    band_percent: float
    limit_percent: float


class Voltage(SeenAtOnce):
    """Voltage limit and band of every busbar: alarm 2n is the limit of place n, 2n + 1 its band."""

    period_s = 5.0

    def __init__(self, site: Site) -> None:
        """Find the voltages of a site."""
        self._site = site
        self._places = tuple(_places(site))
        self.definitions: tuple[Definition, ...] = tuple(
            defined(condition, place.asset)
            for place in self._places
            for condition in ("voltage_limit", "voltage_band")
        )

    def look(self, frame: Frame) -> Overs:
        """Return the places whose voltage is near or outside its band."""
        overs: dict[int, float | None] = {}
        for number, place in enumerate(self._places):
            off = _off_percent(place, frame)
            if off is None:
                overs[2 * number] = overs[2 * number + 1] = None
            elif off > place.band_percent - 1.0 or off > place.limit_percent - 1.0:
                overs[2 * number] = off - place.limit_percent
                overs[2 * number + 1] = off - place.band_percent
        return overs

    def words(self, number: int, frame: Frame) -> Words:
        """Say how far off the voltage is."""
        place = self._places[number // 2]
        percent = place.band_percent if number % 2 else place.limit_percent
        volts = _volts(place, frame)
        kv = middle(volts) if volts else 0.0
        off = 100.0 * (kv / place.nominal_kv - 1.0)
        text = (
            f"voltage of {place.title} is {kv:.2f} kV, {off:+.1f} % of {place.nominal_kv:g} kV; "
            f"limit {percent:g} %"
        )
        return Words(text=text, evidence=all_found(self._site, place.rows, frame))


def _volts(place: _Place, frame: Frame) -> list[float]:
    good = frame.good
    return [frame.values[row] for row in place.rows if good is None or good[row]]


def _off_percent(place: _Place, frame: Frame) -> float | None:
    """Return how far the voltage is from nominal, % of it; None where no meter shows it well."""
    volts = _volts(place, frame)
    if not volts:
        return None
    kv = volts[0] if len(volts) == 1 else middle(volts)
    return abs(100.0 * kv / place.nominal_kv - 100.0)


def _places(site: Site) -> Iterable[_Place]:
    """Yield the busbars with a voltage that is measured, and every connection with one."""
    limit = defined("voltage_limit", "").rule.limits["percent"]
    band = defined("voltage_band", "").rule.limits["percent"]
    metered = {asset.name: site.row.get(f"{asset.name}/voltage") for asset in site.assets}
    seen: set[tuple[int, ...]] = set()
    for busbar in busbars(site):
        own = metered[busbar.behind.name]
        assets = [busbar.behind] if own is not None else [branch.asset for branch in busbar.branches]
        shown = [
            (asset.ratings["voltage_kv"], row)
            for asset in assets
            if (row := metered[asset.name]) is not None and asset.ratings.get("voltage_kv")
        ]
        rows = tuple(row for _, row in shown)
        if not shown or len({kv for kv, _ in shown}) > 1 or rows in seen:
            continue  # several nominal voltages, or the busbar of one that is looked at already
        seen.add(rows)
        behind = busbar.behind
        yield _Place(
            asset=behind.name,
            title=behind.called,
            rows=rows,
            nominal_kv=shown[0][0],
            band_percent=behind.ratings.get("voltage_band_percent", band),
            limit_percent=limit,
        )
