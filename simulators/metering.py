"""Instruments: what a meter makes of a true value, within its class.

Power, voltage and current carry a fixed gain error, drawn once for each instrument and at most 0.3 %, and a
jitter of 0.05 % (one standard deviation, cut at three): together inside the 0.5 % of class 0.5. Temperatures
carry an offset of at most 0.3 K and a jitter of 0.1 K. Codes are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from simulators.noise import seed_of, uniform

COUNTED: Final = frozenset(
    {
        "position",
        "operations",
        "trips",
        "reclose_shots",
        "tap_position",
        "tap_operations",
        "capacitor_steps",
        "capacitor_operations",
    }
)
"""Codes and counts besides those that end in `_state`."""
_GAIN: Final = 0.003
JITTER: Final = 0.0005
_CUT: Final = 3.0
_OFFSET_K: Final = 0.3
JITTER_K: Final = 0.1


class Instruments:
    """The instruments of a site, with their seeded errors."""

    def __init__(self, seed: int) -> None:
        self._seed = seed_of(seed, "instruments")
        self._random = np.random.Generator(np.random.PCG64(self._seed))
        self._fixed: dict[tuple[str, str], float] = {}

    def read(self, device: str, quantities: Mapping[str, float]) -> dict[str, float]:
        """Return what the instruments of one device show.

        Args:
            device: its name; the fixed errors belong to it.
            quantities: true values; NaN stays NaN.

        Each call draws as many random numbers as there are quantities, whatever they are.
        """
        draws = np.clip(self._random.standard_normal(len(quantities)), -_CUT, _CUT).tolist()
        return {
            name: self._shown(device, name, true, draw)
            for (name, true), draw in zip(quantities.items(), draws, strict=True)
        }

    def _shown(self, device: str, name: str, true: float, draw: float) -> float:
        if name.endswith("_state") or name in COUNTED:
            return true
        fixed = self._fixed_error(device, name)
        if name.endswith("_temperature"):
            return true + _OFFSET_K * fixed + JITTER_K * draw
        return true * (1.0 + _GAIN * fixed + JITTER * draw)

    def _fixed_error(self, device: str, name: str) -> float:
        """From -1 to 1, the same for ever."""
        key = (device, name)
        if key not in self._fixed:
            self._fixed[key] = 2.0 * uniform(seed_of(self._seed, device, name), 0) - 1.0
        return self._fixed[key]
