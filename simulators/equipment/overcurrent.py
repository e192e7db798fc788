"""An overcurrent relay (51 and 50): a disc that turns, and an element that does not wait.

The disc's place is a fraction from 0 (at rest) to 1 (trip). While the current stands, it turns at the rate
1 / t(M), and turns back at 1 / t_r(M) below pickup: IEEE C37.112's integral equation, which for a constant
current is the closed form used here. So the moment of the trip does not depend on how time is cut.

A sound current says nothing; a current that is not a number (a grid without solution) leaves all as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from simulators.equipment.curves import STANDARD_INVERSE, Curve

_NEARLY: Final = 1e-9
"""A disc this close to the end has arrived: rounding to nanoseconds must not need another turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OvercurrentSettings:
    """What a protection engineer sets.

    Raises:
        ValueError: a pickup, a dial or a delay is not above 0.
    """

    pickup_a: float
    """Current above which the disc turns, A."""
    dial: float = 0.1
    """Time multiplier (IEC), time dial (IEEE) or seconds (definite time)."""
    curve: Curve = STANDARD_INVERSE
    instantaneous_a: float = math.inf
    """Current at which the instantaneous element picks up, A; infinite where there is none."""
    instantaneous_s: float = 0.03
    """Its delay: measuring time of a numerical relay, seconds."""

    def __post_init__(self) -> None:
        if not (self.pickup_a > 0.0 and self.dial > 0.0 and self.instantaneous_a > 0.0):
            raise ValueError(
                f"pickup {self.pickup_a} A, dial {self.dial}, instantaneous {self.instantaneous_a}"
            )
        if self.instantaneous_s <= 0.0:
            raise ValueError(f"instantaneous delay of {self.instantaneous_s} s")

    def trip_s(self, current_a: float) -> float:
        """Return the time to trip from rest at a constant current, seconds; infinite where it never does.

        >>> settings = OvercurrentSettings(pickup_a=100.0, dial=1.0)
        >>> round(settings.trip_s(1000.0), 2), settings.trip_s(99.0)
        (2.97, inf)
        """
        return Overcurrent(self).left_s(current_a)


@dataclass(frozen=True, slots=True)
class Overcurrent:
    """One relay at one moment; `after` gives it at a later one."""

    settings: OvercurrentSettings
    turned: float = 0.0
    """Place of the disc, 0 to 1."""
    above_s: float = 0.0
    """Time since the instantaneous element picked up, seconds."""

    def left_s(self, current_a: float) -> float:
        """Return the time until it trips if this current stays, seconds; infinite where it never does."""
        given = self.settings
        full_s = given.curve.trip_s(current_a / given.pickup_a, dial=given.dial)
        left = math.inf if math.isinf(full_s) or math.isnan(full_s) else max(0.0, 1.0 - self.turned) * full_s
        if current_a >= given.instantaneous_a:
            left = min(left, max(0.0, given.instantaneous_s - self.above_s))
        return left

    def after(self, current_a: float, seconds: float) -> Overcurrent:
        """Return the relay after a constant current, A, has flowed for a time."""
        if math.isnan(current_a):
            return self
        given, multiple = self.settings, current_a / self.settings.pickup_a
        if multiple > 1.0:
            turned = min(1.0, self.turned + seconds / given.curve.trip_s(multiple, dial=given.dial))
        elif multiple < 1.0:
            back_s = given.curve.full_reset_s(multiple, dial=given.dial)
            turned = 0.0 if back_s == 0.0 else max(0.0, self.turned - seconds / back_s)
        else:
            turned = self.turned
        above_s = self.above_s + seconds if current_a >= given.instantaneous_a else 0.0
        return Overcurrent(given, turned, above_s)

    @property
    def trips(self) -> bool:
        """True once the disc has arrived or the instantaneous element has waited."""
        return self.turned >= 1.0 - _NEARLY or self.above_s >= self.settings.instantaneous_s - _NEARLY

    def picked_up(self, current_a: float) -> bool:
        """Tell whether it measures a current above its pickup now."""
        return current_a > self.settings.pickup_a or current_a >= self.settings.instantaneous_a

    def at_rest(self) -> Overcurrent:
        """Return the relay as it is after a trip, its disc back."""
        return replace(self, turned=0.0, above_s=0.0)
