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
