"""Substation nord with a regulator on the tap changer of T2 and a capacitor bank on its busbar.

The shipped nord has neither: its taps stand still. Texts are for runs in a virtual world, images for what
looks at them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import aios
from aios.site.load import site_of
from kernel.image import ProcessImage
from kernel.site import Site
from simulators.networks import file as networks
from tests.fakes import nord_images

TARGET_KV, BAND_KV, DELAY_S, STEP_KVAR = 20.4, 0.44, 60.0, 800.0
EQUIPMENT = f"""
[[asset]]
name = "c2"
kind = "capacitor"
title = "C-2"
upstream = "t2"
ratings = {{ step_kvar = {STEP_KVAR}, voltage_kv = 20.0 }}

[[device]]
name = "regulator_t2"
asset = "t2"
map = "tap_changer_controller"
port = 15034

[[device]]
name = "bank_c2"
asset = "c2"
map = "capacitor_controller"
port = 15035
"""
"""What the site file has more than nord's."""
_UNIT = 'name = "t2"\nfrom_bus = "hv"\n'
_REGULATOR = f"regulator = {{ target_kv = {TARGET_KV}, band_kv = {BAND_KV}, delay_s = {DELAY_S} }}\n"
_BANK = f"""
[[capacitors]]
name = "c2"
bus = "bus2"
step_kvar = {STEP_KVAR}
steps = 4
steps_in = 1
control = {{ measures = "reactive", branch = "t2", low = 0.0, high = 1600.0, delay_s = 90.0 }}
"""
MEASURED = {
    **nord_images.MEASURED,
    "t2": {
        **nord_images.MEASURED["t2"],
        "load_current": 202.4,
        "tap_position": -2.0,
        "tap_operations": 812.0,
        "regulated_voltage": 20.4,
        "voltage_target": TARGET_KV,
        "voltage_bandwidth": BAND_KV,
        "regulator_delay": DELAY_S,
        "regulator_state": 1.0,
        "tap_end_state": 0.0,
    },
    "c2": {"capacitor_steps": 1.0, "reactive_power": 832.3, "voltage": 20.4, "control_state": 1.0},
}
"""A sound morning: one step is in, and relieves T2 of its reactive power."""


def network_text() -> str:
    """Return nord's network file with the regulator and the bank."""
    text = (networks.FOLDER / "nord.toml").read_text(encoding="utf-8")
    assert text.count(_UNIT) == 1
    return text.replace(_UNIT, _UNIT + _REGULATOR) + _BANK


def regulated(text: str, folder: Path) -> str:
    """Return a site file of nord with the equipment, its network written beside."""
    path = folder / "regulated.toml"
    path.write_text(network_text(), encoding="utf-8")
    assert text.count('network = "nord"') == 1
    return text.replace('network = "nord"', f'network = "{path}"') + EQUIPMENT


@cache
def site() -> Site:
    """Return nord's site with the equipment."""
    text = (Path(aios.__file__).parent / "sites" / "nord.toml").read_text(encoding="utf-8")
    return site_of(text + EQUIPMENT)


def image(now_s: float = 0.0, *, holes: tuple[str, ...] = (), **changes: float) -> ProcessImage:
    """Return an image of it; `c2__voltage=19.8` changes a value, nobody could read the points of `holes`."""
    return nord_images.image(now_s, site=site(), measured=MEASURED, holes=holes, **changes)
