"""Peak shaving as tables of ticks: a demand meter, a battery that follows one tick later, and a limit."""

from __future__ import annotations

import msgspec
import pytest

from edge.demand_response.peak_shaving import make
from kernel.point import NANOSECONDS
from kernel.proposal import Priority
from tests.scenario.peak_world import (
    DAY_NS,
    FEEDERS,
    MISSING,
    World,
    check_run,
    forecast,
    site,
)


def test_on_the_rule_rung_it_discharges_what_the_running_mean_needs_and_keeps_it_through_small_changes():
    check_run(
        World(),
        [  # load kW, wish kW, rung; target is 17 350
            (16_000.0, 0.0, "rule"),
            (17_400.0, 0.0, "rule"),
            (17_300.0, 0.0, "rule"),
            (19_500.0, 2250.0, "rule"),
            (19_520.0, 2250.0, "rule"),
            (19_480.0, 2250.0, "rule"),
        ],
    )


def test_a_silent_meter_is_held_then_safe_and_its_return_is_said():
    world = World()
    check_run(world, [(20_000.0, 2850.0, "rule"), (20_000.0, 2850.0, "rule")])
    held = check_run(world, [(MISSING, 2850.0, "hold")] * 5)
    safe = check_run(world, [(MISSING, 0.0, "safe")] * 3)
    assert held[0].why_rung == "grid/active_power lost for 0 s"
    assert "stop at 0 kW" in world.proposal(safe[0]).reason
    back = world.tick(20_000.0)
    assert back.rung == "rule"
    assert world.proposal(back).reason.startswith("measurement back after 8 min")
    assert (world.proposal(back).wanted or 0.0) > 0.0
    assert "back after" not in world.proposal(world.tick(20_000.0)).reason


def test_a_lost_state_of_charge_is_held_then_safe():
    world = World()
    world.tick(20_000.0)
    rungs = [world.tick(20_000.0, soc_missing=True).rung for _ in range(7)]
    assert rungs == ["hold"] * 5 + ["safe"] * 2


def test_an_old_demand_counts_as_lost_even_where_its_quality_is_good():
    world = World()
    view = world._view(20_000.0, 60.0, soc_missing=False)
    old = msgspec.structs.replace(view.readings["grid/active_power"], age_s=1000.0)
    view = msgspec.structs.replace(view, readings={**view.readings, "grid/active_power": old})
    assert world.agent.step(view, world.state).rung == "hold"


def test_an_empty_battery_neither_wishes_nor_allows_discharge():
    world = World(soc=10.0)
    proposal = world.proposal(world.tick(20_000.0))
    assert (proposal.wanted, proposal.high) == (0.0, 0.0)
    assert proposal.low == -4000.0


def test_a_full_battery_allows_no_charge():
    world = World(soc=90.0)
    assert world.proposal(world.tick(9000.0)).low == 0.0


def test_the_wish_says_why_in_numbers_and_expires_after_three_periods():
    world = World()
    proposal = world.proposal(world.tick(20_000.0))
    assert proposal.reason == (
        "15-min mean 20 000 kW is heading for 20 000 kW, limit 17 500 kW: discharge 2 850 kW"
    )
    assert proposal.priority is Priority.CONTROL
    assert proposal.expires_at_ns - proposal.made_at_ns == 180 * NANOSECONDS
    assert any(name.startswith("grid/active_power@") for name in proposal.evidence)


def test_a_need_beyond_the_batterys_power_is_said():
    world = World()
    proposal = world.proposal(world.tick(23_000.0))
    assert proposal.wanted == 4000.0
    assert "discharge 4 000 kW of 6 054 kW needed" in proposal.reason


@pytest.mark.parametrize(("rung", "why"), [("model", ""), ("baseline", "the forecast stands on baseline")])
def test_the_rung_is_the_forecasts(rung: str, why: str):
    world = World()
    world.forecasts = forecast([12_000.0] * 96, made_ns=world.now_ns, rung=rung)
    step = world.tick(12_000.0)
    assert (step.rung, step.why_rung) == (rung, why)


def test_a_forecast_of_the_demand_itself_comes_before_the_feeders():
    world = World()
    feeders = forecast([12_000.0] * 96, made_ns=world.now_ns, rung="baseline")
    direct = msgspec.structs.replace(feeders[FEEDERS[0]], point="grid/active_power", rung="model")
    world.forecasts = {**feeders, "grid/active_power": direct}
    assert world.tick(6000.0).rung == "model"
    assert "highest demand 6 000 kW" in world.plans[-1].why


def test_an_old_forecast_leads_to_the_rule_rung_with_the_reason():
    world = World()
    world.forecasts = forecast([12_000.0] * 120, made_ns=world.now_ns - 3 * 3600 * NANOSECONDS)
    step = world.tick(12_000.0)
    assert step.rung == "rule"
    assert step.why_rung == "forecast of f11/active_power is 181 min old"


def test_without_a_forecast_it_recharges_at_night_only_and_only_far_below_the_limit():
    noon, night = World(soc=20.0), World(soc=20.0, now_ns=20_000 * DAY_NS + 3600 * NANOSECONDS)
    assert noon.proposal(noon.tick(9000.0)).wanted == 0.0
    assert night.proposal(night.tick(9000.0)).wanted == -4000.0
    assert night.proposal(night.tick(13_500.0)).wanted == -500.0
    assert night.proposal(night.tick(16_000.0)).wanted == 0.0


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(ValueError, match="limit_mw"):
        make(*site(limit_mw=17.5))


def test_a_deadband_wider_than_the_margin_is_refused():
    with pytest.raises(ValueError, match="limit could be passed"):
        make(*site(deadband_kw=500.0))


def test_it_says_how_sure_it_is_by_what_and_what_will_be_seen_if_it_is_right():
    world = World(forecasts=forecast([16_000.0] * 96, made_ns=World().now_ns))
    wish = world.proposal(world.tick(16_000.0))
    assert wish.confidence is not None
    assert wish.confidence > 0.9
    assert "90 % quantile" in wish.confidence_basis
    expects = wish.expects
    assert expects is not None
    assert (expects.point, expects.high, expects.mean) == ("grid/active_power", 17_500.0, True)
    assert 0 < expects.due_ns - world.now_ns <= 900 * NANOSECONDS
    assert expects.due_ns % (900 * NANOSECONDS) == 0


def test_without_a_forecast_its_confidence_is_a_class_and_says_so():
    world = World()
    assert world.proposal(world.tick(16_000.0)).confidence_basis == "class of the rung, no probability"
    lost = world.proposal(world.tick(MISSING))
    assert (lost.confidence_basis, lost.expects) == ("class of the rung, no probability", None)
