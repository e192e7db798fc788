"""All points by asset: value with unit, quality in words, age."""

from __future__ import annotations

from dataclasses import dataclass

from aios.control_room.sight import Place
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
    for state in snapshot.points:
        value = value_of(state, snapshot.now_ns, table=True)
        groups.setdefault(state.point.partition("/")[0], []).append(value)
    return tuple(
        AssetPoints(asset=asset, title=place.second_name(asset), values=tuple(values))
        for asset, values in groups.items()
    )
