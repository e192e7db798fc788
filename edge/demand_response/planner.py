"""Keeps the battery's schedule: made anew for each interval or newer forecast, and published as a plan."""

from __future__ import annotations

import msgspec

from edge.demand_response.battery import Battery
from edge.demand_response.expected_demand import ExpectedDemand, NoForecast, expected_demand
from edge.demand_response.plan import Goal, Schedule, schedule
from edge.demand_response.settings import PeakSettings
from edge.demand_response.wish import kw
from kernel.image import View
from kernel.plan import Plan
from kernel.point import NANOSECONDS


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule in force, or why there is none."""

    schedule: Schedule | None = None
    start_ns: int = 0
    """Begin of its first interval."""
    step_s: float = 900.0
    forecast_ns: int = 0
    """When the forecasts behind it were made."""
    rung: str = "rule"
    why: str = "no forecast yet"
    """Why it does not stand on `model`."""

    def power_at(self, now_ns: int) -> float:
        """Return the scheduled power, kW; 0 outside the schedule."""
        if self.schedule is None:
            return 0.0
        step = (now_ns - self.start_ns) // round(self.step_s * NANOSECONDS)
        return self.schedule.power_kw[step] if 0 <= step < len(self.schedule.power_kw) else 0.0


class Planner(msgspec.Struct, frozen=True, kw_only=True):
    """What planning needs of the site."""

    maker: str
    """Agent in whose name plans are published."""
    point: str
    """Set-point that plans are for."""
    battery: Battery
    feeders: tuple[str, ...]
    """Points whose forecasts add up to the demand."""
    settings: PeakSettings

    def renew(self, before: Planned, view: View, stored_kwh: float) -> tuple[Planned, tuple[Plan, ...]]:
        """Return the schedule in force now, and the plan to publish where it is a new one."""
        settings = self.settings
        direct = not settings.forecast_points and settings.demand_point in view.forecasts
        demand = expected_demand(
            view.forecasts,
            (settings.demand_point,) if direct else self.feeders,
            now_ns=view.now_ns,
            max_age_s=settings.forecast_max_age_s,
            loss_share=0.0 if direct else settings.loss_share,
            correlation=settings.correlation,
            naive_spread=settings.naive_spread,
        )
        if isinstance(demand, NoForecast):
            return Planned(why=demand.why), ()
        if demand.start_ns == before.start_ns and demand.made_at_ns == before.forecast_ns:
            return before, ()
        made = schedule(demand, self.battery, stored_kwh, self._goal())
        planned = Planned(
            schedule=made,
            start_ns=demand.start_ns,
            step_s=demand.step_s,
            forecast_ns=demand.made_at_ns,
            rung=demand.rung,
            why="" if demand.rung == "model" else f"the forecast stands on {demand.rung}",
        )
        return planned, (self._plan(view.now_ns, demand, made),)

    def _goal(self) -> Goal:
        settings, battery = self.settings, self.battery
        return Goal(
            target_kw=settings.limit_kw - settings.margin_kw,
            charge_below_kw=settings.limit_kw - 2.0 * settings.margin_kw,
            rest_kwh=battery.stored_kwh(settings.soc_rest),
        )

    def _plan(self, now_ns: int, demand: ExpectedDemand, made: Schedule) -> Plan:
        goal = self._goal().target_kw
        raised = f"; the energy suffices for {kw(made.target_kw)} kW only" if made.target_kw > goal else ""
        return Plan(
            point=self.point,
            made_at_ns=now_ns,
            start_ns=demand.start_ns,
            step_s=demand.step_s,
            values=made.power_kw,
            valid_until_ns=demand.made_at_ns + round(self.settings.forecast_max_age_s * NANOSECONDS),
            maker=self.maker,
            why=f"highest demand {kw(max(demand.median_kw))} kW (90 %: {kw(max(demand.high_kw))}) against "
            f"limit {kw(self.settings.limit_kw)} kW: {kw(made.need_kwh)} kWh needed (90 %: "
            f"{kw(made.need_high_kwh)}), {kw(made.reserve_kwh)} kWh to keep now{raised}",
        )
