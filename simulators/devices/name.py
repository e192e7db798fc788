"""How a simulated device names itself when it is asked by function 43/14."""

from __future__ import annotations

from typing import Final

from drivers.modbus.map import load_map
from drivers.modbus.naming import Identification
from simulators.devices.sunspec_models import MAKER, MODEL, REVISION

SUNSPEC: Final = "sunspec"
"""In the place of a map: an inverter that describes itself."""


def name_of(device_map: str) -> Identification:
    """Return what devices of a register map say, or those that speak SunSpec.

    >>> name_of("feeder_meter").product_code, name_of("sunspec").maker
    ('feeder_meter', 'AIOS Grid')
    """
    if device_map == SUNSPEC:
        return Identification(maker=MAKER, product_code=MODEL, revision=REVISION)
    return load_map(device_map).identification
