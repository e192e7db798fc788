"""Whether the sums over a run say anything: over no time they are nought, over unseen time a hole."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


class Known:
    """Remembers whether time passed, and whether any of it was seen.

    >>> known = Known()
    >>> known.told({"lost_kwh": 0.0})
    {'lost_kwh': 0.0}
    >>> known.enter(np.array([False, False]))
    >>> known.told({"lost_kwh": 0.0})
    {'lost_kwh': nan}
    """

    __slots__ = ("_passed", "_seen")

    def __init__(self) -> None:
        self._passed = self._seen = False

    def enter(self, seen: NDArray[np.bool_]) -> None:
        """Take (T,) steps: whether each was seen."""
        self._passed |= len(seen) > 0
        self._seen |= bool(seen.any())

    def told(self, sums: Mapping[str, float]) -> dict[str, float]:
        """Return sums as they are, as NaN while time passed of which nothing was seen."""
        return dict.fromkeys(sums, math.nan) if self._passed and not self._seen else dict(sums)
