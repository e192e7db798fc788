"""Points: the readable and writable quantities of assets, with what makes a value believable."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

NANOSECONDS: Final = 1_000_000_000
"""Nanoseconds in a second."""


RENEWALS: Final = 2
"""Renewals of a set-point that must fit into the time after which its device falls back: one may be lost."""


class Kind(StrEnum):
    """What sort of value a point carries."""

    ANALOG = "analog"
    CODE = "code"
    """A discrete state; `Point.states` names the codes. Double points keep 0 and 3."""
    COUNTER = "counter"


class Operation(StrEnum):
    """How a write acts on the device."""

    SETPOINT = "setpoint"
    """Absolute: writing it twice is the same as once."""
    PULSE = "pulse"
    """Each write acts: never sent again when its outcome is unknown."""


class OnLoss(StrEnum):
    """What happens to a writable point when no permitted value is left."""

    HOLD = "hold"
    WRITE_SAFE = "write_safe"
    LET_REVERT = "let_revert"


class Plausibility(msgspec.Struct, frozen=True, kw_only=True):
    """What an analog value must satisfy to be believed."""

    low: float
    """Lowest believable value, in the point's unit."""
    high: float
    """Highest believable value, in the point's unit."""
    rate_per_s: float | None = None
    """Fastest believable change, unit per second; None means not checked."""
    unchanged_s: float | None = None
    """Longest believable time without any change, seconds; None means not checked."""


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """How a point may be written, and what is safe."""

    low: float
    """Lowest value the envelope admits, in the point's unit."""
    high: float
    """Highest value the envelope admits, in the point's unit."""
    safe_value: float
    """The value of the safe set: permitted when the site is loaded, then usable without a live gate."""
    on_loss: OnLoss
    operation: Operation = Operation.SETPOINT
    feedback: str = ""
    """Point that shows the effect; empty means the written point itself is read back."""
    feedback_value: float | None = None
    """Value of `feedback` that confirms a pulse; None means equal to the value written."""
    tolerance: float = 0.0
    """Largest difference between written and fed-back value, in the point's unit."""
    feedback_s: float = 10.0
    """Time within which the feedback must show the effect, seconds."""
    sequence: str = ""
    """Point that reads the device's sequence register; empty where the device has none."""
    validity_s: float = 10.0
    """A command not on the wire after this time expires, seconds."""
    renew_s: float | None = None
    """A held set-point is written again after this time, seconds; None means when its permit is given again,
    every 300 s (`PERMIT_STANDS_S` in `kernel/pipe/permits.py`)."""
    reversion_s: float | None = None
    """The device falls back to `reversion_value` after this time without a write, seconds."""
    reversion_value: float | None = None
    select: str = ""
    """Point that reserves the device before this one is operated; empty where nothing must."""
    select_value: float = 1.0
    """Value of `select` that reserves."""
    select_s: float = 10.0
    """A reservation not used after this time is over, seconds."""
    cancel_value: float | None = None
    """Value of `select` that gives a reservation back: its safe value; None where the device has none."""
    heartbeat_s: float | None = None
    """The kernel writes this register, counting from `low` to `high` and again, whenever this time has passed
    and a tick has completed, seconds; None for every other point."""
    deadband: float = 0.0
    """A set-point is not moved by less than this, in the point's unit."""
    ramp_per_s: float | None = None
    """Fastest change of a set-point, unit per second; None means any."""
    off_value: float | None = None
    """The value at which it counts as off; None where it is never off."""
    min_on_s: float | None = None
    """Least time on, seconds."""
    min_off_s: float | None = None
    """Least time off, seconds."""
    local: str = ""
    """Point whose state `local` says that the device is operated on the spot; empty where none does."""

    @property
    def reverts_unrenewed(self) -> bool:
        """Tell whether the device falls back before a set-point that is held has been renewed twice."""
        if self.reversion_s is None or self.operation is not Operation.SETPOINT:
            return False
        return self.renew_s is None or self.renew_s * RENEWALS > self.reversion_s


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One readable or writable quantity of an asset.

    >>> Point(name="t1/top_oil_temperature", unit="degC").asset
    't1'
    """

    name: str
    """`asset/quantity`."""
    unit: str
    """Unit as text: kW, kvar, V, A, degC, 1 for none."""
    kind: Kind = Kind.ANALOG
    source: str = ""
    """Device that serves it, or `agent:NAME` for a computed point."""
    stale_s: float = 10.0
    """Age at which the value counts as old, seconds."""
    plausibility: Plausibility | None = None
    use_substitute: bool = False
    """Whether control may use a person's value that stands in the place of a reading."""
    states: dict[int, str] = {}
    """Names of the codes of a discrete point."""
    writing: Writing | None = None
    """None for a point that can only be read."""

    @property
    def asset(self) -> str:
        """Name of the asset the point belongs to."""
        return self.name.partition("/")[0]

    @property
    def quantity(self) -> str:
        """What is measured or set, without the asset."""
        return self.name.partition("/")[2]
