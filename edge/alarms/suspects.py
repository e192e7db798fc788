"""Which instrument it most likely is, when a sum does not close.

A meter that shows power, current and voltage can be held against itself: the apparent power of the first
two must agree. One that fails this is named. One that is part of another balance that closes is cleared.
Where one suspect is left it is named; where more are left, nobody is accused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.alarms.family import Frame
from kernel.asset import Asset
from kernel.site import Site

TRIANGLE_PERCENT: Final = 1.5
"""Three quantities of one meter of class 0.5 may disagree by so much, %: three times the class."""
LEAST_KVA: Final = 50.0
"""Below this a triangle says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One instrument of a balance."""

    point: str
    asset: Asset
    cleared: bool
    """Whether another balance that it is part of closes."""


def most_likely(site: Site, frame: Frame, suspects: Sequence[Suspect]) -> tuple[str, str]:
    """Return the point that is most likely wrong, empty where none stands out, and why in words."""
    torn = [one for one in suspects if _is_torn(site, frame, one.asset)]
    if len(torn) == 1:
        name = torn[0].point
        return name, f"{name} contradicts its own meter's current and voltage"
    left = [one for one in suspects if not one.cleared]
    if len(left) == 1:
        return left[0].point, f"every other instrument is part of a balance that closes: {left[0].point}"
    names = ", ".join(one.asset.called for one in left or suspects)
    return "", f"one of {names} is wrong, or power flows where nothing is measured"


def _is_torn(site: Site, frame: Frame, asset: Asset) -> bool:
    """Tell whether a meter's power, current and voltage contradict each other."""
    names = ("active_power", "reactive_power", "current", "voltage")
    rows = [site.row.get(f"{asset.name}/{name}") for name in names]
    known = [row for row in rows if row is not None]
    if len(known) < len(names) or not frame.holds(known):
        return False
    kw, kvar, amperes, kv = (frame.values[row] for row in known)
    one, other = math.hypot(kw, kvar), math.sqrt(3.0) * kv * amperes
    largest = max(one, other)
    return largest > LEAST_KVA and abs(one - other) > TRIANGLE_PERCENT / 100.0 * largest
