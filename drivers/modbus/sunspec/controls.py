"""What of SunSpec's controls a map makes writable: only set-points with a timer that ends them.

Source: SunSpec models 123 (Immediate Controls) and 704 (DER AC Controls).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from drivers.modbus.sunspec.definitions import SunSpecPoint

REVERSION_S: Final = 300.0
"""Time after which the device falls back, seconds, unless the site says otherwise."""
RENEWALS: Final = 4
"""How often a set-point is renewed within that time."""
NOT_SAID: Final = {"uint16": 0xFFFF, "enum16": 0xFFFF, "int16": -0x8000}
"""Number that a place takes whose point the device does not have: it says that nothing is said."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """A set-point of a model with what it is enabled by and what ends it."""

    model: int
    value: str
    enable: str
    timer_s: str
    low: float
    high: float
    released: float
    """Value at which the control does nothing: what the device falls back to, and the safe value."""
    reversion: str = ""
    """Point that holds the value to fall back to; empty where the model has none and drops the control."""
    zero: tuple[str, ...] = ()
    """Points beside it that are written as 0: act now, without a window or a ramp of its own."""
    one: tuple[str, ...] = ()
    """Points beside it that are written as 1."""
    reversion_first: bool = False
    """Whether it is enabled by a register before those of the reversion."""

    def companions(self) -> tuple[str, ...]:
        """Return the names of all points that are written with the value."""
        every = (self.enable, self.timer_s, self.reversion, *self.zero, *self.one)
        return tuple(name for name in every if name)


CONTROLS: Final = (
    Control(
        model=123,
        value="WMaxLimPct",
        enable="WMaxLim_Ena",
        timer_s="WMaxLimPct_RvrtTms",
        low=0.0,
        high=100.0,
        released=100.0,
        zero=("WMaxLimPct_WinTms", "WMaxLimPct_RmpTms"),
    ),
    Control(
        model=704,
        value="WMaxLimPct",
        enable="WMaxLimPctEna",
        timer_s="WMaxLimPctRvrtTms",
        low=0.0,
        high=100.0,
        released=100.0,
        reversion="WMaxLimPctRvrt",
        one=("WMaxLimPctEnaRvrt",),
        reversion_first=True,
    ),
)
"""In model 123 value, window, timer, ramp and enabling follow each other: one write carries them in the
right order. In model 704 the enabling comes first, so the reversion goes before it in its own write."""


def control_of(model: int, name: str) -> Control | None:
    """Return the control that a point is the value of."""
    return next((one for one in CONTROLS if (one.model, one.value) == (model, name)), None)


def why_not(control: Control, points: Mapping[str, SunSpecPoint]) -> str:
    """Return why a device's control is not writable; empty where it is."""
    for name in filter(None, (control.value, control.enable, control.timer_s, control.reversion)):
        if points[name].raw is None:
            return f"{name} is not implemented: nothing would end a set-point whose gateway is gone"
    if points[control.value].factor is None:
        return f"{points[control.value].scale} is not implemented: the value has no scale"
    return ""


def writing_of(control: Control, points: Mapping[str, SunSpecPoint]) -> dict[str, Any]:
    """Return the writing section of a map for a control."""
    return {
        "low": control.low,
        "high": control.high,
        "safe_value": control.released,
        "on_loss": "let_revert",
        "tolerance": float(f"0.5e{points[control.value].factor or 0}"),
        "feedback_s": 10.0,
        "renew_s": REVERSION_S / RENEWALS,
        "reversion_s": REVERSION_S,
        "reversion_value": control.released,
    }


def companions_of(
    control: Control, points: Mapping[str, SunSpecPoint], slots: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return the companions section of a map for a control.

    Args:
        control: what is written.
        points: points of its model by name.
        slots: place of each of them, in the form of the map.
    """
    fixed = [{**slots[control.enable], "value": 1.0}]
    fixed += [{**slots[name], "value": _said(points[name], 0.0)} for name in control.zero]
    fixed += [{**slots[name], "value": _said(points[name], 1.0)} for name in control.one]
    found: dict[str, Any] = {"reversion_s": slots[control.timer_s]}
    if control.reversion:
        found["reversion_value"] = slots[control.reversion]
    if control.reversion_first:
        found["reversion_first"] = True
    for one in fixed:
        one.pop("not_implemented", None)  # it is written on purpose where the device does not have the point
    return {**found, "fixed": sorted(fixed, key=lambda one: int(one["address"]))}


def _said(point: SunSpecPoint, value: float) -> float:
    return float(NOT_SAID[point.type]) if point.raw is None else value
