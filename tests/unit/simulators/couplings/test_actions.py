import pytest

from simulators.couplings.actions import BatteryInverters, Breakers
from simulators.indicators import batteries as indicators
from simulators.part import Wish
from simulators.physics.course import Course
from simulators.physics.tables import rows_of
from tests.unit.simulators.conftest import SECOND


@pytest.fixture
def wish_of(network):
    def wished(part):
        wish = Wish.nothing(rows_of(network))
        part.act(0, wish)
        return wish

    return wished


def test_a_battery_gives_what_its_inverter_says(site, network, devices, wish_of):
    devices["device_bat1"].does = {"active_power": -1250.0}
    assert wish_of(BatteryInverters(site, network, devices)).plant_kw.tolist() == [0.0, -1250.0]


def test_a_battery_without_a_device_is_idle(site, network, wish_of):
    assert wish_of(BatteryInverters(site, network, {})).plant_kw.tolist() == [0.0, 0.0]


def test_what_batteries_gave_more_than_they_took_is_counted(world_of, network, devices):
    world, batteries = world_of(), indicators.Batteries(network)
    for power_kw, minutes in ((600.0, 1), (-1200.0, 2), (0.0, 1)):
        devices["device_bat1"].does = {"active_power": power_kw}
        world.advance(world.now_ns)
        world.advance(world.now_ns + minutes * 60 * SECOND)
        for one in world.stretches:
            batteries.enter(Course.of(one.flows, one.until_ns, one.seconds / 3600.0))
    assert batteries.values()["battery_net_kwh"] == pytest.approx((600.0 - 2 * 1200.0) / 60.0)


def test_only_a_closed_double_point_conducts(site, network, devices, wish_of):
    breakers = Breakers(site, network, devices)
    for position in (0.0, 1.0, 3.0):
        devices["device_cb12"].does = {"position": position}
        assert wish_of(breakers).open == {"coupler", "f15", "f12"}
    devices["device_cb12"].does = {"position": 2.0}
    assert wish_of(breakers).open == {"coupler", "f15"}


def test_a_bay_that_starts_open_can_be_closed(site, network, devices, wish_of):
    devices["device_cb15"].does = {"position": 2.0}
    assert wish_of(Breakers(site, network, devices)).open == {"coupler"}


def test_a_branch_without_a_breaker_device_keeps_its_first_position(site, network, wish_of):
    assert wish_of(Breakers(site, network, {})).open == {"coupler", "f15"}
