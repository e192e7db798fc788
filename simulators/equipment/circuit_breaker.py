"""A circuit breaker as a mechanism: told to move, it arrives after its operating time, or it does not.

Its contacts conduct until it has arrived open (arcing time included). What it interrupts wears them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kernel.point import NANOSECONDS
from simulators.equipment.ailments import Ailing, Ailment
from simulators.equipment.contact_wear import WearCurve

TRAVELLING: Final = 0.0
OPEN: Final = 1.0
CLOSED: Final = 2.0
"""Double point as its two auxiliary contacts show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPlate:
    """What a maker says of a breaker."""

    opens_s: float = 0.055
    """Break time: from the trip coil to the end of the arc, seconds (IEC 62271-100: opening and arcing)."""
    closes_s: float = 0.07
    """Closing time, seconds."""
    wear: WearCurve = field(default_factory=WearCurve)


class CircuitBreaker:
    """One breaker; `name` is the asset that ailments are asked for."""

    def __init__(self, name: str, plate: BreakerPlate, ailing: Ailing, *, closed: bool) -> None:
        self.name = name
        self.conducts = closed
        self.operations = 0
        """Openings under its own mechanism."""
        self.worn = 0.0
        """Share of the contacts' life that is gone; 1 is worn."""
        self.ampere2_s = 0.0
        """Sum of interrupted current squared times break time, A2 s."""
        self.due_ns: int | None = None
        """When it arrives where it was told to go; None where it does not move."""
        self._plate = plate
        self._ailing = ailing

    def command(self, *, close: bool, now_ns: int) -> None:
        """Tell it to move; a command to where it stands stops a movement the other way that has not begun."""
        self.due_ns = None
        stays = Ailment.BREAKER_STAYS_OPEN if close else Ailment.BREAKER_STAYS_CLOSED
        if self.conducts == close or self._ailing.amount(self.name, stays, now_ns) is not None:
            return
        plate, slow = self._plate, self._ailing.amount(self.name, Ailment.BREAKER_SLOW, now_ns) or 0.0
        takes_s = slow + (plate.closes_s if close else plate.opens_s)
        self.due_ns = now_ns + round(takes_s * NANOSECONDS)

    def arrive(self, now_ns: int, *, current_a: float) -> bool:
        """Arrive if it is due; return whether it did.

        Args:
            now_ns: nanoseconds since 1970 UTC.
            current_a: what flowed until now; NaN wears nothing.
        """
        if self.due_ns is None or now_ns < self.due_ns:
            return False
        self.due_ns = None
        self.conducts = not self.conducts
        if not self.conducts:
            self.operations += 1
            if current_a > 0.0:
                self.worn += self._plate.wear.wear(current_a)
                self.ampere2_s += current_a * current_a * self._plate.opens_s
        return True

    def shown(self, now_ns: int) -> float:
        """Return the double point of its auxiliary contacts: 0 travelling, 1 open, 2 closed, 3 bad."""
        bad = self._ailing.amount(self.name, Ailment.AUXILIARY_CONTACTS, now_ns)
        if bad is not None:
            return bad
        if self.due_ns is not None:
            return TRAVELLING
        return CLOSED if self.conducts else OPEN
