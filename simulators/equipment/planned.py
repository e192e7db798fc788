"""The equipment of a scenario as its file says it: bays, short circuits, gas, growth, crews."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from kernel.point import NANOSECONDS
from simulators.equipment.degradation import Law
from simulators.equipment.gases import FaultClass


class PlannedBay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A branch with relay and breaker."""

    branch: str
    pickup_a: float
    breaker: str = ""
    """Asset; empty for that of the line in the network."""
    curve: str = "iec_standard_inverse"
    dial: float = 0.1
    instantaneous_a: float | None = None
    dead_s: tuple[float, ...] = ()
    reclaim_s: float = 30.0
    upstream: str = ""
    failure_s: float = 0.25


class PlannedShort(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A short circuit."""

    place: str
    begin: datetime
    end: datetime | None = None
    ohm: float = 0.0
    at: float = 0.5
    dead_s: float | None = None
    """Dead time after which its arc stays out, seconds; None for a permanent fault."""


class PlannedGas(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something in a transformer that makes gas."""

    asset: str
    kind: FaultClass
    ppm_per_day: float
    begin: datetime
    end: datetime | None = None
    ramp_days: float = 0.0
    above_oil_k: float = 250.0
    metal_c: float | None = None


class PlannedUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transformer's insulation at the begin."""

    name: str
    water_percent: float = 1.5
    air: float = 0.0
    dp: float = 1000.0
    upgraded: bool = False


class PlannedGrowth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quantity that gets worse."""

    asset: str
    quantity: str
    start: float
    onset: datetime
    days: float
    law: Law = Law.DOUBLING
    scatter: float = 0.0


class PlannedCrews(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who repairs."""

    count: int = 1
    travel_s: float = 2400.0
    work_s: float = 14_400.0
    spread: float = 0.35
    first: tuple[str, ...] = ()
    """Assets that go before all others, in this order."""
    accepts: int = 0
    """Orders of the gateway's repair list that the dispatcher accepts every day; 0 for none."""
    accepts_at_h: float = 6.0
    """Time of day at which he does, UTC, h."""


class PlannedEquipment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[equipment]` table of a scenario; a scenario without it has none of this."""

    insulation: bool = False
    """Whether all transformers age and gas; given too by any `gas` or `unit`."""
    customers: dict[str, int] = {}
    """Customers by load; else those of the site's asset of that name."""
    bay: tuple[PlannedBay, ...] = ()
    short_circuit: tuple[PlannedShort, ...] = ()
    gas: tuple[PlannedGas, ...] = ()
    unit: tuple[PlannedUnit, ...] = ()
    growth: tuple[PlannedGrowth, ...] = ()
    crews: PlannedCrews | None = None


def nanoseconds(moment: datetime) -> int:
    """Return a moment, nanoseconds since 1970 UTC."""
    return round(moment.timestamp()) * NANOSECONDS


def moved(planned: PlannedEquipment | None, shift: timedelta) -> PlannedEquipment | None:
    """Return the same equipment with everything that happens moved by a time."""
    if planned is None:
        return None

    def later(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment + shift

    change = msgspec.structs.replace
    return change(
        planned,
        short_circuit=tuple(
            change(one, begin=one.begin + shift, end=later(one.end)) for one in planned.short_circuit
        ),
        gas=tuple(change(one, begin=one.begin + shift, end=later(one.end)) for one in planned.gas),
        growth=tuple(change(one, onset=one.onset + shift) for one in planned.growth),
    )
