"""What policy may know of the site: a plain document built from the frozen site, the same in every run."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kernel.asset import Asset
from kernel.point import NANOSECONDS, Point
from kernel.quality import CLOCK_NOT_SYNCHRONISED, UNUSABLE
from kernel.site import Site, WorkPermit

Document = dict[str, Any]


def site_document(site: Site) -> Document:
    """Describe a site as policies see it: `data.site`.

    Every asset carries the transformers that feed it, so that no policy has to search the network; every
    writable point repeats what policies ask of its asset, because each look-up costs them.
    """
    beside = _beside(site)
    return {
        "name": site.name,
        "time_zone": site.time_zone,
        "unusable": UNUSABLE,
        "clock_not_synchronised": CLOCK_NOT_SYNCHRONISED,
        "agents": {loop.agent: _kind(loop.kind) for loop in site.loops},
        "connections": _connections(site),
        "points": {point.name: _point(site, point, beside) for point in site.points},
        "assets": {asset.name: _asset(site, asset) for asset in site.assets},
        "permits": [_permit(permit, _zone(site.time_zone)) for permit in site.permits],
    }


def chain(site: Site, name: str) -> tuple[Asset, ...]:
    """Return what feeds an asset, nearest first.

    Raises:
        ValueError: an upstream is not declared, or the network feeds itself in a circle.
    """
    feeding: list[Asset] = []
    upstream = site.asset[name].upstream
    while upstream:
        if upstream not in site.asset:
            raise ValueError(f"asset {name} is fed by {upstream}, which the site does not declare")
        if upstream == name or any(asset.name == upstream for asset in feeding):
            raise ValueError(f"asset {name} is fed in a circle through {upstream}")
        feeding.append(site.asset[upstream])
        upstream = feeding[-1].upstream
    return tuple(feeding)


def _beside(site: Site) -> dict[str, Document]:
    """Return, for each asset, its points by quantity: where a policy finds what a written asset does now."""
    beside: dict[str, Document] = {}
    scan_s = {device.name: device.scan_s or site.base_tick_s for device in site.devices}
    for point in site.points:
        quantities = beside.setdefault(point.asset, {})
        quantities[point.quantity] = {
            "point": point.name,
            "stale_s": point.stale_s,
            "scan_s": scan_s.get(point.source, site.base_tick_s),
        }
    return beside


def _kind(kind: str) -> str:
    """Return the kind of an agent as policy knows it: of a file its name, wherever it stands.

    >>> _kind("peak_shaving"), _kind("file:/srv/nord/mine.py")
    ('peak_shaving', 'file:mine.py')
    """
    scheme, is_file, path = kind.partition("file:")
    return f"file:{path.rpartition('/')[2]}" if is_file and not scheme else kind


def _connections(site: Site) -> Document:
    """Return, for each connection, what hangs on it by kind with its rated power: the nearest one counts."""
    behind: Document = {asset.name: [] for asset in site.assets if asset.kind == "connection"}
    for asset in site.assets:
        connection = _connection(site, asset)
        if connection and asset.name != connection:
            power_kw = asset.ratings.get("power_kw")
            behind[connection].append({"asset": asset.name, "kind": asset.kind, "power_kw": power_kw})
    return behind


def _connection(site: Site, asset: Asset) -> str:
    """Name the connection that an asset is, or hangs on; empty where there is none."""
    line = (asset, *chain(site, asset.name))
    return next((one.name for one in line if one.kind == "connection"), "")


def _point(site: Site, point: Point, beside: dict[str, Document]) -> Document:
    facts: Document = {
        "asset": point.asset,
        "quantity": point.quantity,
        "unit": point.unit,
        "stale_s": point.stale_s,
    }
    if point.writing is not None:
        facts["operation"] = point.writing.operation.value
        facts["renew_s"] = point.writing.renew_s
        facts["low"] = point.writing.low
        facts["high"] = point.writing.high
        facts["select"] = point.writing.select
        facts["beside"] = beside[point.asset]
        asset = site.asset.get(point.asset)
        facts |= _place(site, asset) | _hung(site, asset) if asset is not None else {}
    return facts


def _place(site: Site, asset: Asset) -> Document:
    """Say what an asset is, and where it hangs."""
    return {
        "kind": asset.kind,
        "title": asset.called,
        "zone": asset.zone,
        "transformers": [up.name for up in chain(site, asset.name) if up.kind == "transformer"],
    }


def _hung(site: Site, asset: Asset) -> Document:
    """Say what feeds an asset, how it is rated, and on which connection it hangs."""
    return {"upstream": asset.upstream, "ratings": asset.ratings, "connection": _connection(site, asset)}


def _asset(site: Site, asset: Asset) -> Document:
    facts = _place(site, asset) | _hung(site, asset)
    if asset.kind == "transformer":
        for quantity in ("load_current", "active_power", "hot_spot_temperature", "loading_mode"):
            name = f"{asset.name}/{quantity}"
            facts[quantity.removesuffix("_temperature")] = name if name in site.row else ""
        facts |= rated_load(asset)
    return facts


def rated_load(transformer: Asset) -> Document:
    """Return rated power (kVA) and rated current on the measured side (A); empty where not declared.

    Ratings read: `power_kva` (or `power_kw`, taken as kVA), and `rated_current_a` or `secondary_kv`.
    I = S / (sqrt(3) U), the rated current of a three-phase transformer.

    >>> rated = Asset(name="t1", kind="transformer", ratings={"power_kva": 25000.0, "secondary_kv": 20.0})
    >>> round(rated_load(rated)["rated_current_a"], 1)
    721.7
    """
    ratings = transformer.ratings
    power_kva = ratings.get("power_kva", ratings.get("power_kw", 0.0))
    if power_kva <= 0.0:
        return {}
    kv = ratings.get("secondary_kv", 0.0)
    current_a = ratings.get("rated_current_a", power_kva / (math.sqrt(3.0) * kv) if kv > 0.0 else 0.0)
    return {"rated_kva": power_kva} | ({"rated_current_a": current_a} if current_a > 0.0 else {})


def _permit(permit: WorkPermit, zone: tzinfo) -> Document:
    until = datetime.fromtimestamp(permit.until_ns // NANOSECONDS, tz=zone)
    return {
        "id": permit.id,
        "zone": permit.zone,
        "holder": permit.holder,
        "from_ns": permit.from_ns,
        "until_ns": permit.until_ns,
        "until_text": until.strftime("%Y-%m-%d %H:%M %Z"),
    }


def _zone(name: str) -> tzinfo:
    """Return the site's time zone; UTC where the machine has no such entry (the text then says UTC)."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return UTC
