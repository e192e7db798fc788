"""The conditions that a site can be judged by: each follows from the site's model, none is typed by hand."""

from __future__ import annotations

from edge.alarms.balance import BusbarBalance
from edge.alarms.family import Family
from edge.alarms.loading import TransformerLimits
from edge.alarms.noise import Noise
from edge.alarms.setpoint import SetpointFollowed
from edge.alarms.storage import BatteryLosses
from edge.alarms.voltage import Voltage
from kernel.site import Site


def families(site: Site) -> tuple[Family, ...]:
    """Return the families of alarms that a site has equipment and measurements for."""
    every: tuple[Family, ...] = (
        Voltage(site),
        TransformerLimits(site),
        BusbarBalance(site),
        SetpointFollowed(site),
        BatteryLosses(site),
        Noise(site),
    )
    return tuple(family for family in every if family.definitions)
