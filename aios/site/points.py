"""Points of a site: from the register maps of its devices, its agents, and what the site file changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from aios.site.schema import PlausibilitySection, PointSection, SiteFile, SiteSection, WritingSection
from drivers.modbus.map import load_map
from kernel.ladder import STATES
from kernel.point import Kind, OnLoss, Plausibility, Point, Writing

STALE_TICKS: Final = 2.5
"""A reading counts as old after two missed readings, whatever its register map says of faster sites."""

NEVER_OLD_S: Final = 1e9
"""Seconds: a rung stays what it is until it changes."""
VALID_TICKS: Final = 2.0
"""A command stays valid for at least two base ticks: the wire may be busy for one."""


def mapped_points(file: SiteFile, folder: Path) -> Iterator[Point]:
    """Yield the points that the devices serve, device by device.

    Raises:
        drivers.modbus.map_file.MapInvalid: a register map has mistakes.
        FileNotFoundError: there is no such map.
    """
    for device in file.device:
        for point in load_map(map_path(device.map, folder)).points(device.asset, source=device.name):
            yield _in_time(point, file.site, device.scan_s or 0.0)


def _in_time(point: Point, site: SiteSection, scan_s: float) -> Point:
    """Fit the times of a register map, which speak of the device, to a site that looks less often."""
    stale_s = max(point.stale_s, site.stale_s or STALE_TICKS * site.base_tick_s, STALE_TICKS * scan_s)
    if point.writing is None:
        return msgspec.structs.replace(point, stale_s=stale_s)
    writing = msgspec.structs.replace(
        point.writing,
        feedback_s=max(point.writing.feedback_s, stale_s),
        validity_s=max(point.writing.validity_s, VALID_TICKS * site.base_tick_s),
    )
    return msgspec.structs.replace(point, stale_s=stale_s, writing=writing)


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
        use_substitute=section.use_substitute or point.use_substitute,
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


def rung_point(agent: str) -> Point:
    """Make the point that shows where an agent stands on the ladder; its time is that of the last change."""
    return Point(
        name=f"{agent}/rung", unit="1", kind=Kind.CODE, source="kernel", stale_s=NEVER_OLD_S, states=STATES
    )


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
