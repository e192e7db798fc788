"""All points by asset: value with unit, quality in words, age, and who holds it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aios.control_room.sight import Place
from aios.control_room.views.held import operated
from aios.control_room.views.value import Value, value_of
from kernel.shell.wire import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPoints:
    """The points of one asset."""

    asset: str
    title: str
    values: tuple[Value, ...]


def asset_points(snapshot: Snapshot, place: Place) -> tuple[AssetPoints, ...]:
    """Word every point, grouped by asset in the order of the site's table."""
    groups: dict[str, list[Value]] = {}
    held = operated(snapshot, place)
    for state in snapshot.points:
        value = replace(value_of(state, snapshot.now_ns, table=True), held=held.get(state.point, ""))
        groups.setdefault(state.point.partition("/")[0], []).append(value)
    return tuple(
        AssetPoints(asset=asset, title=place.second_name(asset), values=tuple(values))
        for asset, values in groups.items()
    )
