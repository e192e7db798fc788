"""Arrays of a state as raw little-endian bytes, and back, exact to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernel.image import ProcessImage, freeze
from kernel.journal.block_bytes import array_of
from kernel.pipe.intervals import Intervals
from kernel.pipe.plausibility import Watch


def arrays_of(image: ProcessImage, watch: Watch, intervals: Intervals) -> dict[str, bytes]:
    """Return what an image, its plausibility and its means hold of every point, by name."""
    arrays: dict[str, NDArray[Any]] = {
        "value": image.value,
        "quality": image.quality,
        "at_ns": image.at_ns,
        "available_at_ns": image.available_at_ns,
        "believed": watch.believed,
        "believed_at_ns": watch.believed_at_ns,
        "seen": watch.seen,
        "changed_at_ns": watch.changed_at_ns,
        "weighted": intervals.weighted,
        "good_s": intervals.good_s,
        "last": intervals.last,
    }
    return {name: array.tobytes() for name, array in arrays.items()}


def image_of(arrays: Mapping[str, bytes], *, tick: int, now_ns: int) -> ProcessImage:
    """Return a kept image."""
    return freeze(
        ProcessImage(
            tick=tick,
            now_ns=now_ns,
            value=array_of(arrays["value"], np.float64),
            quality=array_of(arrays["quality"], np.uint16),
            at_ns=array_of(arrays["at_ns"], np.int64),
            available_at_ns=array_of(arrays["available_at_ns"], np.int64),
        )
    )


def watch_of(arrays: Mapping[str, bytes]) -> Watch:
    """Return what was believed of every point."""
    return Watch(
        believed=array_of(arrays["believed"], np.float64),
        believed_at_ns=array_of(arrays["believed_at_ns"], np.int64),
        seen=array_of(arrays["seen"], np.float64),
        changed_at_ns=array_of(arrays["changed_at_ns"], np.int64),
    )


def intervals_of(arrays: Mapping[str, bytes], *, now_ns: int, last_end_ns: int) -> Intervals:
    """Return kept means of intervals."""
    return Intervals(
        now_ns=now_ns,
        weighted=array_of(arrays["weighted"], np.float64),
        good_s=array_of(arrays["good_s"], np.float64),
        last=array_of(arrays["last"], np.float64),
        last_end_ns=last_end_ns,
    )
