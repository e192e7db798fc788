"""The site that simulations run: small, with a device of every kind of write; an hour takes seconds.

A meter, two battery inverters and a breaker at a base tick of 5 s. The reversion timer of one inverter works,
that of the other does not: it depends on the gateway to go safe. Both have a sequence register. The breaker
takes pulses without any number. That is each way in which a write can go wrong, once. The tick is 5 s because
every promise is kept by ticks, not by seconds: 720 ticks, two of the pipe each, hold as many chances for a
fault to strike as an hour at 1 s, in a fifth of the time.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from aios.site import site_of
from kernel.site import Site

TICK_S: Final = 5.0
METER: Final = "grid/active_power"
REVERTING: Final = "bat1/active_power_setpoint"
"""Set-point of the inverter with a reversion timer."""
KEEPING: Final = "bat2/active_power_setpoint"
"""Set-point of the inverter that keeps what it was told: its timer does not work."""
OPEN: Final = "cb1/open"
CLOSE: Final = "cb1/close"
POSITION: Final = "cb1/position"
REVERSION_S: Final = 120
TEXT: Final = f"""
[site]
name = "small"
title = "The site of the simulations"
base_tick_s = {TICK_S}

[[asset]]
name = "grid"
kind = "connection"

[[asset]]
name = "bat1"
kind = "battery"
upstream = "grid"
ratings = {{ power_kw = 1000.0, energy_kwh = 4000.0 }}

[[asset]]
name = "bat2"
kind = "battery"
upstream = "grid"
ratings = {{ power_kw = 500.0, energy_kwh = 4000.0 }}

[[asset]]
name = "cb1"
kind = "breaker"
upstream = "grid"
zone = "bay1"
ratings = {{ operating_s = 0.06 }}

[[device]]
name = "meter"
asset = "grid"
map = "feeder_meter"
unit = 1

[[device]]
name = "inverter1"
asset = "bat1"
map = "battery_inverter"
unit = 2

[[device]]
name = "inverter2"
asset = "bat2"
map = "battery_inverter"
unit = 3

[[device]]
name = "breaker"
asset = "cb1"
map = "breaker"
unit = 4

[[point]]
name = "{METER}"
plausibility = {{ low = -5000.0, high = 5000.0 }}

[[point]]
name = "{REVERTING}"
[point.writing]
low = -1000.0
high = 1000.0
safe_value = 0.0
on_loss = "write_safe"
renew_s = 30.0
reversion_s = {REVERSION_S}.0
reversion_value = 0.0

[[point]]
name = "{KEEPING}"
[point.writing]
low = -500.0
high = 500.0
safe_value = 0.0
on_loss = "write_safe"
renew_s = 30.0
reversion_s = {REVERSION_S}.0
reversion_value = 0.0

[[work_permit]]
id = "W1"
zone = "bay1"
holder = "line crew"
from = 2026-03-29T00:40:00Z
until = 2026-03-29T01:10:00Z

[policies]
names = ["breaker_close_never_under_permit", "xfmr_loading", "der_reversion_required"]
"""


@cache
def small_site() -> Site:
    """Return the site.

    >>> len(small_site().writable)
    4
    """
    return site_of(TEXT)
