"""Substation nord with what watches oil and contacts: gas monitors, laboratory results, a recloser."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

import aios
from aios.site import site_of
from edge.alarms.family import Frame, framed
from kernel.image import ProcessImage, freeze
from kernel.point import NANOSECONDS
from kernel.quality import INVALID, OLD
from kernel.site import Site

_DEVICE = """
[[device]]
name = "{name}"
asset = "{asset}"
map = "{map}"
port = {port}
"""
MONITORS = "".join(
    _DEVICE.format(name=f"{what}_{asset}", asset=asset, map=name, port=port + number)
    for what, name, port in (("gas", "vaisala_opt100", 15040), ("laboratory", "oil_laboratory", 15050))
    for number, asset in enumerate(("t1", "t2"))
)
SOUND = {
    "hydrogen": 20.0,
    "methane": 15.0,
    "ethane": 15.0,
    "ethylene": 10.0,
    "acetylene": 0.2,
    "carbon_monoxide": 300.0,
    "carbon_dioxide": 3000.0,
    "moisture": 8.0,
    "oil_temperature": 50.0,
    "furfural": 0.05,
    "sample_age": 90.0,
}
"""What the monitors of a sound unit in its middle years show."""


def with_monitors(text: str) -> str:
    """Return the text of nord's site file with the monitors in it."""
    for breaker in ("cb11",):
        device = f'name = "breaker_{breaker}"\nasset = "{breaker}"\nmap = "breaker"'
        assert text.count(device) == 1
        text = text.replace(device, device.replace('map = "breaker"', 'map = "recloser"'))
    return text.replace("# Points: what agents compute", f"{MONITORS}\n# Points: what agents compute", 1)


@cache
def watched_nord(ratings: str = "") -> Site:
    """The site with the monitors; `ratings` are added to those of both transformers."""
    text = (Path(aios.__file__).parent / "sites" / "nord.toml").read_text(encoding="utf-8")
    return site_of(with_monitors(text).replace("fan_current_a = 6.4", f"fan_current_a = 6.4{ratings}"))


def frame(
    now_s: float,
    shown: Mapping[str, Mapping[str, float]],
    *,
    holes: tuple[str, ...] = (),
    site: Site | None = None,
) -> Frame:
    """A look at what was read at a moment: by asset and quantity, all else 0 and good."""
    site = site or watched_nord()
    count, now_ns = len(site.points), round(now_s * NANOSECONDS)
    value, quality = np.zeros(count), np.zeros(count, dtype=np.uint16)
    for asset, quantities in shown.items():
        for quantity, number in quantities.items():
            row = site.row.get(f"{asset}/{quantity}")
            if row is not None:
                value[row] = number
    for name in holes:
        quality[site.row[name]] = INVALID | OLD
    times = np.full(count, now_ns, dtype=np.int64)
    return framed(
        freeze(
            ProcessImage(
                tick=0, now_ns=now_ns, value=value, quality=quality, at_ns=times, available_at_ns=times.copy()
            )
        )
    )
