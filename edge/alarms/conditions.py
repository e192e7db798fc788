"""The conditions that a site can be judged by: each follows from the site's model, none is typed by hand."""

from __future__ import annotations

from edge.alarms.family import Family
from edge.alarms.voltage import Voltage
from kernel.site import Site


def families(site: Site) -> tuple[Family, ...]:
    """Return the families of alarms that a site has equipment and measurements for."""
    every: tuple[Family, ...] = (Voltage(site),)
    return tuple(family for family in every if family.definitions)
