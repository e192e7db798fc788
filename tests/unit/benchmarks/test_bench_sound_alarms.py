"""The benchmark of alarms by chance, at small size: sound instruments cry nothing, a noisy one is counted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.bench_sound_alarms import FAMILIES, LOOK_S, occurred, sound
from edge.alarms.balance import BusbarBalance
from edge.alarms.family import Family, Frame, framed
from edge.alarms.noise import Noise
from tests.fakes.nord_images import nord

NOISY = nord().row["f12/active_power"]


@pytest.mark.parametrize("name", FAMILIES)
def test_sound_instruments_cry_nothing(name: str) -> None:
    watch, _ = FAMILIES[name]
    cries = watch(0.002)
    assert cries.alarms == 0
    assert cries.watched > 0.0


def off(kw: float, sigma: float) -> Iterator[Frame]:
    """Two sound hours and a half, then one meter is off and scatters."""
    draws = random.Random(1)
    for look, one in enumerate(sound(1, 120 * LOOK_S)):
        value = np.array(one.values)
        value[NOISY] += kw + draws.gauss(0.0, sigma) if look > 75 else 0.0
        yield framed(replace(one.image, value=value))


@pytest.mark.parametrize(
    ("family", "kw", "sigma"), [(Noise(nord()), 0.0, 90.0), (BusbarBalance(nord()), 600.0, 0.0)]
)
def test_one_that_is_not_sound_is_counted(family: Family, kw: float, sigma: float) -> None:
    assert occurred(family, off(kw, sigma)) >= 1
