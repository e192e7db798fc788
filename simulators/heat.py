"""The heat of a transformer as its world tells it: to devices, to the insulation, to reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalReading:
    """What a transformer shows, and the hot spot that nobody can measure."""

    top_oil_c: float
    winding_c: float
    """What a winding temperature indicator shows."""
    hot_spot_c: float
    """Truth; no instrument shows it."""
    fan_current_a: float
    cooling_on: bool
    """True while a cooling group runs."""
