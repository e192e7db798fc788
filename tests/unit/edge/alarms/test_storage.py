"""A battery that loses more than it should is found by its energy; one that is sound, or idle, is not."""

from __future__ import annotations

import pytest

from edge.alarms.family import framed
from edge.alarms.storage import BatteryLosses
from tests.fakes.nord_images import image, nord

ENERGY_KWH, STEP_S = 8_000.0, 60.0


def live(kw: float, efficiency: float, *, minutes: int = 40, hole_at: int = -1) -> dict[int, float | None]:
    """What is said at the end of some minutes with one power at the terminals."""
    family, kwh = BatteryLosses(nord()), 0.5 * ENERGY_KWH
    overs: dict[int, float | None] = {}
    for minute in range(minutes):
        holes = ("bat1/active_power",) if minute == hole_at else ()
        seen = {"bat1__active_power": kw, "bat1__state_of_charge": 100.0 * kwh / ENERGY_KWH}
        overs = dict(family.look(framed(image(1.0 + minute * STEP_S, holes=holes, **seen))))
        kwh -= kw * STEP_S / 3600.0 * (1.0 / efficiency if kw > 0.0 else efficiency)
    return overs


@pytest.mark.parametrize("kw", [-2_000.0, 2_000.0])
def test_losses_beyond_the_limit_are_found_both_ways(kw: float) -> None:
    assert live(kw, 0.94) == {}
    (over,) = live(kw, 0.75).values()
    assert over == pytest.approx(88.0 - 75.0, abs=0.1)


def test_little_energy_says_nothing() -> None:
    assert live(2_000.0, 0.5, minutes=7) == {}
    assert live(0.0, 0.5) == {}


def test_a_single_hole_is_bridged() -> None:
    assert live(2_000.0, 0.75, hole_at=3) == pytest.approx(live(2_000.0, 0.75), abs=0.5)
