"""Modes of points: what a person has set, and what it does to readings and commands.

Pure. A blocked reading is frozen and old, a substituted one is a person's value, one in test is marked so:
control uses none of them. A local or blocked point is not commanded, nor is one whose effect nobody could
read back.

Source of the bits: IEC 61850-7-3, 6.2 (operatorBlocked comes with oldData; source substituted; test).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

import msgspec
import numpy as np

from kernel.image import ProcessImage, Reading, freeze
from kernel.instruction import Mode, PointMode, Unfit
from kernel.pipe.state import LOST, PipeState, Posture
from kernel.point import OnLoss, Operation, Point
from kernel.quality import BLOCKED, OLD, QUESTIONABLE, SUBSTITUTED, TEST, is_good
from kernel.site import Site

Modes = Mapping[str, PointMode]
"""By point: the instruction that set the mode; a normal point is not in it."""


class Sending(Enum):
    """What becomes of a command for a point."""

    REAL = "real"
    TEST = "test"
    """It is journalled and never queued."""
    NONE = "none"
    """None is made."""


def set_mode(site: Site, state: PipeState, told: PointMode) -> PipeState | Unfit:
    """Put a point into a mode, or back into the normal one."""
    if why := _unfit(site, told):
        return Unfit(why)
    modes = {point: mode for point, mode in state.modes.items() if point != told.point}
    if told.mode is not Mode.NORMAL:
        modes[told.point] = told
    return msgspec.structs.replace(state, modes=modes)


def _unfit(site: Site, told: PointMode) -> str:
    if told.point not in site.row:
        return f"no point {told.point} at {site.name}"
    if told.mode is Mode.SUBSTITUTED and (told.value is None or not math.isfinite(told.value)):
        return f"{told.point} is substituted by a number, not by {told.value}"
    if told.mode is not Mode.SUBSTITUTED and told.value is not None:
        return f"a value goes with substituted, not with {told.mode.value}"
    if told.mode is Mode.LOCAL and site.point(told.point).writing is None:
        return f"{told.point} can only be read: there is nothing to operate locally"
    if told.until_ns and told.until_ns <= told.at_ns:
        return f"the time of {told.mode.value} would be over at once"
    return ""


def local_points(site: Site, image: ProcessImage, before: frozenset[str]) -> frozenset[str]:
    """Name the writable points whose devices say that they are operated on the spot.

    Where a device does not say it in a good reading, what it said `before` holds.
    """
    found = set()
    for point, switch, code in site.local_switches:
        is_known = is_good(int(image.quality[switch]))
        if int(image.value[switch]) == code if is_known else point.name in before:
            found.add(point.name)
    return frozenset(found)


def sending(state: PipeState, point: Point) -> Sending:
    """Say what becomes of commands for a writable point under the modes of it and of its feedback."""
    modes = state.modes
    if not (modes or state.local) or point.writing is None:
        return Sending.REAL
    own, shown = _mode(modes, point.name), _mode(modes, point.writing.feedback or point.name)
    if point.name in state.local or own in (Mode.LOCAL, Mode.BLOCKED):
        return Sending.NONE
    if shown in (Mode.BLOCKED, Mode.SUBSTITUTED):
        return Sending.NONE
    return Sending.TEST if Mode.TEST in (own, shown) else Sending.REAL


def _mode(modes: Modes, point: str) -> Mode:
    return modes[point].mode if point in modes else Mode.NORMAL


def accepted(site: Site, readings: dict[str, Reading], modes: Modes) -> dict[str, Reading]:
    """Return readings as control sees them: a substitute is good where the site says that it may be used."""
    for point, told in modes.items():
        if told.mode is Mode.SUBSTITUTED and point in readings and site.point(point).use_substitute:
            good = readings[point].quality & ~SUBSTITUTED
            readings[point] = msgspec.structs.replace(readings[point], quality=good)
    return readings


def own_again(site: Site, state: PipeState, before: PipeState) -> PipeState:
    """Let go of set-points that are not commanded any more; what was, nobody knows the value of.

    A point that comes back is decided anew, or goes safe where nobody wants a value.
    """
    postures = dict(state.postures)
    for point in site.writable:
        was, now = sending(before, point), sending(state, point)
        if was is now:
            continue
        postures.pop(point.name, None)
        if now is Sending.REAL and goes_safe(point):
            postures[point.name] = nobody_knows()
    return msgspec.structs.replace(state, postures=postures)


def goes_safe(point: Point) -> bool:
    """Tell whether a point that nobody owns is written its safe value."""
    writing = point.writing
    if writing is None or writing.operation is Operation.PULSE:
        return False
    return writing.on_loss is OnLoss.WRITE_SAFE


def nobody_knows() -> Posture:
    """Return the posture of a set-point whose value nobody knows: it is decided anew, or goes safe."""
    return Posture(value=0.0, authority=LOST, revision="", renew_at_ns=0, command="")


def lay_over(
    site: Site, image: ProcessImage, seen: ProcessImage, *, before: Modes, modes: Modes
) -> ProcessImage:
    """Lay modes over an image that was just read; a row whose mode has ended is old until it is read again.

    Args:
        site: the substation.
        image: as it was read.
        seen: the image of the tick before, where a blocked value stays.
        before: modes of the tick before.
        modes: modes of this tick.
    """
    value, quality = image.value.copy(), image.quality.copy()
    at_ns, available = image.at_ns.copy(), image.available_at_ns.copy()
    for point, told in before.items():
        row = site.row[point]
        if modes.get(point) is not told and image.at_ns[row] <= seen.at_ns[row]:
            quality[row] = QUESTIONABLE | OLD
    for point, told in modes.items():
        row = site.row[point]
        match told.mode:
            case Mode.BLOCKED:
                value[row], at_ns[row] = seen.value[row], seen.at_ns[row]
                available[row] = seen.available_at_ns[row]
                quality[row] = QUESTIONABLE | OLD | BLOCKED | (int(seen.quality[row]) & SUBSTITUTED)
            case Mode.SUBSTITUTED:
                value[row] = told.value
                at_ns[row] = available[row] = image.now_ns
                quality[row] = SUBSTITUTED
            case Mode.TEST:
                quality[row] |= np.uint16(TEST)
            case _:
                pass
    return freeze(replace(image, value=value, quality=quality, at_ns=at_ns, available_at_ns=available))
