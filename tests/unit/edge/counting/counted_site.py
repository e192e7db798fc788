"""A site with a resource and a load whose policies need counters."""

from __future__ import annotations

from aios.site import site_of
from kernel.site import Site

_POINTS = (
    ("bat1/voltage", "V", "agent:other"),
    ("bat1/frequency", "Hz", "agent:other"),
    ("bat1/grid_normal_time", "s", "agent:grid"),
    ("hall/active_power_limit", "kW", "agent:other"),
    ("hall/season_events", "1", "agent:events"),
    ("hall/event_hours_today", "h", "agent:events"),
)
TEXT = """
[site]
name = "counted"
title = "Counted"
time_zone = "Europe/Berlin"
base_tick_s = 1.0

[[asset]]
name = "grid"
kind = "connection"

[[asset]]
name = "bat1"
kind = "battery"
upstream = "grid"
ratings = { power_kw = 100.0, energy_kwh = 200.0, nominal_v = 400.0, nominal_hz = 50.0 }

[[asset]]
name = "hall"
kind = "load"
upstream = "grid"
ratings = { power_kw = 50.0 }

[policies]
names = ["dr_comfort_and_critical"]
""" + "".join(
    f'\n[[point]]\nname = "{name}"\nunit = "{unit}"\nsource = "{source}"\n' for name, unit, source in _POINTS
)


def site() -> Site:
    """Return the site."""
    return site_of(TEXT)
