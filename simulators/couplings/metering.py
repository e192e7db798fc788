"""Instruments: what a meter makes of a true value, within its class.

Power, voltage and current carry a fixed gain error, drawn once for each instrument and at most 0.3 %, and a
jitter of 0.05 % (one standard deviation, cut at three): together inside the 0.5 % of class 0.5. Temperatures
carry an offset of at most 0.3 K and a jitter of 0.1 K. Gas monitors measure once an hour and show that until
the next time, with a gain error of at most 5 % and a jitter of 2 % (Vaisala OPT100, user guide M211858EN-AA:
accuracy and repeatability of 5 to 10 % of the reading). Codes, settings, and what a laboratory wrote down,
are exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum, auto
from statistics import NormalDist
from typing import Final

import numpy as np

from simulators.durations import HOUR_NS
from simulators.equipment.gases import GASES
from simulators.noise import mixed, seed_of, uniform

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
        "voltage_target",
        "voltage_bandwidth",
        "regulator_delay",
    }
)
"""Codes, counts and settings besides those that end in `_state`."""
_WRITTEN: Final = frozenset({"furfural", "sample_age"})
"""What a laboratory wrote down; its errors are in it."""
_GAIN: Final = 0.003
JITTER: Final = 0.0005
_CUT: Final = 3.0
_OFFSET_K: Final = 0.3
JITTER_K: Final = 0.1


_IN_OIL: Final = frozenset({*GASES, "combustible_gas", "moisture", "relative_moisture"})
_GAIN_IN_OIL: Final = 0.05
_JITTER_IN_OIL: Final = 0.02
_LEVELS: Final = 4096
"""Jitters that an instrument may show: finer than any register tells them apart."""
_JITTERS: Final = tuple(
    min(_CUT, max(-_CUT, NormalDist().inv_cdf((level + 0.5) / _LEVELS))) for level in range(_LEVELS)
)
"""Equally likely standard normal numbers, cut."""
_TABLE: Final = np.array(_JITTERS)
_SPREAD: Final = 0x9E3779B97F4A7C15
"""An odd number that spreads 64 mixed bits into the highest: Fibonacci hashing, Knuth TAOCP 3, 6.4."""
_MASK: Final = (1 << 64) - 1
_TOP: Final = 52
"""Bits below those that count the levels."""
_SPREAD_64: Final = np.uint64(_SPREAD)
_TOP_64: Final = np.uint64(_TOP)


class _Kind(Enum):
    """What errors an instrument makes."""

    EXACT = auto()
    TEMPERATURE = auto()
    CLASS = auto()
    IN_OIL = auto()


class Instruments:
    """The instruments of a site, with their seeded errors.

    Every error follows from the seed, the device, the quantity and the moment alone: what else is measured,
    and how often, changes none of them. So two worlds that differ in a fault have the same noise. A gas
    monitor keeps what it measured when it was first read in an hour.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed_of(seed, "instruments")
        self._known: dict[str, dict[str, tuple[_Kind, float, int]]] = {}
        """By device and quantity: the errors it makes, the fixed one, K or what the true value is times, and
        its place among the jitters."""
        self._held: dict[tuple[str, str], tuple[int, float]] = {}
        """By device and quantity: what a gas monitor shows, and in which hour it measured that."""
        self._seeds: list[int] = []
        """Seed of the jitter of every instrument, in the order in which they were learnt."""
        self._bits = np.zeros(0, dtype=np.uint64)
        """The same as an array, as far as it was asked for."""
        self._moment_ns: int | None = None
        self._jitters: list[float] = []
        """Jitter of every instrument at that moment: a world asks for every device in turn."""

    def read(self, device: str, quantities: Mapping[str, float], now_ns: int) -> dict[str, float]:
        """Return what the instruments of one device show at a moment: the same however often it is asked.

        Args:
            device: its name; its errors belong to it.
            quantities: true values; NaN stays NaN.
            now_ns: nanoseconds since 1970 UTC.
        """
        if not quantities:
            return {}
        known, of_class, exact = self._known.setdefault(device, {}), _Kind.CLASS, _Kind.EXACT
        jitters = self._jitters_at(now_ns)
        shown: dict[str, float] = {}
        for name, true in quantities.items():
            kind, fixed, place = known.get(name) or self._learned(device, name)
            if kind is exact:
                shown[name] = true
            elif kind is of_class:
                shown[name] = true * (fixed + JITTER * jitters[place])
            elif kind is _Kind.IN_OIL:
                seed = self._seeds[place]
                shown[name] = self._in_oil((device, name), true, fixed, seed, now_ns // HOUR_NS)
            else:
                shown[name] = true + fixed + JITTER_K * jitters[place]
        return shown

    def _in_oil(self, which: tuple[str, str], true: float, fixed: float, seed: int, hour: int) -> float:
        """Return what a gas monitor shows: measured once in an hour; what is missing is measured again."""
        measured, held = self._held.get(which, (hour - 1, math.nan))
        if measured != hour or math.isnan(held):
            cycle = _jitter(seed, mixed(hour))
            held = true * (fixed + _JITTER_IN_OIL * cycle)
            self._held[which] = hour, held
        return held

    def _jitters_at(self, now_ns: int) -> list[float]:
        """Return the jitter of every instrument at a moment: all of them in one step."""
        if now_ns != self._moment_ns:
            if len(self._bits) < len(self._seeds):
                self._bits = np.array(self._seeds, dtype=np.uint64)
            levels = ((self._bits ^ np.uint64(mixed(now_ns & _MASK))) * _SPREAD_64) >> _TOP_64
            self._jitters, self._moment_ns = _TABLE[levels].tolist(), now_ns
        return self._jitters

    def _learned(self, device: str, name: str) -> tuple[_Kind, float, int]:
        """Return what errors one instrument makes: the same for ever."""
        seed = seed_of(self._seed, device, name)
        error = 2.0 * uniform(seed, 0) - 1.0
        place = len(self._seeds)
        self._seeds.append(seed_of(seed, "jitter"))
        if self._moment_ns is not None:
            self._jitters.append(_jitter(self._seeds[place], mixed(self._moment_ns & _MASK)))
        if name.endswith("_state") or name in COUNTED or name in _WRITTEN:
            learned = _Kind.EXACT, 0.0, place
        elif name.endswith("_temperature"):
            learned = _Kind.TEMPERATURE, _OFFSET_K * error, place
        elif name in _IN_OIL:
            learned = _Kind.IN_OIL, 1.0 + _GAIN_IN_OIL * error, place
        else:
            learned = _Kind.CLASS, 1.0 + _GAIN * error, place
        self._known[device][name] = learned
        return learned


def _jitter(seed: int, moment: int) -> float:
    """Return the standard normal number that belongs to 64 bits of an instrument and 64 of a moment."""
    return _JITTERS[((seed ^ moment) * _SPREAD & _MASK) >> _TOP]
