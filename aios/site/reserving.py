"""Checks of points that only the kernel writes: selects that reserve a device, and heartbeats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kernel.point import OnLoss, Point


def check_reserving(points: Sequence[Point], base_tick_s: float) -> Iterator[tuple[str, str, str]]:
    """Find selects that cannot reserve, and heartbeats that cannot beat; yields point, field, text."""
    by_name = {point.name: point for point in points}
    for point in points:
        writing = point.writing
        if writing is None:
            continue
        if writing.select:
            yield from ((point.name, "select", text) for text in _select_mistakes(point, by_name))
        if writing.heartbeat_s is not None:
            if writing.heartbeat_s < base_tick_s:
                text = (
                    f"heartbeat_s {writing.heartbeat_s:g} s is shorter than the base tick {base_tick_s:g} s"
                )
                yield point.name, "heartbeat_s", text
            if writing.high - writing.low < 1.0:
                yield point.name, "high", "a heartbeat counts: its register needs two values at least"


def _select_mistakes(point: Point, by_name: Mapping[str, Point]) -> Iterator[str]:
    writing = point.writing
    assert writing is not None  # noqa: S101 - asked for writable points only
    select = by_name.get(writing.select)
    if select is None or select.writing is None:
        yield f"{writing.select} reserves the device for {point.name}, and is no writable point"
        return
    if not select.writing.low <= writing.select_value <= select.writing.high:
        yield f"select_value {writing.select_value:g} lies outside the bounds of {select.name}"
    cancel = writing.cancel_value
    if cancel is not None and (
        cancel != select.writing.safe_value or select.writing.on_loss is not OnLoss.WRITE_SAFE
    ):
        yield (
            f"cancel_value {cancel:g} must be the safe value of {select.name}, with on_loss write_safe: "
            "only the safe set is written without asking"
        )
