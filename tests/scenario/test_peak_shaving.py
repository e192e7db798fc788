"""Peak shaving as tables of ticks: a demand meter, a battery that follows one tick later, and a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from edge.demand_response.peak_shaving import PeakState, make
from kernel.asset import Asset
from kernel.forecast import Forecast
from kernel.image import IntervalMean, Reading, View
from kernel.plan import Plan
from kernel.point import NANOSECONDS, Point
from kernel.ports import Step
from kernel.proposal import Priority, Proposal
from kernel.quality import INVALID, OLD
from kernel.site import LoopSpec, Site
from kernel.testing import EmptyPast

MISSING = None
TICK_S = 60.0
DAY_NS = 86_400 * NANOSECONDS
NOON_NS = 20_000 * DAY_NS + DAY_NS // 2
LIMIT_KW = 17_500.0
ENERGY_KWH = 8000.0
POINTS = ("grid/active_power", "bat1/active_power", "bat1/state_of_charge", "bat1/active_power_setpoint")
FEEDERS = ("f11/active_power", "f12/active_power")


def site(**settings: float | str | bool | list[str]) -> tuple[LoopSpec, Site]:
    spec = LoopSpec(
        agent="shaver",
        kind="peak_shaving",
        period_s=TICK_S,
        deadline_s=1.0,
        settings={"limit_kw": LIMIT_KW, "loss_share": 0.0, **settings},
    )
    assets = (
        Asset(name="grid", kind="connection"),
        Asset(name="f11", kind="feeder", upstream="grid"),
        Asset(name="f12", kind="feeder", upstream="grid"),
        Asset(name="bat1", kind="battery", ratings={"power_kw": 4000.0, "energy_kwh": ENERGY_KWH}),
    )
    points = tuple(Point(name=name, unit="kW") for name in (*POINTS, *FEEDERS))
    return spec, Site(
        name="nord",
        title="Nord",
        base_tick_s=TICK_S,
        assets=assets,
        points=points,
        devices=(),
        loops=(spec,),
        digest="0",
    )


def forecast(
    loads_kw: list[float], *, made_ns: int, spread: float = 0.05, rung: str = "model"
) -> dict[str, Forecast]:
    """Both feeders carry half each; the 90 % quantile is `spread` above the median."""
    half = [0.5 * load for load in loads_kw]
    return {
        point: Forecast(
            point=point,
            made_at_ns=made_ns,
            start_ns=made_ns - made_ns % (900 * NANOSECONDS),
            step_s=900.0,
            quantiles=(0.1, 0.5, 0.9),
            values=tuple((kw * (1 - spread), kw, kw * (1 + spread)) for kw in half),
            model="test",
            rung=rung,
        )
        for point in FEEDERS
    }


@dataclass
class World:
    """A grid connection whose meter sees load minus battery; the battery follows the wish one tick later."""

    settings: dict[str, float] = field(default_factory=dict)
    now_ns: int = NOON_NS
    soc: float = 60.0
    battery_kw: float = 0.0
    forecasts: dict[str, Forecast] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.agent = make(*site(**self.settings))
        self.state: PeakState = self.agent.start(EmptyPast())
        self.sum_kws, self.good_s, self.means = 0.0, 0.0, []
        self.plans: list[Plan] = []

    def tick(self, load_kw: float | None, *, soc_missing: bool = False) -> Step:
        """One tick: the meter shows the tick that has passed; None is a silent meter."""
        self.now_ns += round(TICK_S * NANOSECONDS)
        hours = TICK_S / 3600.0
        self.soc -= 100.0 * self.battery_kw * hours / ENERGY_KWH
        demand = None if load_kw is None else load_kw - self.battery_kw
        if demand is not None:
            self.sum_kws, self.good_s = self.sum_kws + demand * TICK_S, self.good_s + TICK_S
        elapsed_s = (self.now_ns // NANOSECONDS) % 900
        if elapsed_s == 0:
            self.means.append(self.sum_kws / self.good_s if self.good_s else float("nan"))
            self.sum_kws = self.good_s = 0.0
        step = self.agent.step(self._view(demand, float(elapsed_s), soc_missing=soc_missing), self.state)
        self.state = msgspec.msgpack.decode(msgspec.msgpack.encode(step.state), type=PeakState)
        self.plans += [document for document in step.published if isinstance(document, Plan)]
        self.battery_kw = self.proposal(step).wanted or 0.0
        return step

    def _view(self, demand: float | None, elapsed_s: float, *, soc_missing: bool) -> View:
        values = {"grid/active_power": demand, "bat1/active_power": self.battery_kw}
        values["bat1/state_of_charge"] = None if soc_missing else self.soc
        readings = {
            name: Reading(
                value=value or 0.0,
                quality=0 if value is not None else INVALID | OLD,
                age_s=0.0,
                at_ns=self.now_ns,
            )
            for name, value in values.items()
        }
        mean = IntervalMean(
            interval_s=900.0,
            elapsed_s=elapsed_s,
            so_far=self.sum_kws / self.good_s if self.good_s else None,
            last=self.means[-1] if self.means else None,
            last_end_ns=0,
        )
        return View(
            tick=0,
            now_ns=self.now_ns,
            readings=readings,
            means={"grid/active_power": mean},
            forecasts=self.forecasts,
        )

    @staticmethod
    def proposal(step: Step) -> Proposal:
        (proposal,) = step.proposals
        return proposal


def check_run(world: World, table: list[tuple[float | None, float, str]]) -> list[Step]:
    """Run (given load kW, expected wish kW, expected rung) tick by tick."""
    steps = []
    for row, (given, expect, rung) in enumerate(table):
        step = world.tick(given)
        assert (world.proposal(step).wanted, step.rung) == (expect, rung), f"row {row}: {given} -> {step}"
        steps.append(step)
    return steps


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


def evening(hour: np.ndarray) -> np.ndarray:
    """A day's load with a peak of about 19.5 MW at 19 h and a valley at night, kW."""
    return 12_000 + 7500 * np.exp(-(((hour - 19) / 1.6) ** 2)) - 3000 * np.exp(-(((hour - 4) / 4) ** 2))


def day(world: World, *, noise_kw: float, hours: int = 30, forecast_error: float = 1.0) -> np.ndarray:
    """Run from noon on with a new forecast every quarter; return the interval means of the demand, kW."""
    rng = np.random.default_rng(7)
    for minute in range(hours * 60):
        hour = 12.0 + minute / 60.0
        if minute % 15 == 0:
            ahead = (hour + 0.25 * np.arange(96) + 0.125) % 24
            world.forecasts = forecast(
                [float(kw) for kw in forecast_error * evening(ahead)], made_ns=world.now_ns
            )
        world.tick(float(evening(np.array(hour % 24)) + noise_kw * rng.standard_normal()))
    return np.array(world.means)


def test_with_a_forecast_no_interval_of_a_noisy_day_passes_the_limit():
    world = World()
    means = day(world, noise_kw=120.0)
    uncontrolled = evening(np.arange(12, 36, 0.25) % 24).max()
    assert uncontrolled > LIMIT_KW + 1500.0
    assert means.max() <= LIMIT_KW


def test_a_forecast_10_percent_too_low_is_caught_by_the_running_mean():
    world = World(soc=80.0)
    assert day(world, noise_kw=50.0, forecast_error=0.9).max() <= LIMIT_KW


def test_after_the_peak_it_recharges_for_the_next_one_without_a_new_peak():
    world = World()
    means = day(world, noise_kw=50.0, hours=24)
    emptied = world.soc
    day_after = world.plans[-1]
    assert means[40:].max() < LIMIT_KW - 2 * 150.0
    assert emptied >= 50.0
    assert "kWh to keep now" in day_after.why


def test_where_the_energy_cannot_suffice_the_highest_mean_is_lowered_evenly():
    small = World(soc=25.0, settings={"soc_rest": 25.0, "soc_high": 26.0})
    means = day(small, noise_kw=0.0, hours=12)
    peak = evening(np.arange(12, 24, 0.25)).max()
    assert means.max() < peak - 500.0
    assert np.sort(means)[-4:].std() < 150.0
    assert any("suffices for" in plan.why for plan in small.plans)


def test_the_set_point_does_not_follow_noise():
    world = World()
    rng = np.random.default_rng(3)
    wishes = [world.proposal(world.tick(19_000.0 + 30.0 * rng.standard_normal())).wanted for _ in range(45)]
    changes = sum(after != before for before, after in pairwise(wishes))
    assert changes <= 10
    assert max(world.means) <= LIMIT_KW


def test_a_plan_is_published_once_an_interval_not_every_tick():
    world = World()
    world.forecasts = forecast([12_000.0] * 192, made_ns=world.now_ns)
    for _ in range(45):
        world.tick(12_000.0)
    assert 3 <= len(world.plans) <= 4


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(ValueError, match="limit_mw"):
        make(*site(limit_mw=17.5))


def test_a_deadband_wider_than_the_margin_is_refused():
    with pytest.raises(ValueError, match="limit could be passed"):
        make(*site(deadband_kw=500.0))
