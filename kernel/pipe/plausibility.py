"""Plausibility: what makes a value believable, judged for all points at once.

Pure. A value that fails keeps its number and gets a quality that says why; control never uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kernel.image import ProcessImage, freeze
from kernel.measurement import Times, Values
from kernel.point import NANOSECONDS, Kind, Point
from kernel.quality import (
    FAILURE,
    INCONSISTENT,
    INVALID,
    OLD,
    OUT_OF_RANGE,
    QUESTIONABLE,
    VALIDITY,
    Quality,
    good_mask,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rules:
    """What is declared about N points; infinity where nothing is."""

    low: Values
    high: Values
    rate_per_s: Values
    unchanged_ns: Values
    stale_ns: Times

    @classmethod
    def of(cls, points: Sequence[Point]) -> Rules:
        """Collect the rules of a site's points, in table order."""
        declared = [point.plausibility for point in points]
        return cls(
            low=np.array([-np.inf if rule is None else rule.low for rule in declared]),
            high=np.array([np.inf if rule is None else rule.high for rule in declared]),
            rate_per_s=np.array(
                [np.inf if rule is None or rule.rate_per_s is None else rule.rate_per_s for rule in declared]
            ),
            unchanged_ns=np.array(
                [
                    np.inf if rule is None or rule.unchanged_s is None else rule.unchanged_s * NANOSECONDS
                    for rule in declared
                ]
            ),
            stale_ns=np.array([round(point.stale_s * NANOSECONDS) for point in points], dtype=np.int64),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watch:
    """What plausibility remembers of N points between ticks."""

    believed: Values
    """Last value that was believed."""
    believed_at_ns: Times
    """When that value was measured; 0 before the first."""
    seen: Values
    """Last value that was read, believed or not."""
    changed_at_ns: Times
    """When the read value last changed."""


def no_watch(count: int) -> Watch:
    """Return the memory before anything was read."""
    return Watch(
        believed=np.zeros(count),
        believed_at_ns=np.zeros(count, dtype=np.int64),
        seen=np.full(count, np.inf),
        changed_at_ns=np.zeros(count, dtype=np.int64),
    )


def screen(image: ProcessImage, watch: Watch, rules: Rules) -> tuple[ProcessImage, Watch]:
    """Judge every value of an image; return the image with its qualities, and the new memory.

    A value outside its range is questionable and out of range; one that jumped faster than declared is
    questionable and inconsistent until time makes the step believable; one that never changes is
    questionable and failed; one that is older than declared is questionable and old.
    """
    value, at_ns = image.value, image.at_ns
    fresh = (image.quality & VALIDITY) == 0
    moved = fresh & (value != watch.seen)
    changed_at = np.where(moved, at_ns, watch.changed_at_ns)
    reasons = _reasons(image, watch, rules, fresh=fresh, changed_at=changed_at)
    quality = _worse(image.quality, reasons)
    believed = good_mask(quality)  # a value in test or substituted by hand is no measure of the next one
    return freeze(_with_quality(image, quality)), Watch(
        believed=np.where(believed, value, watch.believed),
        believed_at_ns=np.where(believed, at_ns, watch.believed_at_ns),
        seen=np.where(fresh, value, watch.seen),
        changed_at_ns=changed_at,
    )


def _reasons(
    image: ProcessImage, watch: Watch, rules: Rules, *, fresh: NDArray[np.bool_], changed_at: Times
) -> Quality:
    outside = fresh & ((image.value < rules.low) | (image.value > rules.high))
    since_s = (image.at_ns - watch.believed_at_ns) / NANOSECONDS
    # 0 s times an undeclared (infinite) rate is NaN; its comparison is False, as wanted.
    with np.errstate(invalid="ignore"):
        allowed = rules.rate_per_s * np.maximum(since_s, 0.0)
        jumped = fresh & (watch.believed_at_ns > 0) & (np.abs(image.value - watch.believed) > allowed)
    stuck = fresh & ((image.at_ns - changed_at) > rules.unchanged_ns)
    old = (image.now_ns - image.at_ns) > rules.stale_ns
    reasons: Quality = np.zeros(len(image.value), dtype=np.uint16)
    for mask, bit in ((outside, OUT_OF_RANGE), (jumped, INCONSISTENT), (stuck, FAILURE), (old, OLD)):
        reasons |= np.where(mask, np.uint16(bit), np.uint16(0))
    return reasons


def _worse(quality: Quality, reasons: Quality) -> Quality:
    """Add reasons to qualities; invalid stays invalid, good becomes questionable."""
    questionable = np.where((reasons != 0) & ((quality & VALIDITY) != INVALID), np.uint16(QUESTIONABLE), 0)
    return (quality | reasons | questionable).astype(np.uint16)


def _with_quality(image: ProcessImage, quality: Quality) -> ProcessImage:
    return ProcessImage(
        tick=image.tick,
        now_ns=image.now_ns,
        value=image.value,
        quality=quality,
        at_ns=image.at_ns,
        available_at_ns=image.available_at_ns,
    )


def is_analog(points: Sequence[Point]) -> NDArray[np.bool_]:
    """Tell which points carry analog values; (N,) bool."""
    return np.array([point.kind is Kind.ANALOG for point in points], dtype=np.bool_)
