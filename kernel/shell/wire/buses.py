"""The buses: every device with the rate that is wanted of it and reached, and the wires that are shared."""

from __future__ import annotations

import msgspec

from kernel.traffic import LineState, Traffic


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """One device as it stands on its bus."""

    device: str
    state: str
    """new (never read), ok, late (read more seldom than wanted), doubtful (answers are lost) or away."""
    wanted_s: float
    """Operational seconds from reading to reading that are wanted."""
    reached_s: float | None
    """What is reached now; None before the first reading."""
    kept_percent: float
    """Share of the wanted readings that were made in their time, since the start."""
    lost: int
    """Wanted readings that were not made in their time, since the start."""
    age_s: float | None
    """Operational seconds since something new was read; None before the first reading."""
    waiting: int
    """Commands that wait to be written."""
    traffic: Traffic
    error_percent: float
    """Share of the requests that got no answer, or none that fits."""


class Buses(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All buses of a gateway."""

    now_ns: int
    devices: tuple[DeviceState, ...]
    lines: tuple[LineState, ...]
    """Wires that several devices share."""


class DeviceBrief(msgspec.Struct, frozen=True, kw_only=True):
    """One device as the snapshot shows it: without what takes time to reckon."""

    device: str
    state: str
    wanted_s: float
    reached_s: float | None
    lost: int
    line: str = ""
    breaker: str = "closed"
    stretch: int = 1
