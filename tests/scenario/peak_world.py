"""A grid connection with two feeders and a battery, for scenarios of peak shaving."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from edge.demand_response.peak_shaving import PeakState, make
from kernel.asset import Asset
from kernel.forecast import Forecast
from kernel.image import IntervalMean, Reading, View
from kernel.plan import Plan
from kernel.point import NANOSECONDS, Point
from kernel.ports import Step
from kernel.proposal import Proposal
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
