"""A shipped map is proposed where what is read with it makes sense, and not where it merely answers."""

import pytest

from aios.devices.plausible import BELIEVED, fit_of, fits_of
from drivers.modbus.bank import IllegalAddress
from drivers.modbus.direct import DirectLink
from drivers.modbus.link import NoAnswer
from drivers.modbus.map import load_map
from simulators.devices.sensor import Sensor
from tests.fakes.still_clock import StillClock


class Everything:
    """A device that has the same number in every register."""

    def __init__(self, number: int) -> None:
        self.number = number

    def read(self, table, address, count, now_ns):
        return [self.number] * count

    def write(self, table, address, values, now_ns):
        raise IllegalAddress(table, address, len(values))


def meter() -> DirectLink:
    sensor = Sensor(load_map("feeder_meter"))
    sensor.sense({"active_power": 812.0, "reactive_power": 95.0, "voltage": 20.1, "current": 23.6}, 0)
    return DirectLink(sensor, StillClock())


async def test_the_map_of_the_device_is_the_best_and_is_believed():
    fits = await fits_of(meter(), 1)
    assert (fits[0].map, fits[0].score) == ("feeder_meter", 1.0)
    assert all(fit.score < BELIEVED for fit in fits[1:])
    assert "active_power 812 kW" in fits[0].evidence


@pytest.mark.parametrize("number", [0, 1, 0x3F80, 0xFFFF])
async def test_a_device_that_answers_everything_with_one_number_is_none_of_ours(number):
    link = DirectLink(Everything(number), StillClock())
    assert all(
        fit.score < BELIEVED for fit in await fits_of(link, 1, maps=["feeder_meter", "battery_inverter"])
    )


async def test_what_is_not_plausible_speaks_against_a_map():
    sensor = Sensor(load_map("feeder_meter"))
    sensor.sense({"active_power": 1e9, "reactive_power": 95.0, "voltage": 20.1, "current": 23.6}, 0)
    fit = await fit_of(DirectLink(sensor, StillClock()), 1, load_map("feeder_meter"))
    assert (fit.plausible, fit.values, fit.score) == (3, 4, 0.75)
    assert any(line.startswith("not plausible: active_power") for line in fit.evidence)


async def test_a_silent_device_is_not_asked_the_rest_of_a_map():
    class Silent:
        asked = 0

        async def read(self, unit, table, address, count):
            self.asked += 1
            raise NoAnswer("nothing")

    link = Silent()
    fit = await fit_of(link, 1, load_map("breaker"))
    assert (fit.score, link.asked) == (0.0, 1)
