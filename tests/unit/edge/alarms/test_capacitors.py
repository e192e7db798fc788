"""A bank that gives less than its steps say is found; tolerance, voltage and switching are no fault."""

from __future__ import annotations

import msgspec
import pytest

from edge.alarms.capacitors import CapacitorPower
from edge.alarms.conditions import families
from edge.alarms.family import framed
from kernel.site import Site
from tests.fakes.nord_images import nord
from tests.fakes.regulated_nord import STEP_KVAR, image, site


def over(steps: float, working: float, kv: float = 20.0, *, gives: float = 1.0) -> float | None:
    """What is said of a bank of which some of its steps work."""
    kvar = working * STEP_KVAR * (kv / 20.0) ** 2 * gives
    seen = {"c2__capacitor_steps": steps, "c2__reactive_power": kvar, "c2__voltage": kv}
    return CapacitorPower(site()).look(framed(image(**seen))).get(0, -99.0)


def test_only_a_site_with_a_bank_and_its_ratings_has_the_alarm() -> None:
    assert "capacitor_weak" not in {d.condition for one in families(nord()) for d in one.definitions}
    assert "capacitor_weak:c2" in {d.id for one in families(site()) for d in one.definitions}
    bare = tuple(msgspec.structs.replace(a, ratings={}) if a.name == "c2" else a for a in site().assets)
    assert CapacitorPower(msgspec.structs.replace(site(), assets=bare)).definitions == ()


@pytest.mark.parametrize("steps", [0.0, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("kv", [18.0, 20.0, 22.0])
@pytest.mark.parametrize("gives", [0.95, 1.0, 1.1])
def test_a_sound_bank_within_its_tolerance_is_well_at_any_voltage(
    steps: float, kv: float, gives: float
) -> None:
    found = over(steps, steps, kv, gives=gives)
    assert found is not None
    assert found < -10.0


@pytest.mark.parametrize("steps", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("kv", [18.0, 22.0])
def test_a_bank_that_lacks_half_a_step_is_found(steps: float, kv: float) -> None:
    assert over(steps, steps - 0.5, kv) == pytest.approx(50.0 - 25.0 - 5.0 * steps)


def test_a_dead_busbar_says_nothing_of_its_bank() -> None:
    assert over(4.0, 0.0, 0.0) == -99.0
    assert over(4.0, 0.0, 9.0) == -99.0


@pytest.mark.parametrize("quantity", ["capacitor_steps", "reactive_power", "voltage"])
def test_without_a_good_reading_nothing_is_judged(quantity: str) -> None:
    seen = {"c2__capacitor_steps": 4.0, "c2__reactive_power": 0.0}
    assert CapacitorPower(site()).look(framed(image(holes=(f"c2/{quantity}",), **seen))) == {0: None}


def test_the_words_say_what_comes_and_what_the_steps_should_give() -> None:
    seen = {"c2__capacitor_steps": 3.0, "c2__reactive_power": 1_600.0, "c2__voltage": 20.0}
    words = CapacitorPower(site()).words(0, framed(image(**seen)))
    assert words.text == "C-2 gives 1600 kvar where 3 steps of 800 kvar at 20.00 kV are in"
    assert words.point == "c2/reactive_power"
    assert [found.name for found in words.evidence] == ["reactive_power", "capacitor_steps", "voltage"]


def test_without_its_ratings_at_hand_it_is_the_site_that_is_asked() -> None:
    """The rating of a step is the site's, whatever the bank has."""
    doubled = tuple(
        msgspec.structs.replace(a, ratings={"step_kvar": 1_600.0, "voltage_kv": 20.0})
        if a.name == "c2"
        else a
        for a in site().assets
    )
    other: Site = msgspec.structs.replace(site(), assets=doubled)
    (found,) = CapacitorPower(other).look(framed(image())).values()
    assert found is not None
    assert found > 0.0
