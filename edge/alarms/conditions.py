"""The conditions that a site can be judged by: each follows from the site's model, none is typed by hand."""

from __future__ import annotations

from edge.alarms.balance import BusbarBalance
from edge.alarms.canary import Canary
from edge.alarms.capacitors import CapacitorPower
from edge.alarms.contacts import ContactWear
from edge.alarms.family import Family
from edge.alarms.foretold import Foretold
from edge.alarms.gas import DissolvedGas
from edge.alarms.loading import TransformerLimits
from edge.alarms.noise import Noise
from edge.alarms.old_paper import WornPaper
from edge.alarms.setpoint import SetpointFollowed
from edge.alarms.storage import BatteryLosses
from edge.alarms.tapping import TapFollows
from edge.alarms.unasked import Unasked
from edge.alarms.voltage import Voltage
from edge.alarms.wet_paper import MoistPaper
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
        Foretold(site),
        TapFollows(site),
        CapacitorPower(site),
        DissolvedGas(site),
        MoistPaper(site),
        WornPaper(site),
        ContactWear(site),
        Unasked(site),
        Canary(site),
    )
    return tuple(family for family in every if family.definitions)
