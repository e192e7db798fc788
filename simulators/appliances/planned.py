"""Appliances as a scenario places them: `[[appliance]]` tables, one fleet each, told apart by `kind`.

Each fleet stands at a bus, or where a load stands, and becomes a load or a plant of the network with its own
name: so it has its own meter, and a device of the site may control it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from simulators.appliances.heat_pumps import Sink
from simulators.appliances.hold import DemandResponseEvent


class _Placed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    name: str
    """Of the fleet, and of its load or plant."""
    at: str
    """A load, behind whose bus it stands, or a bus."""


class EvChargers(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ev_chargers"):
    """Charging stations of one kind."""

    count: int
    pattern: Literal["home", "work", "public"] = "home"
    phases: Literal[1, 3] = 3
    highest_a: float = 16.0
    """Largest current of a station, A a phase."""
    power_factor: float = 0.99


class HeatPumpHouses(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="heat_pumps"):
    """Detached houses with a heat pump each."""

    count: int
    sink: Sink = "floor"
    power_factor: float = 0.95


class Photovoltaic(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="photovoltaic"):
    """Photovoltaic plants on roofs or fields."""

    count: int = 1
    peak_kw: float
    """Of each, at 1000 W/m2 and 25 degC."""
    tilt: float = 35.0
    azimuth: float = 180.0
    azimuth_spread: float = 0.0
    """Roofs face up to this far to either side, degrees."""
    inverter_share: float = 0.9
    """Power of the inverter over that of the panels."""


class Wind(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="wind"):
    """Wind turbines."""

    count: int = 1
    rated_kw: float
    """Of each."""
    hub_m: float = 100.0


class InterruptibleLoads(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="interruptible"):
    """Plants that may be switched off by contract."""

    count: int = 1
    power_kw: float
    """Mean of each."""
    unevenness: float = 0.1
    notice_s: float = 0.0
    longest_s: float = 4 * 3600.0
    least_on_s: float = 3600.0
    most: int = 10
    """Interruptions of each in a run."""
    power_factor: float = 0.9


class Measured(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="measured"):
    """A load that follows a measured profile."""

    profile: str
    peak_kw: float
    power_factor: float = 0.97


class BatteryUnit(_Placed, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="battery"):
    """A battery inverter; a device of the site works it, and without one it is idle."""

    rated_kw: float


Appliance = EvChargers | HeatPumpHouses | Photovoltaic | Wind | InterruptibleLoads | Measured | BatteryUnit
"""Any of them."""


class Customers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Customers behind a load, for indices of interruption: `[[customers]]` tables."""

    load: str
    """Of the network or an appliance."""
    number: int
    """Customers at this load."""
    group: str = "homes"
    """Words for reports: homes, shops, industry ..."""
    critical: int = 0
    """Of these, how many must not be shed: life support, hospitals, water."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What a scenario says of appliances."""

    appliances: tuple[Appliance, ...] = ()
    events: tuple[DemandResponseEvent, ...] = ()
    customers: tuple[Customers, ...] = ()


class AppliancesInvalid(ValueError):
    """A scenario places appliances that cannot be; every mistake is listed."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        self.errors = errors
        super().__init__("appliances:\n" + "\n".join(f"  {error}" for error in errors))
