"""A device is lost when it has answered before and has no good value left; each change is told once."""

from __future__ import annotations

from edge.answering import Answering
from kernel.asset import Asset
from kernel.image import empty_image, next_image
from kernel.measurement import block
from kernel.point import Point
from kernel.quality import INVALID
from kernel.site import Device, Site

S = 1_000_000_000
SITE = Site(
    name="s",
    title="S",
    base_tick_s=1.0,
    assets=(Asset(name="a", kind="feeder"),),
    points=tuple(
        Point(name=f"a/{n}", unit="1", source=source)
        for n, source in enumerate(("m1", "m2", "m1", "agent:x", "m2"))
    ),
    devices=tuple(Device(name=name, asset="a", map="none") for name in ("m1", "m2", "m3")),
    loops=(),
    digest="",
)


def told(*readings: dict[int, int]) -> list[list[tuple[str, bool]]]:
    """What is told of ticks, each given as the quality of the rows that were read."""
    answering, image = Answering(SITE), empty_image(len(SITE.points), now_ns=0)
    heard = []
    for tick, reading in enumerate(readings, start=1):
        read = block(list(reading), [1.0] * len(reading), list(reading.values()), at_ns=tick * S)
        image = next_image(image, (read,), tick=tick, now_ns=tick * S)
        heard.append(list(answering.changes(image)))
    return heard


def test_a_device_that_never_answered_is_not_lost() -> None:
    assert told({}, {0: 0, 2: 0}, {0: 0}) == [[], [], []]


def test_a_device_with_one_good_value_is_there() -> None:
    assert told({1: 0, 4: 0}, {1: INVALID, 4: 0}) == [[], []]


def test_loss_and_return_are_told_once_each() -> None:
    good, bad = {0: 0, 2: 0, 1: 0, 4: 0}, {0: INVALID, 2: INVALID, 1: 0, 4: 0}
    assert told(good, bad, bad, good, good) == [[], [("m1", True)], [], [("m1", False)], []]


def test_rows_of_no_device_keep_nobody_there() -> None:
    good = {0: 0, 1: 0, 2: 0, 3: 0, 4: 0}
    assert told(good, {row: INVALID if row != 3 else 0 for row in good})[-1] == [("m1", True), ("m2", True)]
