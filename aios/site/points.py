"""Points of a site: from the register maps of its devices, its agents, and what the site file changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from aios.site.schema import PlausibilitySection, PointSection, SiteFile, WritingSection
from drivers.modbus.map import load_map
from kernel.point import OnLoss, Plausibility, Point, Writing

STALE_TICKS: Final = 2.5
"""A reading counts as old after two missed readings, whatever its register map says of faster sites."""


def mapped_points(file: SiteFile, folder: Path) -> Iterator[Point]:
    """Yield the points that the devices serve, device by device.

    Raises:
        drivers.modbus.map_file.MapInvalid: a register map has mistakes.
        FileNotFoundError: there is no such map.
    """
    stale_s = file.site.stale_s or STALE_TICKS * file.site.base_tick_s
    for device in file.device:
        for point in load_map(map_path(device.map, folder)).points(device.asset, source=device.name):
            yield msgspec.structs.replace(point, stale_s=max(point.stale_s, stale_s))


def map_path(name: str, folder: Path) -> str | Path:
    """Return a shipped map by name, or the path of a map beside the site file."""
    return folder / name if name.endswith(".toml") else name


def with_changes(point: Point, section: PointSection) -> Point:
    """Lay what the site file says over a point of a register map."""
    changed = msgspec.structs.replace(
        point,
        unit=section.unit or point.unit,
        source=section.source or point.source,
        stale_s=section.stale_s or point.stale_s,
    )
    if section.plausibility is not None:
        rules = _plausibility(point.plausibility, section.plausibility)
        changed = msgspec.structs.replace(changed, plausibility=rules)
    if section.writing is not None and point.writing is not None:
        changed = msgspec.structs.replace(changed, writing=_writing(point.writing, section.writing))
    return changed


def computed(section: PointSection) -> Point:
    """Make a point that an agent computes."""
    point = Point(name=section.name, unit=section.unit or "1", source=section.source or "")
    return with_changes(point, section)


def _plausibility(before: Plausibility | None, section: PlausibilitySection) -> Plausibility:
    stated = section.model_dump(exclude_none=True)
    if before is None:
        before = Plausibility(low=float("-inf"), high=float("inf"))
    return msgspec.structs.replace(before, **stated)


def _writing(before: Writing, section: WritingSection) -> Writing:
    stated = section.model_dump(exclude_none=True)
    if "on_loss" in stated:
        stated["on_loss"] = OnLoss(stated["on_loss"])
    return msgspec.structs.replace(before, **stated)
