"""How a device behaves beyond its map: what a site's simulation section or a field file says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec

NotNegative = Annotated[float, msgspec.Meta(ge=0.0)]
Positive = Annotated[float, msgspec.Meta(gt=0.0)]


class PlannedClock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The error of a device's clock."""

    offset_s: float = 0.0
    """How far it is ahead at first, seconds."""
    drift_ppm: float = 0.0
    """How much faster it runs, millionths."""


class PlannedBehaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one device does besides its work. As it stands here it is prompt, exact and at remote."""

    delay_s: NotNegative = 0.0
    """From a set-point taken to when the device begins to follow it, seconds."""
    ramp_per_s: Positive | None = None
    """Fastest change of what it does, in the unit of its set-point; None for what its rating says."""
    watchdog_s: Positive | None = None
    """Silence of the heartbeat after which it falls back, seconds; None for three periods of the map's."""
    report_deadband: dict[str, NotNegative] = {}
    """Smallest change that is shown, by quantity."""
    apply_deadband: dict[str, NotNegative] = {}
    """Smallest change of a set-point that is applied, by quantity."""
    local: bool = False
    """Whether its switch stands at local at first."""
    clock: PlannedClock | None = None
    """The error of its clock; None for none."""


PLAIN = PlannedBehaviour()


class UnknownDevice(ValueError):
    """A plan is for a device that is not there."""


def refuse_unknown(planned: Mapping[str, PlannedBehaviour], devices: Iterable[str]) -> None:
    """Let only plans pass whose devices are there.

    Raises:
        UnknownDevice: some are not; all are named.
    """
    if unknown := sorted(planned.keys() - set(devices)):
        raise UnknownDevice(f"behaviour: no device {', '.join(unknown)}")
