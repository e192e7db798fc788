from dataclasses import replace

import pytest

from simulators.networks.network import Regulator
from simulators.part import Part
from simulators.physics.tap_changers import TapChangers

SECOND = 1_000_000_000
KEEPS_HIGH = Regulator(target_kv=21.5, band_kv=0.5, delay_s=60.0, step_s=10.0)
"""Nord stands near 20.4 kV: four taps of 0.3 kV below this."""


@pytest.fixture
def regulated(world_of, network):
    """A world in which a regulator keeps the voltage of bus1; other parts act after it."""

    def build(keeps=KEEPS_HIGH, parts=(), **unit):
        first, *others = network.transformers
        grid = replace(network, transformers=(replace(first, regulator=keeps, **unit), *others))
        watched = TapChangers(grid)
        return world_of(network=grid, parts=(watched, *parts)), watched

    return build


class Held(Part):
    """Holds a tap changer where it is, whatever is wanted."""

    def __init__(self, position):
        self.position = position

    def act(self, now_ns, wish):
        wish.taps["t1"] = self.position


def advance(world, seconds, step=1):
    for _ in range(0, seconds, step):
        world.advance(world.now_ns + step * SECOND)


def test_it_waits_for_the_delay_and_then_taps_until_the_voltage_is_in_the_band(regulated):
    world, changers = regulated()
    begin = changers.positions["t1"]
    advance(world, 59)
    assert changers.positions["t1"] == begin
    advance(world, 1)
    assert changers.positions["t1"] == begin - 1
    advance(world, 9)
    assert changers.positions["t1"] == begin - 1
    advance(world, 1)
    assert changers.positions["t1"] == begin - 2
    advance(world, 300, step=10)
    assert abs(world.flows.kv("bus1") - 21.5) <= 0.25
    moved = begin - changers.positions["t1"]
    assert changers.operations["t1"] == moved
    assert changers.show()["t1"] == {"tap_position": begin - moved, "tap_operations": moved}
    assert changers.counted() == {"tap_operations": moved}


def test_how_time_is_cut_does_not_move_a_tap(regulated):
    (fine, taps), (coarse, same) = regulated(), regulated()
    advance(fine, 300, step=5)
    advance(coarse, 300, step=300)
    assert taps.positions == same.positions
    assert fine.flows.kv("bus1") == pytest.approx(coarse.flows.kv("bus1"), abs=1e-9)


def test_a_voltage_that_comes_back_in_time_costs_no_tap(regulated, devices):
    world, changers = regulated(replace(KEEPS_HIGH, target_kv=20.5, band_kv=0.4, delay_s=120.0))
    advance(world, 30, step=30)
    begin = changers.positions["t1"]
    devices["device_bat1"].does = {"active_power": -20_000.0}
    advance(world, 60, step=10)
    assert abs(world.flows.kv("bus1") - 20.5) > 0.2
    devices["device_bat1"].does = {"active_power": 0.0}
    advance(world, 600, step=30)
    assert changers.positions["t1"] == begin
    assert changers.operations["t1"] == 0


def test_it_stops_at_its_end_and_no_longer_wakes(regulated):
    world, changers = regulated(tap_min=-4)
    advance(world, 600, step=60)
    assert changers.positions["t1"] == -4
    assert changers.wakes_ns(world.now_ns, world.flows) is None


def test_line_drop_compensation_holds_the_voltage_higher_the_more_is_drawn(regulated):
    keeps = replace(KEEPS_HIGH, target_kv=20.0)
    plain, compensated = regulated(keeps)[0], regulated(replace(keeps, drop_ohm=1.0))[0]
    advance(plain, 900, step=60)
    advance(compensated, 900, step=60)
    assert compensated.flows.kv("bus1") - plain.flows.kv("bus1") > 0.25
    flow, kv = compensated.flows.flow("t1"), compensated.flows.kv("bus1")
    drop_kv = complex(-flow.to_kw, flow.to_kvar) / kv * 1e-3
    assert abs(kv - drop_kv) == pytest.approx(20.0, abs=0.25)


def test_a_changer_that_is_stuck_stays_and_counts_nothing(regulated):
    world, changers = regulated(parts=(Held(-2),))
    advance(world, 300, step=10)
    assert changers.operations["t1"] == 0
    assert world.flows.kv("bus1") < 21.0


def test_a_changer_that_was_moved_by_something_else_goes_on_from_there(regulated):
    hand = Held(-2)
    world, changers = regulated(parts=(hand,))
    advance(world, 10)
    hand.position = 3
    advance(world, 2)
    assert changers.positions["t1"] == 3
    assert changers.operations["t1"] == 5


def test_taps_on_the_low_voltage_winding_move_the_other_way(regulated):
    world, changers = regulated(tap_side="to", tap_step_kv=0.3, tap_position=0)
    advance(world, 300, step=10)
    assert changers.positions["t1"] > 0
    assert abs(world.flows.kv("bus1") - 21.5) <= 0.25


def test_a_dead_bus_moves_no_tap(regulated):
    class Off(Part):
        def act(self, now_ns, wish):
            wish.open.add("t1")

    world, changers = regulated(parts=(Off(),))
    advance(world, 300, step=10)
    assert world.flows.kv("bus1") == 0.0
    assert changers.operations["t1"] == 0
