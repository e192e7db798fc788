"""A site says what reserves a device and what beats; what cannot work is found when it is loaded."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from aios.site.reserving import check_reserving
from kernel.point import OnLoss, Point, Writing


def writing(**more: Any) -> Writing:
    return Writing(**(dict(low=0.0, high=1.0, safe_value=0.0, on_loss=OnLoss.WRITE_SAFE) | more))


def found(close: dict[str, Any], select: dict[str, Any] | None = None, tick_s: float = 1.0) -> list[str]:
    points = [Point(name="cb/close", unit="1", writing=writing(**close))]
    if select is not None:
        points.append(Point(name="cb/select", unit="1", writing=writing(**select)))
    return [field for _, field, _ in check_reserving(points, tick_s)]


SOUND = dict(select="cb/select", cancel_value=0.0)


@pytest.mark.parametrize(
    ("close", "select", "fields"),
    [
        (SOUND, {}, []),
        (SOUND, None, ["select"]),
        (SOUND | dict(select_value=2.0), {}, ["select"]),
        (SOUND, dict(on_loss=OnLoss.HOLD), ["select"]),
        (SOUND, dict(safe_value=1.0), ["select"]),
        (dict(heartbeat_s=1.0), None, []),
        (dict(heartbeat_s=0.5), None, ["heartbeat_s"]),
        (dict(heartbeat_s=1.0, high=0.5), None, ["high"]),
    ],
    ids=str,
)
def test_what_cannot_reserve_or_beat_is_found(
    close: dict[str, Any], select: dict[str, Any] | None, fields: list[str]
) -> None:
    assert found(close, select) == fields


def test_a_select_may_be_read_only_by_mistake_and_that_is_found() -> None:
    close = Point(name="cb/close", unit="1", writing=writing(select="cb/select"))
    select = msgspec.structs.replace(close, name="cb/select", writing=None)
    assert [field for _, field, _ in check_reserving([close, select], 1.0)] == ["select"]
