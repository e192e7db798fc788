"""An instrument that becomes unsteady alone is named; what really moves, and a single jump, are not."""

from __future__ import annotations

import math
import random

from edge.alarms.family import framed
from edge.alarms.noise import Noise
from edge.alarms.scatter import BLOCK
from edge.alarms.watch import AlarmWatch
from tests.fakes.nord_images import MEASURED, image, nord

STEP_S = 120.0
LEARNT = 90
"""Looks after which three hours have gone by."""


def live(kw_sigma: dict[str, float], *, jump: float = 0.0, looks: int = 60) -> set[str]:
    """Which instruments are accused after some looks with more scatter of some points than before."""
    family, draws = Noise(nord()), random.Random(5)
    names = [definition.subject for definition in family.definitions]
    accused: set[str] = set()
    for look in range(LEARNT + looks):
        sway = 400.0 * math.sin(look / 40.0)
        seen = {
            f"{asset}__active_power": MEASURED[asset]["active_power"] * (1.0 + draws.gauss(0.0, 0.0005))
            + sway
            for asset in ("grid", "f11", "f12", "f13", "f14")
        }
        if look >= LEARNT:
            common = draws.gauss(0.0, 1.0)
            for name, sigma in kw_sigma.items():
                seen[name] += sigma * common + (jump if (look // 7) % 2 else 0.0)
        overs = family.look(framed(image(1.0 + look * STEP_S, **seen)))
        accused |= {names[number] for number, over in overs.items() if over is not None and over > 0.0}
    return accused


def test_steady_instruments_are_not_accused() -> None:
    assert live({}) == set()


def test_one_that_becomes_unsteady_alone_is_named() -> None:
    assert live({"f13__active_power": 90.0}) == {"noise:f13/active_power".partition(":")[2]}


def test_power_that_really_is_unsteady_is_seen_by_the_head_meter_too() -> None:
    assert live({"f13__active_power": 90.0, "grid__active_power": 90.0}) == set()


def test_single_jumps_are_not_noise() -> None:
    assert live({"f13__active_power": 0.0}, jump=800.0) == set()


def test_nothing_is_said_before_the_usual_is_learnt() -> None:
    family, draws = Noise(nord()), random.Random(5)
    for look in range(50):
        seen = {"f13__active_power": 3_000.0 + draws.gauss(0.0, 200.0)}
        assert family.look(framed(image(1.0 + look * STEP_S, **seen))) == {}


def raised(noisy: range) -> set[str]:
    """Which alarms have risen after some looks in which one feeder's meter was unsteady alone."""
    watch, draws = AlarmWatch((Noise(nord()),)), random.Random(5)
    rose: set[str] = set()
    for look in range(LEARNT + 60):
        sigma = 90.0 if look in noisy else 1.5
        seen = image(1.0 + look * STEP_S, f13__active_power=3_000.0 + draws.gauss(0.0, sigma))
        rose |= {alarm.id for alarm in watch.look(framed(seen), seen.now_ns) if alarm.active}
    return rose


def test_one_block_of_readings_is_chance_and_two_in_a_row_are_noise() -> None:
    block = range(12 * BLOCK, 13 * BLOCK)
    assert raised(block) == set()
    assert raised(range(block.start, block.stop + BLOCK)) == {"noise:f13/active_power"}
