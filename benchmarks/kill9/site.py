"""The site of the kills: one battery with a sequence register, one breaker without, and a fast tick."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

TICK_S: Final = 0.04
SITE: Final = f"""
[site]
name = "kill9"
title = "Kill -9"
base_tick_s = {TICK_S}
stale_s = 0.5

[[asset]]
name = "grid"
kind = "connection"

[[asset]]
name = "bat1"
kind = "battery"
upstream = "grid"
ratings = {{ power_kw = 4000.0, energy_kwh = 8000.0 }}

[[asset]]
name = "cb1"
kind = "breaker"
upstream = "grid"
zone = "bay1"
ratings = {{ operating_s = 0.02 }}

[[device]]
name = "inverter"
asset = "bat1"
map = "battery_inverter"
port = INVERTER

[[device]]
name = "breaker"
asset = "cb1"
map = "breaker"
port = BREAKER

[[point]]
name = "bat1/active_power_setpoint"
[point.writing]
low = -4000.0
high = 4000.0
safe_value = 0.0
on_loss = "write_safe"
feedback_s = 0.2
validity_s = 0.5
renew_s = 1.0
reversion_s = 4.0
reversion_value = 0.0

[[loop]]
agent = "restless"
kind = "restless"
period_s = {TICK_S}
deadline_s = {TICK_S}

[policies]
names = ["breaker_close_never_under_permit", "xfmr_loading", "der_reversion_required"]
"""
_ENTRY_POINTS: Final = "[aios.agents]\nrestless = benchmarks.kill9.agent:make\n"
_METADATA: Final = "Metadata-Version: 2.1\nName: aios-kill9\nVersion: 0\n"


def site_text(ports: Mapping[str, int]) -> str:
    """Return the site file with the ports of its devices; 0 lets the field choose."""
    return SITE.replace("INVERTER", str(ports["inverter"])).replace("BREAKER", str(ports["breaker"]))


def install_agent(folder: Path) -> None:
    """Make the agent of these runs known to this process the way any plug-in does: by an entry point."""
    plugin = folder / "plugin"
    made = plugin / "aios_kill9-0.dist-info"
    made.mkdir(parents=True, exist_ok=True)
    (made / "METADATA").write_text(_METADATA, encoding="utf-8")
    (made / "entry_points.txt").write_text(_ENTRY_POINTS, encoding="utf-8")
    sys.path.insert(0, str(plugin))
