"""Plausibility: what makes a value believable, judged for all points at once.

Pure. A value that fails keeps its number and gets a quality that says why; control never uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernel.image import ProcessImage, freeze
from kernel.measurement import Times, Values
from kernel.point import NANOSECONDS, Point
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
    rate_per_s: Values | None
    """None where no point declares one."""
    unchanged_ns: Values | None
    """None where no point declares it."""
    stale_ns: Times

    @classmethod
    def of(cls, points: Sequence[Point]) -> Rules:
        """Collect the rules of a site's points, in table order."""
        declared = [point.plausibility for point in points]
        return cls(
            low=np.array([-np.inf if rule is None else rule.low for rule in declared]),
            high=np.array([np.inf if rule is None else rule.high for rule in declared]),
            rate_per_s=_limits([None if rule is None else rule.rate_per_s for rule in declared]),
            unchanged_ns=_limits(
                [
                    None if rule is None or rule.unchanged_s is None else rule.unchanged_s * NANOSECONDS
                    for rule in declared
                ]
            ),
            stale_ns=np.array([round(point.stale_s * NANOSECONDS) for point in points], dtype=np.int64),
        )


def _limits(limits: Sequence[float | None]) -> Values | None:
    """Return limits with infinity where none is declared; None where none is anywhere."""
    if all(limit is None for limit in limits):
        return None
    return np.array([np.inf if limit is None else limit for limit in limits])


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
    fresh = (image.quality & VALIDITY) == 0
    seen, changed_at = _seen(image, watch, fresh)
    reasons = _reasons(image, watch, rules, fresh=fresh, changed_at=changed_at)
    if reasons is not None:
        image = freeze(replace(image, quality=_worse(image.quality, reasons)))
    believed = good_mask(image.quality)  # in test or substituted by hand, it is no measure of the next one
    return image, Watch(
        believed=_where(believed, image.value, watch.believed),
        believed_at_ns=_where(believed, image.at_ns, watch.believed_at_ns),
        seen=seen,
        changed_at_ns=changed_at,
    )


def _seen(image: ProcessImage, watch: Watch, fresh: NDArray[np.bool_]) -> tuple[Values, Times]:
    """Return the values that were read last, and when they changed."""
    moved = fresh & (image.value != watch.seen)
    return _where(fresh, image.value, watch.seen), _where(moved, image.at_ns, watch.changed_at_ns)


def _where(mask: NDArray[np.bool_], new: NDArray[Any], old: NDArray[Any]) -> NDArray[Any]:
    """Choose by row; where every row is new (the usual tick), the new array itself: none is ever changed."""
    return new if np.count_nonzero(mask) == len(mask) else np.where(mask, new, old)


def _reasons(
    image: ProcessImage, watch: Watch, rules: Rules, *, fresh: NDArray[np.bool_], changed_at: Times
) -> Quality | None:
    """Return the bits that say why a value is not believed; None where every value is."""
    found = [
        (OUT_OF_RANGE, fresh & ((image.value < rules.low) | (image.value > rules.high))),
        (OLD, (image.now_ns - image.at_ns) > rules.stale_ns),
    ]
    if rules.rate_per_s is not None:
        found.append((INCONSISTENT, fresh & _jumped(image, watch, rules.rate_per_s)))
    if rules.unchanged_ns is not None:
        found.append((FAILURE, fresh & ((image.at_ns - changed_at) > rules.unchanged_ns)))
    there = [(bit, mask) for bit, mask in found if np.count_nonzero(mask)]
    if not there:
        return None
    reasons: Quality = np.zeros(len(image.value), dtype=np.uint16)
    for bit, mask in there:
        reasons[mask] |= bit
    return reasons


def _jumped(image: ProcessImage, watch: Watch, rate_per_s: Values) -> NDArray[np.bool_]:
    """Tell which values went faster from the last one that was believed than declared."""
    since_s = (image.at_ns - watch.believed_at_ns) / NANOSECONDS
    # 0 s times an undeclared (infinite) rate is NaN; its comparison is False, as wanted.
    with np.errstate(invalid="ignore"):
        allowed = rate_per_s * np.maximum(since_s, 0.0)
        far: NDArray[np.bool_] = np.abs(image.value - watch.believed) > allowed
    return far & (watch.believed_at_ns > 0)


def _worse(quality: Quality, reasons: Quality) -> Quality:
    """Add reasons to qualities; invalid stays invalid, good becomes questionable."""
    questionable = np.where((reasons != 0) & ((quality & VALIDITY) != INVALID), np.uint16(QUESTIONABLE), 0)
    return (quality | reasons | questionable).astype(np.uint16)
