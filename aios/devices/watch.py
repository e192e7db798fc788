"""Watching: the values of one device as they come, from a running gateway or from the device itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from kernel.measurement import Block
from kernel.point import Point
from kernel.quality import describe
from kernel.shell.wire import Snapshot
from kernel.site import Site

if TYPE_CHECKING:
    from rich.table import Table


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it is watched."""

    point: str
    value: float
    unit: str
    state: str
    """Name of the code, for discrete points."""
    quality: str
    """In words."""
    age_s: float | None
    """Since the moment it is about, seconds; None where it was never read."""
    changed: bool = False
    """Whether it differs from the look before."""


def of_gateway(seen: Snapshot, site: Site, device: str) -> tuple[Shown, ...]:
    """Return the points of a device as its gateway knows them."""
    served = {point.name for point in site.points if point.source == device}
    return tuple(
        Shown(
            point=one.point,
            value=one.value,
            unit=one.unit,
            state=one.state,
            quality=one.words,
            age_s=None if one.at_ns is None else (seen.now_ns - one.at_ns) / 1e9,
        )
        for one in seen.points
        if one.point in served
    )


def of_block(block: Block, points: Sequence[Point], now_ns: int) -> tuple[Shown, ...]:
    """Return the points of a device as it has just answered."""
    return tuple(
        Shown(
            point=point.name,
            value=float(block.value[row]),
            unit=point.unit,
            state=point.states.get(int(block.value[row]), "") if point.states else "",
            quality=describe(int(block.quality[row])),
            age_s=(now_ns - int(block.at_ns[row])) / 1e9 if block.at_ns[row] else None,
        )
        for row, point in enumerate(points)
    )


def marked(now: Sequence[Shown], before: Sequence[Shown]) -> tuple[Shown, ...]:
    """Mark what has changed since the look before."""
    old = {one.point: (one.value, one.quality) for one in before}
    return tuple(
        msgspec.structs.replace(one, changed=old.get(one.point, now_of) != now_of)
        for one in now
        for now_of in [(one.value, one.quality)]
    )


def table_of(shown: Sequence[Shown], title: str) -> Table:
    """Lay the values out for a terminal."""
    from rich.table import Table as Drawn  # noqa: PLC0415 - only where somebody looks

    table = Drawn(title=title, title_justify="left", box=None, pad_edge=False)
    for heading, justify in (("point", "left"), ("value", "right"), ("unit", "left"), ("", "left")):
        table.add_column(heading, justify="right" if justify == "right" else "left", no_wrap=True)
    table.add_column("age", justify="right", no_wrap=True)
    table.add_column("quality", no_wrap=True)
    for one in shown:
        age = "never read" if one.age_s is None else f"{one.age_s:.1f} s"
        table.add_row(
            one.point,
            one.state or f"{one.value:.7g}",
            one.unit,
            "*" if one.changed else "",
            age,
            one.quality,
            style=None if one.quality == "good" else "yellow",
        )
    return table
