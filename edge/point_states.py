"""Points as a page shows them: newest value, the moment it is about, and its quality as of the asking."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.image import ProcessImage
from kernel.point import NANOSECONDS, Kind, Point
from kernel.quality import describe, grown_old
from kernel.shell.wire import PointState
from kernel.site import Site


def point_states(site: Site, image: ProcessImage, rows: range, *, now_ns: int) -> Iterator[PointState]:
    """Word some rows of the newest image as of now.

    Where no tick comes, nobody judges: what has grown older than declared since the last one is old here too.

    Args:
        site: whose points they are.
        image: of the last tick.
        rows: which; rows past the last point are left out.
        now_ns: operational time of the asking, not before that of the image.
    """
    points = site.points[rows.start : rows.stop]
    return (_state(image, row, point, now_ns) for row, point in zip(rows, points, strict=False))


def _state(image: ProcessImage, row: int, point: Point, now_ns: int) -> PointState:
    reading = image.reading(row)
    is_old = now_ns - reading.at_ns > round(point.stale_s * NANOSECONDS)
    quality = grown_old(reading.quality) if is_old else reading.quality
    return PointState(
        point=point.name,
        unit=point.unit,
        value=reading.value,
        quality=quality,
        words=describe(quality),
        at_ns=reading.at_ns or None,
        state=point.states.get(int(reading.value), "") if point.kind is Kind.CODE else "",
    )
