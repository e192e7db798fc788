import pytest

from simulators.couplings_actions import Actions


@pytest.fixture
def actions(site, network, devices):
    return Actions(site, network, devices)


def test_a_battery_gives_what_its_inverter_says(actions, devices):
    devices["device_bat1"].does = {"active_power": -1250.0}
    assert actions.battery_kw(0) == [-1250.0]


def test_a_battery_without_a_device_is_idle(site, network):
    assert Actions(site, network, {}).battery_kw(0) == [0.0]


def test_only_a_closed_double_point_conducts(actions, devices):
    for position in (0.0, 1.0, 3.0):
        devices["device_cb12"].does = {"position": position}
        assert actions.open_branches(0) == {"coupler", "f15", "f12"}
    devices["device_cb12"].does = {"position": 2.0}
    assert actions.open_branches(0) == {"coupler", "f15"}


def test_a_bay_that_starts_open_can_be_closed(actions, devices):
    devices["device_cb15"].does = {"position": 2.0}
    assert actions.open_branches(0) == {"coupler"}


def test_a_branch_without_a_breaker_device_keeps_its_first_position(site, network):
    assert Actions(site, network, {}).open_branches(0) == {"coupler", "f15"}
