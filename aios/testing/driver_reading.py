"""Rules of reading: every row, honest quality, honest time, the device's own values."""

from __future__ import annotations

import asyncio
import math
from typing import Final

import numpy as np

from aios.testing.driver_rule import Rule
from aios.testing.driver_scene import Broken, Scene, all_invalid
from aios.testing.fault_proxy import WireFaults
from kernel.quality import is_good

_LOOKS: Final = 5


async def _says_who_it_is(scene: Scene) -> str:
    driver = scene.driver
    if not driver.name or len(set(driver.points)) < len(driver.points):
        raise Broken(f"name {driver.name!r}, points {driver.points}")
    if len(driver.points) != len(scene.bench.rows):
        raise Broken(f"{len(driver.points)} points for {len(scene.bench.rows)} rows")
    return f"{driver.name} with {len(driver.points)} points"


async def _starts_without_its_device(scene: Scene) -> str:
    await scene.vanish()
    await scene.open()
    block = await scene.read()
    if not all_invalid(block):
        raise Broken("rows count as read, and the device has never been there")
    return "opened and read without a device; every row invalid"


async def _one_row_a_point(scene: Scene) -> str:
    await scene.open()
    block = await scene.good()
    return f"{len(block)} rows in the order of the points, whole arrays"


async def _answers(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    return "a device that answers is read good"


async def _a_hole_is_a_quality(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    for point in scene.bench.shown:
        scene.show(0)
        if scene.bench.show is not None:
            scene.bench.show(point, math.nan)
        await _looked_at_a_hole(scene, point)
    return f"{len(scene.bench.shown)} points without a value: invalid, and a finite number"


async def _looked_at_a_hole(scene: Scene, point: str) -> None:
    """Read until the other points are good; the one without a value must not be."""
    place = scene.driver.points.index(point)
    for _ in range(_LOOKS):
        block = await scene.read()
        good = [is_good(int(quality)) for quality in block.quality]
        if good[place]:
            raise Broken(f"{point} has no value, and reads {block.value[place]:.9g}, good")
        if sum(good) == len(good) - 1:
            return
    raise Broken(f"{point} has no value, and takes other points with it: good are {sum(good)} of {len(good)}")


async def _tells_its_times(scene: Scene) -> str:
    await scene.open()
    first = await scene.good()
    asked_ns = scene.bench.clock.now_ns()
    second = await scene.good()
    if (second.at_ns < asked_ns).any():
        raise Broken("a fresh reading is about a time before it was asked for")
    if (second.at_ns < first.at_ns).any():
        raise Broken("the time of a row went back")
    return "each row is about the time of its reading, and known when it came"


async def _follows_the_device(scene: Scene) -> str:
    await scene.open()
    for which in (0, 1, 0):
        wanted = scene.show(which)
        wrong = scene.differing(await scene.good(), wanted)
        if wrong:
            raise Broken(f"after the device's values changed {wrong}")
    return f"{len(scene.bench.shown)} points changed twice with the device"


async def _reads_the_reference(scene: Scene) -> str:
    await scene.open()
    for example in scene.bench.reference:
        example.put()
        wrong = scene.differing(await scene.good(), example.means)
        if wrong:
            raise Broken(f"{wrong} ({example.source}): look at word order, sign, scale and offset")
    return "; ".join(example.source for example in scene.bench.reference)


async def _away_is_not_good(scene: Scene) -> str:
    await scene.open()
    wanted = scene.show(0)
    present = await scene.good()
    await scene.vanish()
    for _ in range(2):
        away = await scene.read()
        if not all_invalid(away):
            raise Broken("a device is away, and rows of it are not invalid in the next reading")
        if (away.at_ns > scene.bench.clock.now_ns()).any() or (away.at_ns < present.at_ns).any():
            raise Broken("the time of a row moved while nothing was read", "tells_its_times")
    if wrong := scene.differing(away, wanted, good_only=False):
        raise Broken(f"the last value is not kept: {wrong}")
    return "invalid in the first reading after it went, with the last value and its time"


async def _is_bounded_in_time(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    await scene.vanish()
    took_s = [await _taken(scene)]
    if scene.bench.address is not None:
        await scene.appear()
        await scene.good()
        scene.wire.to_client.faults = WireFaults(slice_bytes=1, slice_pause_s=scene.bench.timeout_s / 2)
        took_s.append(await _taken(scene))
    longest_s = scene.bench.patience_s
    if max(took_s) > longest_s:
        raise Broken(f"a reading took {max(took_s):.2f} s of at most {longest_s} s")
    return f"at most {max(took_s):.2f} s in silence and of a trickle"


async def _taken(scene: Scene) -> float:
    loop = asyncio.get_running_loop()
    begin_s = loop.time()
    await scene.read()
    return loop.time() - begin_s


async def _does_not_block(scene: Scene) -> str:
    await scene.open()
    await scene.read()
    gaps_s = []
    for _ in range(
        _GAPS_LOOKED_FOR
    ):  # a machine under load has gaps of its own; a driver that blocks has them always
        await scene.vanish()
        gaps_s.append(await _longest_gap(scene))
        await scene.appear()
        if gaps_s[-1] < _GAP_S:
            return f"the loop went on within {gaps_s[-1] * 1000:.0f} ms while a reading waited"
    raise Broken(f"the loop stood still for {min(gaps_s) * 1000:.0f} ms while a reading waited")


_GAP_S: Final = 0.05
"""Real seconds for which a driver may hold up the loop: half of the shortest loop."""

_GAPS_LOOKED_FOR: Final = 12
"""How often is looked: a loop that goes on is seen once, and no load hides it twelve times."""


async def _longest_gap(scene: Scene) -> float:
    """Return how long the loop stood still at most during two readings of a silent device."""
    loop = asyncio.get_running_loop()
    looks = [loop.time()]

    async def look() -> None:
        while True:
            await asyncio.sleep(0.005)
            looks.append(loop.time())

    looking = asyncio.ensure_future(look())
    try:
        await scene.read()
        await scene.read()
        await asyncio.sleep(0.01)
    finally:
        looking.cancel()
        await asyncio.wait([looking])
    return float(np.diff([*looks, loop.time()]).max())


RULES: Final = (
    Rule(
        name="says_who_it_is",
        claim="has a name, and each of its points once",
        do="Set `name` to that of its device, and `points` to the names it was given",
        check=_says_who_it_is,
    ),
    Rule(
        name="starts_without_its_device",
        claim="opens and reads while its device is away",
        do="A device that is away is no error: connect at the next reading, and give invalid rows until then",
        needs=("away",),
        check=_starts_without_its_device,
    ),
    Rule(
        name="answers",
        claim="reads a device that answers, and calls it good",
        do="Look at the qualities it gives, and at the log: nothing was in the way",
        check=_answers,
    ),
    Rule(
        name="one_row_a_point",
        claim="every reading has one row a point, in order, whatever happens",
        do="Fill the arrays once, for all points, and mark what could not be read with a quality",
        check=_one_row_a_point,
    ),
    Rule(
        name="raises_nothing",
        claim="`open`, `read` and `write` raise nothing, whatever the device does",
        do="Catch what the link raises where it is called; a failure is a quality, or a report",
        check=_answers,
    ),
    Rule(
        name="a_hole_is_a_quality",
        claim="a point without a value is invalid and finite, and takes no other point with it",
        do="Where the device says NaN or not implemented, set INVALID, and keep the last value or 0.0",
        needs=("holes", "shown"),
        check=_a_hole_is_a_quality,
    ),
    Rule(
        name="tells_its_times",
        claim="a row is about the moment before it was asked for, and known when it came",
        do="Take the clock before the request for `at_ns`, and after the answer for `available_at_ns`",
        check=_tells_its_times,
    ),
    Rule(
        name="follows_the_device",
        claim="a reading shows what the device has now",
        do="Never answer a reading from what an earlier one left",
        needs=("show", "shown"),
        check=_follows_the_device,
    ),
    Rule(
        name="reads_the_reference",
        claim="raw content of the specification reads as the specification says",
        do="Compare word order, byte order, sign, scale and offset with the vendor's example",
        needs=("reference",),
        check=_reads_the_reference,
    ),
    Rule(
        name="away_is_not_good",
        claim="rows of a device that went away are invalid at once, with the last value and its time",
        do="Mark every row INVALID when its request failed; leave value and `at_ns` as they were",
        needs=("away",),
        check=_away_is_not_good,
    ),
    Rule(
        name="is_bounded_in_time",
        claim="a reading ends within `patience_s`, in silence and of a trickle of bytes",
        do="One time-out over the whole answer, not one a byte; end the poll at the first silence",
        needs=("away",),
        check=_is_bounded_in_time,
    ),
    Rule(
        name="does_not_block",
        claim="the loop goes on while the driver waits",
        do="Await; no time.sleep, no blocking socket, no synchronous client library in the loop",
        needs=("away",),
        check=_does_not_block,
    ),
)
