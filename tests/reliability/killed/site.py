"""The site of these kills: a breaker that nobody closes alone, a foreman, and a desk that vouches."""

from __future__ import annotations

from pathlib import Path

NAME = "killed"
DESK = "desk1"
TEXT = """
[site]
name = "killed"
title = "Killed"
base_tick_s = 0.1
stale_s = 2.0

[[asset]]
name = "grid"
kind = "connection"

[[asset]]
name = "cb1"
kind = "breaker"
upstream = "grid"
zone = "bay1"
ratings = { operating_s = 0.02 }

[[device]]
name = "breaker"
asset = "cb1"
map = "breaker"
port = BREAKER

[[loop]]
agent = "foreman"
kind = "foreman"
period_s = 1.0
deadline_s = 1.0
settings = { folder = "FOLDER" }

[access]
keys = "keys"
desks = [{ key = "desk1", roles = ["OPERATOR", "ENGINEER"] }]

[policies]
names = ["breaker_close_never_under_permit", "closing_needs_people"]
"""
UPLINKS = """
[uplinks]
mqtt = "mqtt://127.0.0.1:BROKER"
history = "DATABASE"
"""


def site_text(folder: Path, port: int, uplinks: str = "") -> str:
    """Return the site file with the port of its breaker; 0 lets the field choose."""
    return TEXT.replace("BREAKER", str(port)).replace("FOLDER", str(folder)) + uplinks


def install(folder: Path) -> Path:
    """Make the foreman known the way any plug-in does: by an entry point; return where."""
    made = folder / "plugin" / "aios_killed-0.dist-info"
    made.mkdir(parents=True, exist_ok=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: aios-killed\nVersion: 0\n")
    (made / "entry_points.txt").write_text("[aios.agents]\nforeman = tests.reliability.killed.agent:make\n")
    return made.parent
