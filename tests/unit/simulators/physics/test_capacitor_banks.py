from dataclasses import replace

import pytest

from simulators.appliances.demand import Demand
from simulators.networks.network import Capacitor, CapacitorControl
from simulators.physics.capacitor_banks import CapacitorBanks
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching
from simulators.profiles.load import load_profiles

SECOND = 1_000_000_000
BY_POWER = CapacitorControl(measures="reactive", branch="t1", low=-500.0, high=1500.0, delay_s=30.0)


@pytest.fixture
def banked(world_of, network):
    def build(control=BY_POWER, steps_in=0, **bank):
        unit = Capacitor(
            name="c1", bus="bus1", step_kvar=1000.0, steps=4, steps_in=steps_in, control=control, **bank
        )
        grid = replace(network, capacitors=(unit,))
        watched = CapacitorBanks(grid)
        return world_of(network=grid, parts=(watched,)), watched

    return build


def advance(world, seconds, step=1):
    for _ in range(0, seconds, step):
        world.advance(world.now_ns + step * SECOND)


def test_a_step_feeds_in_its_power_at_rated_voltage(network):
    unit = Capacitor(name="c1", bus="bus1", step_kvar=1000.0, steps=2, steps_in=0, step_loss_kw=2.0)
    grid = PowerGrid(replace(network, capacitors=(unit,)))
    wanted = Demand(network, load_profiles()).at(1_480_564_800 * SECOND)
    out, both = (grid.solve(wanted, Switching(open=network.open_at_start(), steps={"c1": n})) for n in (0, 2))
    pu = both.kv("bus1") / 20.0
    felt = out.flow("t1").to_kvar - both.flow("t1").to_kvar
    assert felt == pytest.approx(-2000.0 * pu**2, rel=0.01)
    balance = both.load_kw.sum() + both.loss_kw - both.plant_kw.sum()
    assert both.import_kw == pytest.approx(balance, abs=1e-3)
    assert both.loss_kw > 4.0


def test_it_switches_step_by_step_until_the_power_is_in_its_band(banked):
    world, banks = banked()
    assert world.flows.flow("t1").from_kvar > 1500.0
    advance(world, 29)
    assert banks.steps["c1"] == 0
    advance(world, 1)
    assert banks.steps["c1"] == 1
    advance(world, 600, step=30)
    assert -500.0 <= world.flows.flow("t1").from_kvar <= 1500.0
    assert banks.operations["c1"] == banks.steps["c1"]


def test_it_goes_out_where_the_voltage_is_high_and_waits_for_its_discharge(banked):
    control = CapacitorControl(low=20.0, high=20.2, delay_s=10.0, discharge_s=300.0)
    world, banks = banked(control, steps_in=4)
    assert world.flows.kv("bus1") > 20.2
    advance(world, 10)
    assert banks.steps["c1"] == 3
    assert banks.show()["c1"]["capacitor_steps"] == 3.0


def test_a_charged_capacitor_does_not_go_in(banked, devices):
    control = CapacitorControl(low=20.30, high=20.36, delay_s=10.0, discharge_s=300.0)
    world, banks = banked(control, steps_in=1)
    devices["device_bat1"].does = {"active_power": 4000.0}
    advance(world, 20)
    before = banks.operations["c1"]
    assert before == 1
    devices["device_bat1"].does = {"active_power": -8000.0}
    advance(world, 250, step=10)
    assert world.flows.kv("bus1") < 20.30
    assert banks.operations["c1"] == before
    advance(world, 60, step=10)
    assert banks.operations["c1"] > before


def test_it_never_has_more_steps_in_than_there_are(banked):
    world, banks = banked(replace(BY_POWER, low=-9e9, high=-8e9))
    advance(world, 600, step=30)
    assert banks.steps["c1"] == 4
    assert banks.wakes_ns(world.now_ns, world.flows) is None
