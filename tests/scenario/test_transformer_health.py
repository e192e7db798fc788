"""Transformer health as a story: a small simulated transformer whose equations are not the observer's."""

from __future__ import annotations

import math

import msgspec
import pytest

from edge.maintenance.transformer_health import make
from kernel.point import NANOSECONDS
from kernel.quality import GOOD, INVALID, OLD, QUESTIONABLE
from tests.scenario.transformer_world import (
    World,
    calculated,
    site,
)


@pytest.fixture(scope="module")
def blocked() -> World:
    """Healthy for six hours, then half the cooling of t1 is gone for a day and a half."""
    world = World()
    world.hours(6)
    world.units["t1"].blocked = 0.35
    world.hours(34)
    return world


def test_healthy_units_with_other_equations_bring_no_order_in_two_days():
    world = World()
    world.hours(48)
    assert world.orders == []
    assert {a.condition for a in world.assessments[8:]} <= {"normal", "watch", "insufficient_data"}
    assert world.condition("t1") == "normal"


def test_before_the_model_has_settled_it_says_insufficient_data():
    world = World()
    world.units["t1"].blocked = 0.35
    world.hours(2.5)
    assert world.condition("t1") == "insufficient_data"
    assert world.orders == []


def test_a_blocked_cooler_becomes_one_order_for_that_unit_only(blocked: World):
    assert {order.id for order in blocked.orders} == {"t1:top_oil_residual"}
    assert blocked.orders[-1].title.startswith("Cooling group not moving oil or air; top-oil ")
    assert blocked.orders[-1].state == "open"
    assert blocked.condition("t2") == "normal"


def test_both_causes_stand_on_the_order_with_their_shares_and_the_named_one_first(blocked: World):
    cooler, sensor = blocked.orders[-1].causes
    assert blocked.orders[-1].title.startswith(cooler.text)
    assert sensor.text == "Top-oil sensor drifts"
    assert 0.5 < cooler.share <= 0.851
    assert cooler.share + sensor.share == pytest.approx(1.0)


def test_the_order_carries_three_findings_with_limit_and_time(blocked: World):
    order = blocked.orders[-1]
    assert [finding.name for finding in order.evidence] == [
        "top_oil_residual",
        "winding_over_top_oil",
        "hot_spot_at_peak",
    ]
    first = order.evidence[0]
    assert first.limit is not None
    assert first.value > first.limit
    assert len(first.trend) == 24
    assert all(order.made_at_ns - f.at_ns < 3600 * NANOSECONDS for f in order.evidence)


def test_waiting_longer_costs_more_and_the_interval_holds_the_median(blocked: World):
    order = blocked.orders[-1]
    assert [wait.days for wait in order.if_you_wait] == [1.0, 7.0, 30.0]
    medians = [wait.median for wait in order.if_you_wait]
    assert 0.0 < medians[0] < medians[1] < medians[2]
    assert all(wait.low < wait.median < wait.high for wait in order.if_you_wait)


def test_orders_are_published_at_the_cadence_not_every_tick(blocked: World):
    open_h = (blocked.orders[-1].made_at_ns - blocked.orders[0].made_at_ns) / (3600 * NANOSECONDS)
    assert 4 * open_h - 2 <= len(blocked.orders) <= 6 * open_h


def test_the_order_says_what_would_change_it_and_invents_no_crew(blocked: World):
    order = blocked.orders[-1]
    assert any("for good until repaired" in line for line in order.what_would_change)
    assert any("hand reading" in line for line in order.what_would_change)
    assert any(line.startswith("Lowest load ") for line in order.feasible)
    assert any(line.startswith("t2 ") for line in order.feasible)
    assert order.feasible[-1] == "Crews, spare parts and outage windows are not in the site file"


def test_repairing_the_cooler_closes_the_order():
    world = World()
    world.units["t1"].blocked = 0.35
    world.hours(10)
    world.units["t1"].blocked = 0.0
    world.hours(34)
    assert world.orders[-1].state == "closed"
    assert world.condition("t1") == "normal"


def test_a_drifting_top_oil_sensor_is_told_from_a_cooling_fault():
    world = World()
    world.hours(6)
    world.units["t1"].drift_k = 9.0
    step = world.hours(30)
    assert world.orders[-1].title.startswith("Top-oil sensor drifts; ")
    assert "winding_over_top_oil" in [finding.name for finding in world.orders[-1].evidence]
    hot_spot, _ = calculated(step, "t1/hot_spot_temperature")
    healthy, _ = calculated(step, "t2/hot_spot_temperature")
    assert hot_spot == pytest.approx(healthy, abs=3.0)


def test_fans_that_are_on_without_current_are_named():
    world = World()
    world.hours(6)
    world.units["t1"].blocked, world.units["t1"].fans_a = 0.35, 0.2
    world.hours(10)
    assert world.orders[-1].title.startswith("Cooling group switched on but not running; ")
    assert world.orders[-1].evidence[1].name == "fan_current"


def test_a_hole_in_the_load_lets_the_observer_coast_and_say_so():
    world = World()
    world.hours(6)
    world.missing = ("t1/load_current",)
    step = world.tick()
    assert step.rung == "hold"
    assert step.why_rung == "load or ambient of t1 missing: the model coasts"
    assert calculated(step, "t1/hot_spot_temperature")[1] == QUESTIONABLE | OLD
    assert calculated(step, "t2/hot_spot_temperature")[1] == GOOD
    step = world.hours(3)
    assert calculated(step, "t1/hot_spot_temperature")[1] == INVALID | OLD
    assert all(math.isfinite(row.value) for row in step.calculated)
    assert world.condition("t1") == "insufficient_data"
    world.missing = ()
    assert world.tick().rung == "model"


def test_an_open_order_survives_a_hole_in_the_data(blocked: World):
    world = World()
    world.units["t1"].blocked = 0.35
    world.hours(8)
    opened = len(world.orders)
    world.missing = ("t1/load_current",)
    world.hours(2)
    assert opened > 0
    assert all(order.state == "open" for order in world.orders)


def test_bias_is_learnt_only_inside_the_declared_window_and_not_beyond_the_cap():
    window = {"healthy_from": "2024-10-04T03:00:00+00:00", "healthy_until": "2024-10-05T00:00:00+00:00"}
    world = World(settings=window)
    world.units["t1"].blocked = 0.35
    world.hours(40)
    seen = world.state.by_asset["t1"].observed
    assert seen is not None
    assert seen.bias_k == 3.0
    assert seen.capped
    assert world.condition("t1") == "act"
    assert isinstance(world.orders[-1].evidence[0].limit, float)


def test_without_a_declared_window_no_bias_is_learnt(blocked: World):
    seen = blocked.state.by_asset["t1"].observed
    assert seen is not None
    assert seen.bias_k == 0.0


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(ValueError, match="thermal_klass"):
        make(*site(thermal_klass="power_onaf"))


def test_a_currency_without_a_rate_is_refused():
    spec, nord = site()
    with pytest.raises(ValueError, match="per_gbp is needed"):
        make(spec, msgspec.structs.replace(nord, currency="SEK"))
