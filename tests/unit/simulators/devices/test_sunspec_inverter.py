import pytest

from simulators.devices.sunspec_inverter import SunSpecInverter

HOUR_NS = 3600 * 1_000_000_000


def shown(inverter, now_ns):
    """Watts, volts, state and energy (Wh) of model 103, raw."""
    inverter._advance(now_ns)
    inverter._show(now_ns)
    at = {point.name: place for place, (model, point) in inverter._registers.at.items() if model == 103}
    words = inverter._registers.words
    first = inverter._registers.base
    return {name: words[at[name] - first] for name in ("W", "PhVphA", "St")}


def test_without_voltage_it_is_off_and_its_counter_stands_still():
    inverter = SunSpecInverter(rating_kw=50.0)
    inverter.sense({"available_power": 40.0, "voltage": 20.3}, 0)
    lit = shown(inverter, HOUR_NS)
    assert inverter._energy_kwh == pytest.approx(1274.0)
    inverter.sense({"available_power": 40.0, "voltage": 0.0}, HOUR_NS)
    assert inverter.actuation(2 * HOUR_NS)["active_power"] == 0.0
    dark = shown(inverter, 2 * HOUR_NS)
    assert (dark["W"], dark["PhVphA"], dark["St"]) == (0, 0, 1)
    assert (lit["W"], lit["St"]) == (4000, 4)
    assert inverter._energy_kwh == pytest.approx(1274.0)
    inverter.sense({"available_power": 40.0, "voltage": 20.3}, 2 * HOUR_NS)
    assert shown(inverter, 2 * HOUR_NS) == lit


def test_what_has_tripped_shows_a_fault_and_a_part_of_it_only_less_power():
    inverter = SunSpecInverter(rating_kw=50.0)
    inverter.sense({"available_power": 40.0, "trip_state": 0.25}, 0)
    part = shown(inverter, HOUR_NS)
    inverter.sense({"available_power": 40.0, "trip_state": 1.0}, HOUR_NS)
    assert inverter.actuation(2 * HOUR_NS) == {"active_power": 0.0, "active_power_limit": 50.0}
    whole = shown(inverter, 2 * HOUR_NS)
    assert (part["W"], part["St"]) == (3000, 4)
    assert (whole["W"], whole["St"]) == (0, 7)
    assert inverter._energy_kwh == pytest.approx(1264.0)
    inverter.sense({"available_power": 40.0, "trip_state": 0.0}, 2 * HOUR_NS)
    assert shown(inverter, 2 * HOUR_NS)["St"] == 4
