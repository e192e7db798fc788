"""The kinds of asset that a site file may name."""

from __future__ import annotations

from typing import Literal

AssetKind = Literal[
    "connection",
    "busbar",
    "transformer",
    "feeder",
    "breaker",
    "battery",
    "load",
    "plant",
    "capacitor",
    "heat_pump",
    "cooling",
    "charging_point",
]
