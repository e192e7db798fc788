"""Instruments: what a meter makes of a true value, within its class.

Power, voltage and current carry a fixed gain error, drawn once for each instrument and at most 0.3 %, and a
jitter of 0.05 % (one standard deviation, cut at three): together inside the 0.5 % of class 0.5. Temperatures
carry an offset of at most 0.3 K and a jitter of 0.1 K. Codes are exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto
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


_AHEAD: Final = 512
"""Random numbers that are drawn together; as one by one, only sooner."""


class _Kind(Enum):
    """What errors an instrument makes."""

    EXACT = auto()
    TEMPERATURE = auto()
    CLASS = auto()


class Instruments:
    """The instruments of a site, with their seeded errors."""

    def __init__(self, seed: int) -> None:
        self._seed = seed_of(seed, "instruments")
        self._draws = _draws(np.random.Generator(np.random.PCG64(self._seed)))
        self._known: dict[str, dict[str, tuple[_Kind, float]]] = {}
        """By device and quantity: the errors it makes and the fixed, K or what the true value is times."""

    def read(self, device: str, quantities: Mapping[str, float]) -> dict[str, float]:
        """Return what the instruments of one device show.

        Args:
            device: its name; the fixed errors belong to it.
            quantities: true values; NaN stays NaN.

        Each call draws as many random numbers as there are quantities, whatever they are.
        """
        known, of_class, exact = self._known.setdefault(device, {}), _Kind.CLASS, _Kind.EXACT
        shown: dict[str, float] = {}
        for (name, true), draw in zip(quantities.items(), self._draws, strict=False):
            kind, fixed = known.get(name) or self._learned(device, name)
            if kind is of_class:
                shown[name] = true * (fixed + JITTER * draw)
            else:
                shown[name] = true if kind is exact else true + fixed + JITTER_K * draw
        return shown

    def _learned(self, device: str, name: str) -> tuple[_Kind, float]:
        """Return what errors one instrument makes: the same for ever."""
        error = 2.0 * uniform(seed_of(self._seed, device, name), 0) - 1.0
        if name.endswith("_state") or name in COUNTED:
            learned = _Kind.EXACT, 0.0
        elif name.endswith("_temperature"):
            learned = _Kind.TEMPERATURE, _OFFSET_K * error
        else:
            learned = _Kind.CLASS, 1.0 + _GAIN * error
        self._known[device][name] = learned
        return learned


def _draws(random: np.random.Generator) -> Iterator[float]:
    """Yield standard normal numbers, cut, in the order in which one by one they would be drawn."""
    while True:
        yield from np.clip(random.standard_normal(_AHEAD), -_CUT, _CUT).tolist()
