"""Process images of the shipped site nord on a winter morning on which everything is well."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

import aios
from aios.site import load_site
from kernel.image import ProcessImage, freeze
from kernel.point import NANOSECONDS
from kernel.quality import INVALID, OLD
from kernel.site import Site

MEASURED: dict[str, dict[str, float]] = {
    "grid": {"active_power": 14_062.0, "reactive_power": 4_500.0, "voltage": 109.6, "current": 77.8},
    "f11": {"active_power": 4_000.0, "reactive_power": 1_000.0, "voltage": 20.3, "current": 117.27},
    "f12": {"active_power": 3_000.0, "reactive_power": 900.0, "voltage": 20.3, "current": 89.08},
    "f13": {"active_power": 3_000.0, "reactive_power": 1_100.0, "voltage": 20.4, "current": 90.43},
    "f14": {"active_power": 4_000.0, "reactive_power": 1_200.0, "voltage": 20.4, "current": 118.19},
    "f15": {"active_power": 0.0, "reactive_power": 0.0, "voltage": 20.4, "current": 0.0},
    "t1": {"load_current": 206.2, "top_oil_temperature": 40.0, "hot_spot_temperature": 55.0},
    "t2": {"load_current": 208.5, "top_oil_temperature": 40.0, "hot_spot_temperature": 55.0},
    "bat1": {"active_power": 0.0, "active_power_setpoint": 0.0, "state_of_charge": 50.0},
}
"""What a sound morning looks like: both busbars balance, the transformers lose 62 kW."""


@cache
def nord() -> Site:
    """The shipped site."""
    return load_site(Path(aios.__file__).parent / "sites" / "nord.toml")


def image(
    now_s: float = 0.0,
    *,
    holes: tuple[str, ...] = (),
    site: Site | None = None,
    measured: Mapping[str, Mapping[str, float]] = MEASURED,
    **changes: float,
) -> ProcessImage:
    """An image of nord; `f11__active_power=5.0` changes a value, nobody could read the points of `holes`."""
    site = site or nord()
    count, now_ns = len(site.points), round(now_s * NANOSECONDS)
    value, quality = np.zeros(count), np.zeros(count, dtype=np.uint16)
    for asset, quantities in measured.items():
        for quantity, number in quantities.items():
            value[site.row[f"{asset}/{quantity}"]] = number
    for name, number in changes.items():
        value[site.row[name.replace("__", "/")]] = number
    for name in holes:
        quality[site.row[name]] = INVALID | OLD
    times = np.full(count, now_ns, dtype=np.int64)
    return freeze(
        ProcessImage(
            tick=0, now_ns=now_ns, value=value, quality=quality, at_ns=times, available_at_ns=times.copy()
        )
    )
