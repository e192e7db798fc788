"""A whole gateway on devices with behaviours, under the virtual clock."""

import pytest

from drivers.modbus.bank import WrongState
from drivers.modbus.entry import Table
from kernel.site import LOCAL
from simulators.scenario import ScenarioInvalid, scenario_of
from tests.system.virtual_nord import make_nord

pytestmark = pytest.mark.system
SITE = """
[site]
name = "bay"
title = "One bay and one load"
base_tick_s = 1.0
[[asset]]
name = "grid"
kind = "connection"
[[asset]]
name = "cb15"
kind = "breaker"
upstream = "grid"
zone = "bay15"
[[asset]]
name = "f15"
kind = "load"
upstream = "grid"
[[device]]
name = "bay"
asset = "cb15"
map = "bay_controller"
port = 15001
[[device]]
name = "plant"
asset = "f15"
map = "plant_controller"
port = 15002
[policies]
names = ["breaker_close_never_under_permit"]
[simulation]
network = "nord"
start = 2016-12-14T12:00:00+01:00
history_days = 0

initial.bay.position = 1.0
behaviour.bay.clock = { offset_s = 30.0 }
behaviour.plant.watchdog_s = 90.0
"""


def bay(tmp_path):
    return make_nord(tmp_path, SITE)


async def test_the_gateway_selects_and_operates_a_bay_and_sees_its_clock(tmp_path):
    run = bay(tmp_path)
    await run.step(3)
    run.ask("cb15/close", 1.0)
    await run.until(lambda: run.value("cb15/position") == 2.0, most=30)
    assert [command.point for command in run.seen.commands][:2] == ["cb15/select", "cb15/close"]
    assert [one.quantity for one in run.bank("bay").journal] == ["close"]
    ahead_s = run.value("cb15/device_time") - run.run.clock.now_ns() / 1e9
    assert ahead_s == pytest.approx(30.0, abs=1.5)
    run.run.close()


async def test_nobody_closes_a_bay_that_is_operated_on_the_spot(tmp_path):
    run = bay(tmp_path)
    run.bank("bay").sense({"control_place": 1.0}, run.run.clock.now_ns())
    await run.step(3)
    assert (
        run.run.gateway.site.point("cb15/control_place").states[int(run.value("cb15/control_place"))] == LOCAL
    )
    run.ask("cb15/close", 1.0)
    await run.step(15)
    assert (run.value("cb15/position"), run.bank("bay").journal) == (1.0, ())
    run.run.close()


async def test_a_plant_falls_back_and_obeys_nobody_when_its_gateway_stops_beating(tmp_path):
    run = bay(tmp_path)
    await run.step(3)
    run.ask("f15/active_power_limit", 500.0)
    await run.step(70)
    plant, clock, world = run.bank("plant"), run.run.clock, run.run.plant.world
    assert (run.value("f15/communication_state"), plant.actuation(clock.now_ns())["active_power_limit"]) == (
        1.0,
        500.0,
    )
    run.run.close()
    await clock.sleep_until(clock.now_ns() + 91 * 10**9)
    world.advance(clock.now_ns())
    assert plant.read(Table.INPUT, 5, 1, clock.now_ns()) == [0]
    assert plant.actuation(clock.now_ns())["active_power_limit"] == 100_000.0
    with pytest.raises(WrongState, match="heartbeat"):
        plant.write(Table.HOLDING, 100, [99, 0, 100, 0, 100, 0], clock.now_ns())


def test_a_behaviour_of_a_device_that_is_not_there_is_a_mistake(tmp_path):
    from aios.site import site_of

    with pytest.raises(ScenarioInvalid, match="no device bat"):
        scenario_of(site_of(SITE + "behaviour.bat.local = true\n"))
